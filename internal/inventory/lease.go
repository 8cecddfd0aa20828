package inventory

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Lease says who had an address from a time on. One without a holder says that
// nobody had it from then on.
type Lease struct {
	Address netip.Addr
	Start   time.Time
	// End is when it ends by itself; zero where nobody tells. The next lease of
	// the address ends it in any case.
	End time.Time
	// Source is whose log tells of it.
	Source string
	// Host is the name that the client gave itself, MAC its hardware address, and
	// User who logged in.
	Host, MAC, User string
}

// Free tells whether the lease says that nobody has the address.
func (l Lease) Free() bool { return l.Host == "" && l.MAC == "" && l.User == "" }

const (
	// DefaultLeaseAge is how long a lease holds whose end nobody tells: the eight
	// days that leases of Windows last unless somebody changes it.
	DefaultLeaseAge = 8 * 24 * time.Hour
	// maxLease is the longest lease that is believed.
	maxLease = 400 * 24 * time.Hour
)

// canonical returns a lease in its one spelling; ok is false where it says nothing.
func (l Lease) canonical() (_ Lease, ok bool) {
	l.Address = l.Address.WithZone("").Unmap()
	l.Host, l.User = nameSpelling(clean(l.Host)), strings.ToLower(clean(l.User))
	l.MAC, _ = ParseMAC(l.MAC)
	l.Start = l.Start.UTC().Truncate(time.Second)
	if !l.End.IsZero() {
		l.End = l.End.UTC().Truncate(time.Second)
		if latest := l.Start.Add(maxLease); l.End.After(latest) {
			l.End = latest
		}
	}
	ok = l.Address.IsValid() && !l.Start.IsZero() && (l.End.IsZero() || l.End.After(l.Start))
	return l, ok
}

// ends is when a lease ends if nothing else does it before.
func (l Lease) ends(age time.Duration) time.Time {
	if l.End.IsZero() {
		return l.Start.Add(age)
	}
	return l.End
}

// held says which of an address's leases, the latest first, holds at a time: the
// one that began last before it, unless it has ended. An address is one
// machine's at a time, so the beginning of a lease ends all before it. Where none
// holds, why says so in words.
func held(leases []Lease, at time.Time, age time.Duration) (l Lease, ok bool, why string) {
	for _, l := range leases {
		if l.Start.After(at) {
			continue
		}
		switch end := l.ends(age); {
		case l.Free():
			return l, false, fmt.Sprintf("it was given back at %s (%s)", clock(l.Start), l.Source)
		case end.After(at):
			return l, true, ""
		case l.End.IsZero():
			return l, false, fmt.Sprintf("the last lease that is known is that of %s at %s, whose end nobody tells: it is taken for over after %s (%s)", l.holder(), clock(l.Start), age, l.Source)
		default:
			return l, false, fmt.Sprintf("the last lease that is known is that of %s, which ended at %s (%s)", l.holder(), clock(end), l.Source)
		}
	}
	return Lease{}, false, ""
}

// holder names who has a lease.
func (l Lease) holder() string {
	switch {
	case l.Host != "" && l.User != "":
		return l.Host + " of " + l.User
	case l.Host != "":
		return l.Host
	case l.User != "":
		return l.User
	}
	return l.MAC
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
