// Package ldaptest runs a real directory for tests: slapd of OpenLDAP, with the
// attributes of Active Directory beside its own. Everything is private to the
// test: its own configuration and database in a folder of its own, on ports of
// 127.0.0.1.
package ldaptest
