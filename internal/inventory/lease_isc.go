package inventory

import (
	"strconv"
	"strings"
	"time"
)

// isc reads dhcpd.leases of ISC DHCP: blocks that are written anew with every
// change, of which the last one of an address and beginning holds. It has IPv4
// leases; blocks of IPv6 are left out.
func (r *leaseReader) isc() error {
	var at iscLease
	for {
		l, ok := r.lines.next()
		if !ok {
			if at.open {
				r.bad(at.line, "the file ends within the lease; it is left out")
			}
			return nil
		}
		text := strings.TrimSpace(l.text)
		words := iscWords(text)
		switch {
		case len(words) == 0:
		case words[0] == "lease" && len(words) >= 3 && words[len(words)-1] == "{":
			if at.open {
				r.bad(at.line, "the lease does not end; it is left out")
			}
			at = iscLease{open: true, line: l.number}
			a, valid := ParseAddress(words[1])
			if at.lease.Address = a; !valid {
				r.bad(l.number, "%.60q is not an address; the lease is left out", words[1])
				at.broken = true
			}
		case at.open && words[0] == "}":
			if err := r.iscEnd(at); err != nil {
				return err
			}
			at = iscLease{}
		case at.open:
			at.statement(words, r.how.Zone)
		case words[len(words)-1] == "{" && (strings.HasPrefix(words[0], "ia-")):
			r.report.Skipped++
		}
	}
}

// iscLease is a block that is being read.
type iscLease struct {
	lease        Lease
	line         int
	open, broken bool
	state        string
	// forever tells that the lease does not end.
	forever bool
}

// statement reads one statement of a block.
func (b *iscLease) statement(words []string, zone *time.Location) {
	switch words[0] {
	case "starts":
		b.lease.Start = iscTime(words[1:], zone)
	case "ends":
		if len(words) > 1 && words[1] == "never" {
			b.forever = true
		} else {
			b.lease.End = iscTime(words[1:], zone)
		}
	case "binding":
		if len(words) == 3 {
			b.state = words[2]
		}
	case "hardware":
		if len(words) == 3 {
			b.lease.MAC = words[2]
		}
	case "client-hostname":
		if len(words) == 2 {
			b.lease.Host = words[1]
		}
	}
}

// iscEnd takes a block. What is free has the end of its last lease.
func (r *leaseReader) iscEnd(b iscLease) error {
	if b.broken {
		return nil
	}
	switch b.state {
	case "active", "free", "expired", "released", "":
	default: // abandoned, backup, reset, bootp: nobody's
		r.report.Skipped++
		return nil
	}
	if b.lease.Free() || b.state != "active" && b.state != "" && !b.lease.End.After(b.lease.Start) {
		r.report.Skipped++
		return nil
	}
	if b.forever {
		b.lease.End = b.lease.Start.Add(maxLease)
	}
	return r.emit(b.line, b.lease)
}

// iscWords parts a statement into words; a quoted text is one.
func iscWords(text string) []string {
	var words []string
	for text != "" && len(words) < 16 {
		text = strings.TrimLeft(text, " \t;")
		if strings.HasPrefix(text, "#") {
			break
		}
		if strings.HasPrefix(text, `"`) {
			word, rest, _ := strings.Cut(text[1:], `"`)
			words, text = append(words, word), rest
			continue
		}
		i := strings.IndexAny(text, " \t;")
		if i < 0 {
			i = len(text)
		}
		if i > 0 {
			words = append(words, text[:i])
		}
		text = text[i:]
	}
	return words
}

// iscTime reads the day of the week, a date and a time, or epoch and seconds.
// Times are in UTC unless dhcpd was told otherwise. What is no time is none.
func iscTime(words []string, zone *time.Location) time.Time {
	if len(words) == 2 && words[0] == "epoch" {
		n, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil || n <= 0 {
			return time.Time{}
		}
		return time.Unix(n, 0).UTC()
	}
	if len(words) < 3 {
		return time.Time{}
	}
	t, err := time.ParseInLocation("2006/01/02 15:04:05", words[1]+" "+words[2], zone)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
