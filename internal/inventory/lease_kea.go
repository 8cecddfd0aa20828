package inventory

import (
	"strconv"
	"strings"
	"time"
)

// infinite is the lifetime of a lease that does not end (RFC 2131 §3.3).
const infinite = 0xffffffff

// kea reads the lease file of Kea, for IPv4 or IPv6. A row tells how long a lease
// is valid and when it expires, and so when it began.
func (r *leaseReader) kea() error {
	rows, head, err := header(r.lines)
	if err != nil {
		return err
	}
	at := map[string]int{}
	for i, name := range head.cells {
		at[strings.TrimSpace(name)] = i
	}
	for {
		next, problem, ok := rows.next()
		if !ok {
			return nil
		}
		if problem != nil {
			r.bad(problem.Line, "%s", problem.Reason)
			continue
		}
		cell := func(name string) string {
			i, there := at[name]
			if !there || i >= len(next.cells) {
				return ""
			}
			return strings.NewReplacer("&#x2c", ",", "&#x2C", ",").Replace(next.cells[i])
		}
		if err := r.keaRow(next.number, cell); err != nil {
			return err
		}
	}
}

// keaRow takes one row. Rows of leases that were given back say that, and not
// when: their lease holds until it would have ended, or until the next one.
func (r *leaseReader) keaRow(number int, cell func(string) string) error {
	address, ok := ParseAddress(cell("address"))
	valid, hasValid := whole64(cell("valid_lifetime"))
	expire, hasExpire := whole64(cell("expire"))
	state := cell("state")
	switch {
	case !ok || !hasValid || !hasExpire:
		r.bad(number, "it is no lease of Kea: it needs address, valid_lifetime and expire; it is left out")
		return nil
	case valid <= 0, state == "1", cell("lease_type") == "2": // given back, declined, a prefix
		r.report.Skipped++
		return nil
	case expire < 0 || expire > 1<<40 || valid > infinite:
		r.bad(number, "its times make no sense; it is left out")
		return nil
	}
	l := Lease{Address: address, Host: cell("hostname"), MAC: cell("hwaddr"), Start: time.Unix(expire-valid, 0), End: time.Unix(expire, 0)}
	if valid == infinite { // then expire is when it began
		l.Start = time.Unix(expire, 0)
		if begun := expire - valid; begun > 0 {
			l.Start = time.Unix(begun, 0)
		}
		l.End = l.Start.Add(maxLease)
	}
	if l.Free() {
		l.Host = cell("duid") // an IPv6 client that is known by nothing else
	}
	if l.Free() {
		r.report.Skipped++
		return nil
	}
	return r.emit(number, l)
}

// whole64 reads a whole number.
func whole64(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}
