package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/harrier-soar/harrier"
)

// The exit codes.
const (
	exitOK       = 0
	exitFailure  = 1
	exitUsage    = 2
	exitNotFound = 3
	exitDenied   = 4
	exitConflict = 5
	exitProblems = 6
	exitTimeout  = 124
	exitSignal   = 130
)

// usageError is a command that was called wrongly.
type usageError struct{ error }

// Unwrap returns what was wrong.
func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// quietError ends a command with a code; where said, its output has told why.
type quietError struct {
	code int
	text string
	said bool
}

// Error implements [error].
func (e *quietError) Error() string { return e.text }

// found ends a command that found problems and has printed them.
func found() error { return &quietError{code: exitProblems, text: "problems were found", said: true} }

// exitCode is the code of an error.
func exitCode(err error) int {
	if q, ok := errors.AsType[*quietError](err); ok {
		return q.code
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if errors.Is(err, errTimeout) || errors.Is(err, context.DeadlineExceeded) {
		return exitTimeout
	}
	if errors.Is(err, context.Canceled) {
		return exitSignal
	}
	switch harrier.KindOf(err) {
	case harrier.NotFound:
		return exitNotFound
	case harrier.Denied, harrier.Unauthenticated:
		return exitDenied
	case harrier.Conflict:
		return exitConflict
	case harrier.Internal, harrier.Invalid, harrier.Unavailable, harrier.Limited:
	}
	return exitFailure
}

// errTimeout is the cause of a context that --timeout ended.
var errTimeout = &harrier.Error{Kind: harrier.Unavailable, Text: "the time of --timeout is over; what runs goes on, see harrier runs list"}

// openFile opens a file for reading, with an error for people.
func openFile(name string) (*os.File, error) {
	f, err := os.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, harrier.Errorf(harrier.NotFound, "there is no file %s", name)
	case errors.Is(err, fs.ErrPermission):
		return nil, harrier.Errorf(harrier.Denied, "you may not read %s", name)
	case err != nil:
		return nil, harrier.Errorf(harrier.Unavailable, "cannot open %s: %w", name, err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		_ = f.Close() // nothing was written
		return nil, harrier.Errorf(harrier.Invalid, "%s is a directory; name a file", name)
	}
	return f, nil
}
