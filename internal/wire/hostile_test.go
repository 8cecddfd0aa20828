package wire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/wire"
)

// A message of 1 MiB that is made to cost time costs milliseconds; a reader
// whose work grows with the square of the length would need minutes.
func TestParse_isQuickOnHostileInput(t *testing.T) {
	t.Parallel()
	prefixes := []string{
		"", "CEF:0|a|b|c|d|e|5|", "LEEF:2.0|a|b|c|d|^|", "%FTD-1-430001: ", "<13>1 2026-03-01T00:00:00Z h a - - ", `ModSecurity: x [a "b"] [c "d"] `,
		"type=a msg=audit(1772366400.1:1): ", "a=b c=d e=f ", "<Event xmlns='x'>", `[a:"b"; c:"d"; e:"f"; `,
	}
	units := []string{
		"a=", "=", `a="`, `a=' b=" `, `[a:"`, `[x y="`, "CEF:0|", `x=\`, "LEEF:2.0|", "%A-1-B: ", "Key: v, ", `{"a":`, `{"a":1},`, "<a>", "ModSecurity: [a ",
		"type=x msg=audit(1:1): ", "1,", `a,""`, "\xff", "Mar 1 12:00:00 ", "<13>", "k=v;", "a: b, c: ", " =", "msg='a=b ",
	}
	for _, prefix := range prefixes {
		for _, unit := range units {
			body := []byte(prefix + strings.Repeat(unit, (1<<20)/len(unit)))
			start := time.Now()
			if _, err := wire.Parse(body, wire.Options{Received: received()}); err != nil {
				t.Errorf("%q and many %q: %v", prefix, unit, err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("%q and many %q took %s", prefix, unit, took)
			}
		}
	}
}
