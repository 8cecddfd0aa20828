package api

import (
	"context"
	"iter"

	"github.com/harrier-soar/harrier"
)

// Stream tells what happens.
type Stream interface {
	// WatchAll returns what happens to things of some nouns behind a place; behind
	// the last for none. What the principal does not see at that moment is not
	// told. A place that is none is Invalid. The sequence ends with a
	// [LostError] where the place is too far back, or the reader too slow, and with
	// an error when ctx is done.
	WatchAll(ctx context.Context, by harrier.Principal, nouns []string, place string) (iter.Seq2[Happening, error], error)
}

// LostError says that more happened than is told.
type LostError struct {
	// Place is that of the last happening, from which a reader goes on who loaded
	// all anew.
	Place string
}

// Error implements [error].
func (*LostError) Error() string {
	return "more happened than is told one by one; load the lists anew, and go on from here"
}
