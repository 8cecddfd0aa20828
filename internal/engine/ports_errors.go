package engine

import "github.com/harrier-soar/harrier"

// The refusals that a driver must tell apart. Both are Conflict; test for them
// with errors.Is.
var (
	// ErrFence means that somebody else owns the run now, or that it is not
	// running: stop working on it.
	ErrFence error = &harrier.Error{Kind: harrier.Conflict, Text: "the run is owned by somebody else now"}
	// ErrWoken means that a signal came since the run's WakeSeq was read: look
	// at the pending signals before giving the run up.
	ErrWoken error = &harrier.Error{Kind: harrier.Conflict, Text: "the run has new signals"}
)
