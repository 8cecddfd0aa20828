package store

import (
	"context"
	"errors"

	"modernc.org/sqlite"

	"github.com/harrier-soar/harrier"
)

// SQLite's result codes that decide what an error means; see sqlite.org/rescode.html.
const (
	codePrimary    = 0xff
	codeBusy       = 5
	codeNoMem      = 7
	codeReadOnly   = 8
	codeInterrupt  = 9
	codeIO         = 10
	codeCorrupt    = 11
	codeFull       = 13
	codeCantOpen   = 14
	codeProtocol   = 15
	codeConstraint = 19
	codeNotADB     = 26
	codeCheck      = codeConstraint | 1<<8
	codeForeignKey = codeConstraint | 3<<8
	codeNotNull    = codeConstraint | 5<<8
	codePrimaryKey = codeConstraint | 6<<8
	codeTrigger    = codeConstraint | 7<<8
	codeUnique     = codeConstraint | 8<<8
)

// codeOf returns SQLite's extended result code, or 0 where err has none.
func codeOf(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// fault gives an error of the database its kind. Its text is for people; what
// SQLite said is its cause.
func fault(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*harrier.Error](err); ok {
		return err
	}
	cause := func(kind harrier.Kind, text string) error {
		return &harrier.Error{Kind: kind, Text: text, Cause: err}
	}
	switch code := codeOf(err); {
	case code == codePrimaryKey || code == codeUnique:
		return cause(harrier.Conflict, "it exists already")
	case code == codeForeignKey:
		return cause(harrier.NotFound, "it refers to something that does not exist")
	case code == codeTrigger:
		return cause(harrier.Denied, "the audit trail is append-only")
	case code == codeCheck || code == codeNotNull:
		return cause(harrier.Invalid, "a value is missing or outside its range")
	case code&codePrimary == codeFull:
		return cause(harrier.Unavailable, "the disk is full; free some space")
	case code&codePrimary == codeBusy:
		return cause(harrier.Unavailable, "the database is held by another process; stop it")
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || code&codePrimary == codeInterrupt:
		return cause(harrier.Unavailable, "the database did not answer in time; try again")
	case fatal(code):
		return cause(harrier.Unavailable, "the database cannot be used; run harrier doctor")
	}
	return cause(harrier.Internal, "the database refused a statement")
}

// duplicate reports whether err is about a key that exists.
func duplicate(err error) bool {
	code := codeOf(err)
	return code == codePrimaryKey || code == codeUnique
}

// fatal reports whether SQLite may have rolled the whole transaction back with
// the error, so that nothing more may be done in it.
func fatal(code int) bool {
	switch code & codePrimary {
	case codeBusy, codeNoMem, codeReadOnly, codeInterrupt, codeIO, codeCorrupt, codeFull, codeCantOpen, codeProtocol, codeNotADB:
		return true
	}
	return false
}
