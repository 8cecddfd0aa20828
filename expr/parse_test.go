package expr

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseValue_makesIntegralNumbersIntegers(t *testing.T) {
	t.Parallel()
	got, err := ParseValue(json.RawMessage(`{"a": [1, 1.0, 1e3, 0.5, -2, 9223372036854775807, 1e300, null, true, "1"]}`))
	want := map[string]any{"a": []any{int64(1), int64(1), int64(1000), 0.5, int64(-2), int64(math.MaxInt64), 1e300, nil, true, "1"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestParseValue_refusesWhatIsNoSingleValue(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{", "1 2", "[1,]", `{"a" 1}`, "1e999", strings.Repeat("[", 100) + strings.Repeat("]", 100)} {
		if v, err := ParseValue(json.RawMessage(text)); err == nil {
			t.Errorf("%.20q gives %v", text, v)
		}
	}
}

func TestParseDuration_readsWhatIsWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "15m": 15 * time.Minute, "2h": 2 * time.Hour, "30d": 720 * time.Hour, "1w": 168 * time.Hour,
		"1d2h3m4.5s": 26*time.Hour + 3*time.Minute + 4500*time.Millisecond, "-1h": -time.Hour, "250ms": 250 * time.Millisecond,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", "5", "d", "1y", "1h-1m", "--1h"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q gives %v", text, got)
		}
	}
}

func TestFormatDuration_isReadBack(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{0, 1, time.Millisecond, 90 * time.Second, 49*time.Hour + time.Nanosecond, -30 * 24 * time.Hour, 400 * 24 * time.Hour} {
		got, err := ParseDuration(FormatDuration(d))
		if err != nil || got.Round(time.Microsecond) != d.Round(time.Microsecond) {
			t.Errorf("%v is written %s and read %v, %v", d, FormatDuration(d), got, err)
		}
	}
}
