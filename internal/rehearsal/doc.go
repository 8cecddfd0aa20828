// Package rehearsal runs the tests that stand beside playbooks, offline: the
// machine that runs playbooks in earnest decides, what the test says answers
// for the world, and time passes by itself.
//
// A call is answered by the first stub that fits it: one for its path, its
// step, or what it calls. One without a stub gets what its action really gives
// where that depends on its arguments and on the evidence of the case alone, as
// with verdict.judge and email.parse, and else the example of the action's
// manifest. A playbook that is called runs as part of the case, or ends at once
// where a stub says with what. Answers are held against what the action
// declares, so that a test cannot promise what no vendor would give. Where several connectors offer a
// verb and one is to answer, it is one that the test has an answer for, or of a
// connector that it names.
//
// Effects must all be expected, because they change the world. Of what only
// reads, and of questions to people, a case names those that it is about.
//
// A form without an answer expires, an action of which nobody knows whether it
// happened has happened, and an approve step without a decision keeps the run
// waiting. In a case that expects the run to wait, whatever it does not answer
// stays open.
//
// Nothing leaves the process, nothing is stored, and the same test always goes
// the same way.
package rehearsal
