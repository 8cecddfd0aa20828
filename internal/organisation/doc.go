// Package organisation holds what only the organisation itself can say: which
// domains are its own, whom it trusts, who must be called back, what is hosted
// where others host too, and what may be done while nobody watches.
//
// It is read once at start from organisation.yaml in the data directory, as
// strictly as a playbook: every problem at once, with its place and a fix. A
// file that is wrong stops the start, because what protects the organisation
// rests on it; a file that is absent means the defaults. Playbooks see it
// through organisation.get, so that a run keeps what it was decided by.
package organisation
