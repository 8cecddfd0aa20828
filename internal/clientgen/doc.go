// Package clientgen writes the typed methods and types of package client from
// the description of the API, with the comments of the server's declarations.
//
// The same description gives the same bytes. Names of types, fields and methods
// follow the description and the declarations, so that what the server calls
// ListID is ListID here too. What it does not understand it refuses.
package clientgen
