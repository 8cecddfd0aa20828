package connector

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// MaxRetryAfter is the longest wait that a vendor may ask of us.
const MaxRetryAfter = 15 * time.Minute

// Classify says what an HTTP answer means for an action with this effect; ok
// is true where it is a success. It is the rule where a manifest has none for
// the status: what may have been carried out is Unknown, never guessed.
//
// 429 is definite: whoever limits has refused. 409 and 425 are not, since they
// may answer the repetition of a request that was carried out; nor is a
// redirect, which many products give after doing what was asked. Redirects are
// not followed: to a read they are Invalid, for base_url points elsewhere.
func Classify(status int, effect harrier.Effect) (class Class, ok bool) {
	switch {
	case status >= 200 && status < 300:
		return "", true
	case status == http.StatusNotFound, status == http.StatusGone:
		return NotFound, false
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Denied, false
	case status == http.StatusTooManyRequests:
		return Limited, false
	case status >= 400 && status < 500 && !mayHaveActed(status):
		return Invalid, false
	case effect.Writes():
		return Unknown, false
	case status >= 300 && status < 400:
		return Invalid, false
	}
	return Unavailable, false
}

// mayHaveActed reports whether a 4xx status leaves open what was done.
func mayHaveActed(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusConflict || status == http.StatusTooEarly
}

// RetryAfter returns how long an answer asks us to wait, at most
// [MaxRetryAfter]; zero where it does not say. It reads Retry-After as seconds
// and as a date (RFC 9110 §10.2.3), else the seconds of X-Rate-Limit-Reset-After,
// which some have instead.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(cmp.Or(header.Get("Retry-After"), header.Get("X-Rate-Limit-Reset-After")))
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds > 0) { // also not a number
			return 0
		}
		if seconds > MaxRetryAfter.Seconds() {
			return MaxRetryAfter
		}
		return time.Duration(seconds * float64(time.Second))
	}
	at, err := http.ParseTime(text)
	if err != nil || !at.After(now) {
		return 0
	}
	return min(at.Sub(now), MaxRetryAfter)
}
