package expr

import (
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/schema"
)

// ParseDuration reads 90s, 15m, 2h, 30d, 1w and sums such as 1h30m; days have
// 24 hours. A minus before it makes it negative, as differences of times may be.
func ParseDuration(text string) (time.Duration, error) {
	body, negative := strings.CutPrefix(text, "-")
	d, err := schema.ParseDuration(body)
	if negative {
		d = -d
	}
	return d, err
}

// FormatDuration writes a duration so that [ParseDuration] reads it: 1d2h3m4.5s.
// Fractions of a millisecond are kept as decimals of a second.
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	rest := uint64(d)
	if d < 0 {
		b.WriteByte('-')
		rest = -rest
	}
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}} {
		if n := rest / uint64(unit.size); n > 0 {
			b.WriteString(strconv.FormatUint(n, 10) + unit.name)
			rest %= uint64(unit.size)
		}
	}
	if rest > 0 {
		whole, fraction := rest/1e9, rest%1e9
		b.WriteString(strconv.FormatUint(whole, 10))
		if fraction > 0 {
			digits := strconv.FormatUint(1e9+fraction, 10)[1:]
			b.WriteString("." + strings.TrimRight(digits, "0"))
		}
		b.WriteByte('s')
	}
	return b.String()
}
