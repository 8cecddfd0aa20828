// Package mute keeps noise from people, by five verbs that do five different
// things:
//
//   - silence: for some days, nobody is told of what matches; it is judged and
//     counted as ever.
//   - allow: an observable counts for nothing.
//   - suppress: what one rule says about exactly these things is kept and not shown.
//   - maintenance: alerts about these things at these times are stored and say so.
//   - tune: nothing changes; evidence is gathered for whoever owns the rule, so
//     that the noise ends where it is made.
//
// It guarantees that none of them hides what is known to be bad: where an
// opinion that holds says malicious, or an indicator matches, what would have
// hidden the alert only annotates it, and says why. Whatever hides covers all
// that the alert is about: one host too many, and it is not hidden. Every verb
// needs an owner, a reason and an end.
//
// Rules that close alerts by themselves are watched too ([Closers]): a part of
// what they close is put before somebody else who does not see what the rule
// said, and a rule whose precision is not proven suspends itself.
//
// Matching is pure, on a snapshot in memory. Hits are counted when the change
// that they belong to is durable, and written in batches: a crash loses at most
// the last seconds of counting, never a mute.
package mute
