// Package killswitch stops effects at once, everywhere, until two people agree
// that they may go on.
//
// It guarantees that no effect begins after the change that puts a switch on is
// committed: whatever begins one, a run or a person, asks the switch in the very
// transaction that writes the intent. It ends no run: one whose next step is an
// effect waits, visibly, while reads and everything else go on, and goes on by
// itself afterwards. What was sent before is not called back.
//
// Putting it on takes one person with a reason, and nothing else may stand in
// the way; taking it off takes two, who have both just proved who they are, unless
// there is one person alone who could.
package killswitch
