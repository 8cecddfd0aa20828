// Package rota says who is on call: from layers of people who take turns, in
// the time zone of the team, with overrides and absences.
//
// It is pure: [Rota.On] answers for any time, past or to come, from what it is
// given. It guarantees that nobody who is absent is named, that a rota's shifts
// follow one another without a gap or an overlap, and that a hand-over is at
// its time on the clock of the zone also in the weeks in which clocks change.
package rota
