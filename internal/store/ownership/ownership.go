// Package ownership holds the rules of who may own a run, for every store to
// share: when it may be claimed, what a claim does to it, how it is given up.
// It is pure.
package ownership

import (
	"time"

	"github.com/harrier-soar/harrier"
)

// MaxCrashes is how many claims in a row may end without progress before the
// next one quarantines the run.
const MaxCrashes = 3

// Check says why a run cannot be claimed now, if it cannot.
func Check(run harrier.Run, owner string, now time.Time) error {
	switch {
	case run.Status.Ended():
		return harrier.Errorf(harrier.Conflict, "run %s has ended", run.ID)
	case run.Status == harrier.RunQuarantined:
		return harrier.Errorf(harrier.Conflict, "run %s is quarantined; release it first", run.ID)
	case run.Status == harrier.RunRunning && run.Owner != owner && (run.ReadyAt.IsZero() || run.ReadyAt.After(now)):
		return harrier.Errorf(harrier.Conflict, "run %s is owned by %s", run.ID, run.Owner)
	}
	return nil
}

// Create changes a new run as its creation does: nobody owns it, or from the
// start the one who creates it as running, as if it had been claimed at once.
func Create(run *harrier.Run) error {
	run.WakeSeq = 0
	if run.Status != harrier.RunRunning {
		run.Fence, run.Owner, run.Crashes = 0, "", 0
		return nil
	}
	if run.Owner == "" {
		return harrier.Errorf(harrier.Invalid, "run %s cannot be created as running without an owner", run.ID)
	}
	run.Fence, run.Crashes, run.ReadyAt = 1, 1, time.Time{}
	return nil
}

// Claim changes the run as a claim does; grew says whether its journal grew
// since the last claim. A run that has used up its claims is quarantined.
func Claim(run *harrier.Run, owner string, grew bool) {
	if grew {
		run.Crashes = 0
	}
	run.Fence++
	run.ReadyAt = time.Time{}
	run.WaitingFor = ""
	if run.Crashes >= MaxCrashes {
		run.Status, run.Owner = harrier.RunQuarantined, ""
		run.Reason = "the worker died three times in a row without progress; look at the last step, then release the run"
		return
	}
	run.Crashes++
	run.Status, run.Owner = harrier.RunRunning, owner
}

// Final reports whether a run that is given up with this status does not wait
// for signals: new ones are no reason to keep it.
func Final(s harrier.RunStatus) bool { return s.Ended() || s == harrier.RunQuarantined }

// GiveUp checks the status that a run is given up with, and makes one that is
// final never ready.
func GiveUp(run *harrier.Run) error {
	switch {
	case Final(run.Status):
		run.ReadyAt = time.Time{}
	case run.Status != harrier.RunWaiting && run.Status != harrier.RunQueued:
		return harrier.Errorf(harrier.Invalid, "run %s cannot be given up as %q", run.ID, run.Status)
	}
	return nil
}
