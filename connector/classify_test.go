package connector_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
)

// G5: after an effect only a definite answer is definite.
func TestClassify_neverGuessesAboutEffects(t *testing.T) {
	t.Parallel()
	for status := 100; status < 1000; status++ {
		read, readOK := connector.Classify(status, harrier.Read)
		effect, effectOK := connector.Classify(status, harrier.Contain)
		if readOK != effectOK || readOK != (status/100 == 2) {
			t.Errorf("%d: success is %v for reads, %v for effects", status, readOK, effectOK)
		}
		if read == connector.Unknown {
			t.Errorf("%d: a read cannot be unknown", status)
		}
		definite := status/100 == 2 || status/100 == 4 && status != 408 && status != 409 && status != 425
		if definite == (effect == connector.Unknown) {
			t.Errorf("%d: an effect is %s", status, effect)
		}
	}
	for status, want := range map[int]connector.Class{
		400: connector.Invalid, 401: connector.Denied, 403: connector.Denied, 404: connector.NotFound, 410: connector.NotFound,
		422: connector.Invalid, 429: connector.Limited, 409: connector.Unavailable, 500: connector.Unavailable, 503: connector.Unavailable,
	} {
		if got, _ := connector.Classify(status, harrier.Read); got != want {
			t.Errorf("Classify(%d, read) = %s, want %s", status, got, want)
		}
	}
}

func TestRetryAfter_isBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "0.5": 500 * time.Millisecond, "-3": 0, "NaN": 0, "Inf": connector.MaxRetryAfter, "86400": connector.MaxRetryAfter,
		now.Add(time.Minute).Format(http.TimeFormat):    time.Minute,
		now.Add(-time.Minute).Format(http.TimeFormat):   0,
		now.Add(48 * time.Hour).Format(http.TimeFormat): connector.MaxRetryAfter,
		"soon": 0,
	} {
		if got := connector.RetryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("RetryAfter(%q) = %v, want %v", text, got, want)
		}
	}
	if got := connector.RetryAfter(http.Header{"X-Rate-Limit-Reset-After": {"17"}}, now); got != 17*time.Second {
		t.Errorf("another header: got %v, want 17s", got)
	}
	if got := connector.RetryAfter(http.Header{"Retry-After": {"1e300"}}, now); got != connector.MaxRetryAfter {
		t.Errorf("RetryAfter(1e300) = %v", got)
	}
}

func TestPathSegment_refusesWaysOut(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", ".", "..", "../admin", "a/../b", `..\admin`, "%2e%2e", "%2e%2e%2fadmin", "%252e%252e%252f", "..;/admin", "..;x", "a\x00", "a\r\nb", "\xff", "a\u0085b",
	} {
		if got, err := connector.PathSegment(bad); err == nil {
			t.Errorf("PathSegment(%q) = %q, want an error", bad, got)
		}
	}
	for in, want := range map[string]string{"a/b": "a%2Fb", "a b": "a%20b", "a?b#c": "a%3Fb%23c", "...": "...", "100%": "100%25", "ü": "%C3%BC", "a@b.example": "a@b.example"} {
		if got, err := connector.PathSegment(in); got != want || err != nil {
			t.Errorf("PathSegment(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

// FuzzPathSegment holds that a value stays one segment under every way of
// reading it that we know.
func FuzzPathSegment(f *testing.F) {
	for _, s := range []string{"a", "../x", "%2e%2e/", "a/b", "..;/", "\\..\\", "a%2fb", "%25252e%25252e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		segment, err := connector.PathSegment(value)
		if err != nil {
			return
		}
		u, err := url.Parse("https://h.example/base/" + segment + "/tail")
		if err != nil {
			t.Fatalf("%q: %v", value, err)
		}
		if strings.Count(u.EscapedPath(), "/") != 3 || u.Host != "h.example" || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("%q left its segment: %s", value, u)
		}
		if back, _ := url.PathUnescape(segment); back != value {
			t.Errorf("%q came back as %q", value, back)
		}
		if clean := u.JoinPath().Path; !strings.HasPrefix(clean, "/base/") || !strings.HasSuffix(clean, "/tail") {
			t.Errorf("%q climbs to %q", value, clean)
		}
	})
}
