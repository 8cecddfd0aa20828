// Package engine drives runs: it commits what the pure machine of package step
// decides, carries out the calls that follow, and gives a run up while it
// waits, so that a waiting run costs a row and nothing else.
//
// It guarantees: a result that is committed is never computed again (G4); an
// effect is preceded by a committed intent with its audit row and its guard
// (G5, G10); an append by anybody but the run's owner is refused (G7); what a
// person approved is what is done, or nothing (G9). It does not guarantee
// that an effect happens exactly once: between the intent and the outcome the
// world may keep its secrets, and then the outcome is unknown and is settled
// by repeating, probing or asking (G6).
//
// [Session] is one claimed run, single-threaded and without goroutines, so
// that a simulation can drive the very same code. [Engine] drives many.
package engine
