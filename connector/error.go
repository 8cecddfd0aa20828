package connector

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Class says what a failed call means for what happens next.
type Class string

// The classes of failures. All but Unknown are definite: the effect is not in
// the world.
const (
	// NotFound: the vendor does not know the thing asked about.
	NotFound Class = "not_found"
	// Denied: the vendor refused our rights, or the transport refused the address.
	Denied Class = "denied"
	// Limited: the vendor asked us to slow down and did nothing.
	Limited Class = "limited"
	// Invalid: the vendor or the specification refused the arguments.
	Invalid Class = "invalid"
	// Unavailable: nothing was sent, or the vendor said that it did nothing.
	Unavailable Class = "unavailable"
	// Drift: an answer came whose shape is not the declared one. A drifted
	// answer to an effect is Unknown instead.
	Drift Class = "drift"
	// Unknown: the request may have been carried out.
	Unknown Class = "unknown"
)

// Error is a failed call.
type Error struct {
	Class Class
	// Text is for people and holds no secret.
	Text string
	// Status is the HTTP status where there was one.
	Status int
	// After is how long the vendor asked us to wait; zero if it did not say.
	After time.Duration
	Cause error
}

// Errorf returns an error of a class.
func Errorf(class Class, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Class: class, Text: err.Error(), Cause: errors.Unwrap(err)}
}

// Error returns the text with its class.
func (e *Error) Error() string { return string(e.Class) + ": " + e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Retryable reports whether the same call may succeed later.
func (c Class) Retryable() bool { return c == Limited || c == Unavailable || c == Unknown }

// AsError returns err as an [*Error]; one of another type is Unknown.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &Error{Class: Unknown, Text: "the call did not end in time", Cause: err}
	}
	return &Error{Class: Unknown, Text: err.Error(), Cause: err}
}
