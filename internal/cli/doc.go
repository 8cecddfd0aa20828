// Package cli is the command line of Harrier: one file for each command and
// one table of all of them.
//
// Every command that needs an installation speaks /v1 through a client: over
// the Unix socket of the data directory's server, over the network where
// HARRIER_URL or --url says so, or to an API that the command starts inside
// its own process. It knows no other way in. Commands on files (linting,
// formatting, reading mails) need neither a server nor a data directory.
//
// Results go to the output stream, in one of the formats of --output;
// everything else, errors with how to fix them included, goes to the error
// stream. Without a terminal there is no colour and no animation.
package cli
