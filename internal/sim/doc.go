// Package sim drives the real engine and the real machine through seeded
// histories of everything that goes wrong: nodes that die or fall asleep at any
// moment and come back as if nothing had happened, commits whose answer is
// lost, vendors that act and say that they did not, results that come late,
// people who decide twice, clocks that jump. One seed is one history, for ever.
//
// After each history the checker compares what the world saw with what the
// journal, the ledger and the audit trail say: the invariants I3 to I10, I14
// and I15 and the promises G4 to G10.
package sim
