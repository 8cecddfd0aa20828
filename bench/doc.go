// Package bench measures Harrier against what it claims: runs per second next
// to the raw limit of the same events, the overhead of a step, what waiting
// runs cost, how fast the server starts, how many mails its helpers read, and how
// long a whole phishing response takes beside the critical path of its requests.
// `make bench` runs it and prints the figures beside the claims.
//
// The figures depend on the machine; the ratios to the raw loop, which is
// measured in turns with the engine in the same process, do so far less.
package bench
