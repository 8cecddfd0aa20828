package api

import (
	"errors"
	"net/http"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// typePrefix stands before the code of a sort in [Problem.Type].
const typePrefix = "https://github.com/harrier-soar/harrier/blob/main/docs/problems.md#"

// The codes of problems that have no [harrier.Kind].
const (
	codePrecondition = "precondition_failed"
	codeTooLarge     = "too_large"
	codeMethod       = "method_not_allowed"
	codeMedia        = "unsupported_media_type"
	codeTimeout      = "request_timeout"
	codeStepUp       = "step_up"
	codeSecondFactor = "second_factor"
	codePasskey      = "passkey"
)

// ProblemSort is a sort of problems. The table of them is the one place where
// kinds of errors become statuses.
type ProblemSort struct {
	Code   string
	Status int
	Title  string
	// Fix is what helps against every problem of the sort, if anything does.
	Fix string
}

// ProblemSorts lists every sort of problems.
func ProblemSorts() []ProblemSort {
	return []ProblemSort{
		{harrier.Invalid.String(), http.StatusBadRequest, "The request is not valid", ""},
		{harrier.Unauthenticated.String(), http.StatusUnauthorized, "Nobody is known to ask", "Use the Unix socket in the data directory, or send the header Authorization: Bearer with what is in the file api.token there, an API key, or the token of a session: harrier login."},
		{codeStepUp, http.StatusUnauthorized, "The password is needed again", "Give it at POST /v1/session/prove, or use a passkey at POST /v1/session/prove/passkey, take the new token, and try again: harrier login --again. An API key cannot do this."},
		{codeSecondFactor, http.StatusUnauthorized, "The code of the second factor is needed too", "Send the code of now beside the password."},
		{codePasskey, http.StatusUnauthorized, "A passkey is needed", "Open /passkeys of this server in a browser, or: harrier login --passkey."},
		{harrier.Denied.String(), http.StatusForbidden, "This is not allowed", ""},
		{harrier.NotFound.String(), http.StatusNotFound, "There is no such thing", ""},
		{codeMethod, http.StatusMethodNotAllowed, "This cannot be done to it", "Use one of the methods in the header Allow."},
		{codeTimeout, http.StatusRequestTimeout, "The request took too long", "Send it again."},
		{harrier.Conflict.String(), http.StatusConflict, "It has changed or is in another state", "Look at it again and decide anew."},
		{codePrecondition, http.StatusPreconditionFailed, "It has changed since you looked", "Get it again, and send its new ETag in If-Match."},
		{codeTooLarge, http.StatusRequestEntityTooLarge, "The request is too large", ""},
		{codeMedia, http.StatusUnsupportedMediaType, "This type of content is not taken", ""},
		{harrier.Limited.String(), http.StatusTooManyRequests, "A limit was reached", "Try again after the seconds in Retry-After, or ask for less."},
		{harrier.Internal.String(), http.StatusInternalServerError, "Something went wrong inside Harrier", "Look for trace_id in the server's log."},
		{harrier.Unavailable.String(), http.StatusServiceUnavailable, "It does not work now", "Try again after the seconds in Retry-After."},
	}
}

// sortNamed returns the sort with a code.
func sortNamed(code string) ProblemSort {
	sorts := ProblemSorts()
	if i := slices.IndexFunc(sorts, func(s ProblemSort) bool { return s.Code == code }); i >= 0 {
		return sorts[i]
	}
	return sortNamed(harrier.Internal.String())
}

// sortOfStatus returns the sort that a status stands for.
func sortOfStatus(status int) ProblemSort {
	if status == http.StatusUnprocessableEntity { // the library's word for what does not fit the schema
		status = http.StatusBadRequest
	}
	sorts := ProblemSorts()
	if i := slices.IndexFunc(sorts, func(s ProblemSort) bool { return s.Status == status }); i >= 0 {
		return sorts[i]
	}
	return sortNamed(harrier.Internal.String())
}

// codeOf returns the code of the sort that an error belongs to.
func codeOf(err error) string {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return codeTooLarge
	}
	if _, ok := errors.AsType[access.StepUp](err); ok {
		return codeStepUp
	}
	if _, ok := errors.AsType[access.CodeNeeded](err); ok {
		return codeSecondFactor
	}
	if _, ok := errors.AsType[access.PasskeyNeeded](err); ok {
		return codePasskey
	}
	return harrier.KindOf(err).String()
}
