// Package change puts what decides about alerts under four eyes: playbooks,
// rules of triage, guards, mappings, lists and what the organisation says of
// itself. A change is a draft of files; somebody else looks at it; on approval
// all of it comes into force at once, without a restart.
//
// It guarantees:
//
//   - Nothing that is proposed, imported or offered by an upgrade has any effect
//     before it is approved (CFG-07). Approval binds the files that were looked at.
//   - Whoever had a hand in a change does not approve it, unless nobody else
//     could; then the audit trail says so.
//   - What comes into force passed the checkers and tests that hold at that
//     moment, together with everything else in force.
//   - Files, history and audit row are one transaction. A process that is killed
//     comes back with the old or with the new, whole.
//   - Runs under way keep the playbook that they were started with; see the
//     engine's pins.
//
// Every version of every file is kept. Going back is a change like any other.
package change
