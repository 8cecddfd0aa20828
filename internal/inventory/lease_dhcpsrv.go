package inventory

import (
	"strings"
	"time"
)

// windows reads the audit log of the DHCP server of Windows, DhcpSrvLog-Mon.log:
// some text, a head, and a row for each thing that happened. Its times have no
// zone, and it tells no ends: a lease holds until it is given back, until the
// next one, or for the longest age.
func (r *leaseReader) windows() error {
	begun := false
	for {
		l, ok := r.lines.next()
		if !ok {
			if !begun {
				r.bad(1, "there is no row ID,Date,Time,Description,IP Address: it is no audit log of the DHCP server of Windows")
			}
			return nil
		}
		cells, end := split(strings.TrimSpace(l.text), ',')
		if len(cells) > 6 && strings.EqualFold(strings.TrimSpace(cells[0]), "ID") && strings.EqualFold(strings.TrimSpace(cells[1]), "Date") {
			begun = true
			continue
		}
		if !begun || strings.TrimSpace(l.text) == "" {
			continue
		}
		if end != whole || len(cells) < 7 {
			r.bad(l.number, "it is no row of seven cells or more; it is left out")
			continue
		}
		if err := r.windowsRow(l.number, cells); err != nil {
			return err
		}
	}
}

// windowsRow takes one row.
func (r *leaseReader) windowsRow(number int, cells []string) error {
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	free := false
	switch cells[0] {
	case "10", "11", "20", "21": // a new lease, one that goes on, of BOOTP
	case "12", "16", "17", "18", "23": // given back, deleted, expired
		free = true
	default: // the server's own doings, refusals, names
		r.report.Skipped++
		return nil
	}
	address, ok := ParseAddress(cells[4])
	at, timed := windowsTime(cells[1], cells[2], r.how.Zone)
	if !ok || !timed {
		r.bad(number, "%.40q and %.40q are not an address and a time as in 11/26/26,08:00:00; it is left out", cells[4], cells[1]+","+cells[2])
		return nil
	}
	l := Lease{Address: address, Start: at}
	if !free {
		l.Host, l.MAC, l.User = cells[5], cells[6], ""
		if l.Free() {
			r.report.Skipped++
			return nil
		}
	}
	return r.emit(number, l)
}

// windowsTime reads a time of the log: the month comes first, whatever the
// system's language.
func windowsTime(date, clock string, zone *time.Location) (time.Time, bool) {
	layout := "01/02/06 15:04:05"
	if i := strings.LastIndexByte(date, '/'); len(date)-i == 5 {
		layout = "01/02/2006 15:04:05"
	}
	t, err := time.ParseInLocation(layout, date+" "+clock, zone)
	return t, err == nil
}
