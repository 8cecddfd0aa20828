// Package client speaks Harrier's API, /v1, with a method and types for each of
// its operations.
//
// A [Client] sends its token to the server that it was made for and to nobody
// else: it follows no redirects. What changes something, but for files, bears an
// Idempotency-Key, so that it can be sent again where the answer was lost, and
// is done once. Answers are bounded. What the server refuses is a
// [*harrier.Error] of the right kind whose cause is the [*Problem] that the
// server told: errors.As finds both.
//
// Lists come as iterators that ask for page after page, and as single pages by
// the methods whose name ends in Page. Streams come as iterators too; they are
// taken up again, behind the last message, where the connection breaks.
//
// It imports package harrier and the standard library only.
package client

//go:generate go run ../internal/clientgen/write
