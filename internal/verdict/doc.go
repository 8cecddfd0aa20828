// Package verdict decides what a reported mail is, what of it may be blocked or
// detonated, and which other mails are copies of it. All of it is a pure
// function of what it is given: the same inputs give the same outputs in the
// same order, so an answer that comes late is weighed by judging again.
//
// It guarantees that nothing is benign because nobody could be asked, that no
// address on the way and no domain of a freemail provider condemns a mail, that
// containment without a person rests on two independent sources or a
// detonation, and that every reason names its evidence and what would change it.
// Why it weighs as it does is in docs/decisions/0019-verdict.md.
package verdict
