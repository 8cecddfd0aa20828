package harrier

import (
	"context"
	"errors"
	"fmt"
)

// Kind says what sort of thing went wrong. The set is closed: every layer
// decides by kind, and one table maps kinds to HTTP statuses and exit codes.
type Kind int

// The kinds of errors.
const (
	// Internal is a fault of Harrier or its machine. Its text stays in the log.
	Internal Kind = iota
	// NotFound means that the thing does not exist, or not for this tenant.
	NotFound
	// Conflict means that the thing changed meanwhile or is in another state.
	Conflict
	// Invalid means that the input is wrong; the text says where and how to fix it.
	Invalid
	// Denied means that the principal may not do this, or a guard refused it.
	Denied
	// Unauthenticated means that nobody is known to ask.
	Unauthenticated
	// Unavailable means that it may work later.
	Unavailable
	// Limited means that a limit was reached; try later or ask for less.
	Limited
)

// String returns the kind in snake case, as problem documents show it.
func (k Kind) String() string {
	switch k {
	case Internal:
		return "internal"
	case NotFound:
		return "not_found"
	case Conflict:
		return "conflict"
	case Invalid:
		return "invalid"
	case Denied:
		return "denied"
	case Unauthenticated:
		return "unauthenticated"
	case Unavailable:
		return "unavailable"
	case Limited:
		return "limited"
	}
	return fmt.Sprintf("kind(%d)", int(k))
}

// Error is an error of a known kind whose text is written for the user.
type Error struct {
	Kind Kind
	Text string
	// Cause stays in the log. It may be nil.
	Cause error
}

// Errorf returns an [*Error]. A %w verb sets its cause.
func Errorf(kind Kind, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Text: err.Error(), Cause: errors.Unwrap(err)}
}

// Error returns the text for the user.
func (e *Error) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// KindOf returns the kind of the first [*Error] in err's tree. A context that
// ended is [Unavailable]; anything else is [Internal].
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Unavailable
	}
	return Internal
}
