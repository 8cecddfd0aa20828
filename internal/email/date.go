package email

import (
	"net/mail"
	"strings"
	"time"
)

// parseDate reads a date as mails have it: RFC 5322, else the forms that broken
// senders use. Without a zone it is UTC.
func parseDate(s string) (time.Time, bool) {
	s = strings.Join(strings.Fields(clip(s, 200)), " ")
	if t, err := mail.ParseDate(s); err == nil {
		return usable(t)
	}
	if i := strings.IndexByte(s, '('); i > 0 {
		s = strings.TrimSpace(s[:i])
	}
	if day, rest, ok := strings.Cut(s, ","); ok && len(day) < 10 {
		s = strings.TrimSpace(rest)
	} else if day, rest, ok := strings.Cut(s, " "); ok && len(day) == 3 && !isDigit(day[0]) && rest != "" && isDigit(rest[0]) {
		s = rest
	}
	for _, layout := range []string{
		"2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05", "2 Jan 2006 15:04 -0700", "2 Jan 2006 15:04",
		"2 January 2006 15:04:05 -0700", "2-Jan-2006 15:04:05 -0700", "2 Jan 06 15:04:05 -0700", "Mon Jan 2 15:04:05 2006",
		"Mon Jan 2 15:04:05 MST 2006", "Jan 2 2006 15:04:05 -0700", time.RFC3339, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05",
		"2006-01-02T15:04:05", "1/2/2006 3:04:05 PM", "2 Jan 2006",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return usable(t)
		}
	}
	if i := strings.LastIndexByte(s, ' '); i > 10 { // a broken zone
		if t, err := time.Parse("2 Jan 2006 15:04:05", s[:i]); err == nil {
			return usable(t)
		}
	}
	return time.Time{}, false
}

// usable returns the time in UTC where it can be written as RFC 3339.
func usable(t time.Time) (time.Time, bool) {
	t = t.UTC()
	if t.Year() < 1900 || t.Year() > 9998 {
		return time.Time{}, false
	}
	return t, true
}

// isDigit reports whether c is an ASCII digit.
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
