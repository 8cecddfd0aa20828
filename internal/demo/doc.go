// Package demo plays a reported phishing mail against simulated vendors: the
// same binary, engine, playbook, connectors and transport as in earnest, on an
// embedded database, with nothing leaving the loopback interface.
//
// It can be killed at any moment and started again with the same data
// directory: the run goes on where it was. What it reports at the end is read
// from the vendors' own memory and from the database, not from what it believes.
package demo
