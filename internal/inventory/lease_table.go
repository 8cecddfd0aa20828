package inventory

import (
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// defaultDnsmasq is how long leases of dnsmasq last where nobody says otherwise.
const defaultDnsmasq = time.Hour

// dnsmasq reads dnsmasq.leases: the end of a lease, the hardware address, then the
// address, the name and the id of the client. When it began is its end less the time that leases last.
func (r *leaseReader) dnsmasq() error {
	lasts := r.how.LeaseTime
	if lasts <= 0 {
		lasts = defaultDnsmasq
	}
	for {
		l, ok := r.lines.next()
		if !ok {
			return nil
		}
		words := strings.Fields(l.text)
		if len(words) == 0 || words[0] == "duid" {
			continue
		}
		if len(words) < 4 {
			r.bad(l.number, "it is no lease of dnsmasq: it needs end, hardware address, address and name; it is left out")
			continue
		}
		address, ok := ParseAddress(words[2])
		ends, err := strconv.ParseInt(words[0], 10, 64)
		if !ok || err != nil || ends < 0 || ends > 1<<40 {
			r.bad(l.number, "%.40q and %.60q are not an end and an address; it is left out", words[0], words[2])
			continue
		}
		if ends == 0 { // it does not end, and nothing tells since when
			r.bad(l.number, "the lease of %s has no end, so nothing tells when it began: give the host the address for good; it is left out", address)
			continue
		}
		lease := Lease{Address: address, End: time.Unix(ends, 0), Start: time.Unix(ends, 0).Add(-lasts), MAC: words[1]}
		if words[3] != "*" {
			lease.Host = words[3]
		}
		if lease.MAC, ok = ParseMAC(words[1]); !ok && lease.Host == "" {
			r.report.Skipped++
			continue
		}
		if err := r.emit(l.number, lease); err != nil {
			return err
		}
	}
}

// leaseFields lists the fields of a table of leases.
func leaseFields() []string { return []string{"address", "start", "end", "host", "mac", "user"} }

// leaseField finds the field that a column of a log means.
func leaseField(name string) string {
	switch plainName(name) {
	case "address", "ip", "ipaddress", "assignedip", "tunnelip", "virtualip", "clientip", "assignedaddress", "framedipaddress", "privateip", "leasedip":
		return "address"
	case "start", "from", "starttime", "connected", "connecttime", "logintime", "login", "sessionstart", "begin", "startedat", "acctstarttime":
		return "start"
	case "end", "until", "to", "endtime", "disconnected", "disconnecttime", "logouttime", "logout", "sessionend", "stop", "endedat", "acctstoptime", "expires":
		return "end"
	case "host", "hostname", "computer", "computername", "device", "devicename", "machine", "endpoint":
		return "host"
	case "mac", "macaddress", "hardwareaddress", "callingstationid":
		return "mac"
	case "user", "username", "account", "loginname", "identity", "upn":
		return "user"
	}
	return ""
}

// table reads a table of leases, such as the log of a VPN: who had which address
// from when until when.
func (r *leaseReader) table() error {
	rows, head, err := header(r.lines)
	if err != nil {
		return err
	}
	at := map[string]int{}
	for i, name := range head.cells {
		if field := leaseField(name); field != "" {
			if _, taken := at[field]; !taken {
				at[field] = i
			}
		}
	}
	for field, column := range r.how.Columns {
		found := false
		for i, name := range head.cells {
			if plainName(name) == plainName(column) {
				at[field], found = i, true
			}
		}
		if !found {
			return harrier.Errorf(harrier.Invalid, "there is no column %q for %s; there are %s", column, field, strings.Join(head.cells[:min(len(head.cells), 50)], ", "))
		}
	}
	for _, needed := range []string{"address", "start"} {
		if _, ok := at[needed]; !ok {
			return harrier.Errorf(harrier.Invalid, "no column is known to hold %s: name it, as in %s=COLUMN; there are %s", needed, needed, strings.Join(head.cells[:min(len(head.cells), 50)], ", "))
		}
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
		if err := r.tableRow(next, at); err != nil {
			return err
		}
	}
}

// tableRow takes one row.
func (r *leaseReader) tableRow(next row, at map[string]int) error {
	cell := func(field string) string {
		if i, ok := at[field]; ok && i < len(next.cells) {
			return clean(next.cells[i])
		}
		return ""
	}
	address, ok := ParseAddress(cell("address"))
	start, started := parseTime(cell("start"), r.how.Zone)
	if !ok || !started {
		r.bad(next.number, "%.60q and %.40q are not an address and a time such as 2026-01-31T08:00:00Z; it is left out", cell("address"), cell("start"))
		return nil
	}
	l := Lease{Address: address, Start: start, Host: cell("host"), MAC: cell("mac"), User: cell("user")}
	if text := cell("end"); text != "" && text != "-" {
		if l.End, ok = parseTime(text, r.how.Zone); !ok {
			r.bad(next.number, "the end %.40q is no time; it is left out", text)
			return nil
		}
	}
	if l.Free() {
		r.bad(next.number, "it names neither host nor hardware address nor user; it is left out")
		return nil
	}
	return r.emit(next.number, l)
}
