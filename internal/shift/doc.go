// Package shift hands work over from one shift to the next: what is open, what
// waits for people, what ends soon, and what nobody knows the outcome of, frozen
// as it was and accepted by name; and it gives an absent person's work to others.
//
// A hand-over holds nothing of restricted cases: whoever is on the next shift
// reads it.
package shift
