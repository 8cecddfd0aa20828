// Package api serves Harrier over HTTP under /v1: one table of routes, each
// with the permission that it needs, JSON in and out, and problems (RFC 9457)
// written for whoever asked.
//
// It guarantees: a request without a known principal, or whose principal lacks
// the route's permission, reaches no handler; a route without a permission
// does not start; unknown fields are refused; a GET decides and changes
// nothing; a thing of another tenant looks like one that does not exist. It
// listens on a Unix socket of mode 0600 or on a loopback address with a bearer
// token, and nowhere else.
//
// What the routes do is behind the ports of ports.go. The package holds no
// logic of the product and no state but its configuration.
package api
