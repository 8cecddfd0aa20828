// Package ldap is the connector for directories that speak LDAP (RFC 4511),
// such as Active Directory and OpenLDAP. It only reads.
//
// Passwords go over TLS, or to an allowed address of our own. Whether an account
// is privileged is found out from groups, their groups in turn, and what Active
// Directory itself marks; a group that cannot be read is told, never passed over.
package ldap
