package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Config says how a lab runs. Its zero value is a lab in memory on free ports.
type Config struct {
	// Dir holds the journal; empty keeps everything in memory.
	Dir string
	// Listen is the address of every vendor's listener, 127.0.0.1:0 where it is
	// empty. Only loopback addresses are accepted. With a port other than 0 the
	// vendors take that port and the ones after it.
	Listen string
	Log    *slog.Logger
	Now    func() time.Time
	// Seed makes credentials, identifiers and chances repeatable.
	Seed uint64
	// Gmail says that the company's mail is at Google: its connection is among
	// those that are offered, beside that to Microsoft Graph.
	Gmail bool
	// Sources says that what reports alerts and lists indicators is among the
	// connections that are offered.
	Sources bool
	// Pagers says that what wakes people is among the connections that are offered.
	Pagers bool
	// TokenTTL is how long an access token lives; an hour where it is zero.
	TokenTTL time.Duration
}

// Lab is a set of running vendors. It may be used by many goroutines at once.
type Lab struct {
	config  Config
	world   *world
	faults  *faults
	servers []*server
	control *server
	ports   map[string]int
	running sync.WaitGroup

	mu    sync.Mutex // guards calls
	calls []Call
}

// Start starts every vendor and the control endpoint. An error is Invalid
// where the configuration is wrong and Unavailable where an address is taken.
func Start(config Config) (*Lab, error) {
	l := &Lab{config: config, world: newWorld(), ports: make(map[string]int)}
	l.defaults()
	l.faults = newFaults(l.config.Seed)
	address, err := loopback(l.config.Listen)
	if err != nil {
		return nil, err
	}
	if err := l.reload(); err != nil {
		return nil, err
	}
	if err := l.listen(address); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Lab) defaults() {
	c := &l.config
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.TokenTTL <= 0 {
		c.TokenTTL = time.Hour
	}
}

// loopback reads an address and refuses one that others could reach.
func loopback(listen string) (netip.AddrPort, error) {
	address, err := netip.ParseAddrPort(listen)
	if err != nil || !address.Addr().IsLoopback() {
		return address, harrier.Errorf(harrier.Invalid,
			"the lab listens on loopback only: write 127.0.0.1:0 instead of %q", listen)
	}
	return address, nil
}

// reload reads the journal, if there is one.
func (l *Lab) reload() error {
	if l.config.Dir == "" {
		return nil
	}
	j, err := openJournal(l.config.Dir, func(r record) {
		l.world.apply(r)
		if r.Ports != nil {
			l.ports = r.Ports
		}
	})
	l.world.journal = j
	return err
}

// listen opens every listener where it was before, or where config says.
func (l *Lab) listen(address netip.AddrPort) error {
	vendors := []vendor{
		&entra{lab: l}, &graph{lab: l}, &virustotal{lab: l}, &opnsense{lab: l}, &slack{lab: l}, &controller{lab: l},
		&mimecast{lab: l}, &defender{lab: l}, &jira{lab: l},
		&urlhaus{lab: l}, &threatfox{lab: l}, &abuseipdb{lab: l}, &urlscan{lab: l}, &cape{lab: l}, &gmail{lab: l},
		&splunk{lab: l}, &elastic{lab: l}, &taxii{lab: l}, &misp{lab: l},
		&pagerduty{lab: l}, &opsgenie{lab: l}, &pagehook{lab: l},
	}
	for i, v := range vendors {
		port, known := l.ports[v.name()]
		if !known && address.Port() != 0 {
			port = int(address.Port()) + i
		}
		at := net.JoinHostPort(address.Addr().String(), strconv.Itoa(port))
		s, err := l.bindLasting(v, address.Addr(), port)
		if err != nil {
			return harrier.Errorf(harrier.Unavailable, "the lab's %s cannot listen on %s: %w", v.name(), at, err)
		}
		l.ports[v.name()] = s.port()
		if v.name() == controlName {
			l.control = s
			continue
		}
		l.servers = append(l.servers, s)
	}
	err := l.world.update(l.config.Now(), func(e *edit) { e.line.Ports = l.ports })
	for _, s := range l.all() { // each may speak of the others
		s.start()
	}
	return err
}

// Close stops listening, gives requests under way a second to end, cuts what is
// left and closes the journal. A client's spare connection, over which nothing was
// ever asked, is one of those that are cut: [http.Server.Shutdown] would wait 5 s
// for it.
func (l *Lab) Close() error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, errors.New("the lab is closing")) //nolint:forbidigo // an [io.Closer] has none
	defer cancel()
	var failures []error
	for _, s := range l.all() {
		if s.http.Shutdown(ctx) != nil {
			failures = append(failures, s.http.Close())
		}
		_ = s.listener.Close() // of a server that was never started
	}
	l.running.Wait()
	l.world.mu.Lock()
	defer l.world.mu.Unlock()
	failures = append(failures, l.world.journal.close())
	l.world.journal = nil
	return errors.Join(failures...)
}

func (l *Lab) all() []*server {
	if l.control == nil {
		return l.servers
	}
	return append(slices.Clone(l.servers), l.control)
}

// Vendors lists the names of the vendors.
func (l *Lab) Vendors() []string {
	out := make([]string, len(l.servers))
	for i, s := range l.servers {
		out[i] = s.vendor.name()
	}
	return out
}

// URL returns where a vendor, or "control", listens: scheme, host and port.
// It is empty for a vendor that the lab does not have.
func (l *Lab) URL(vendor string) string {
	for _, s := range l.all() {
		if s.vendor.name() == vendor {
			return fmt.Sprintf("http://%s", s.listener.Addr())
		}
	}
	return ""
}

// Effects returns what the world saw, in the order in which it first happened.
func (l *Lab) Effects() []Effect {
	l.world.mu.Lock()
	defer l.world.mu.Unlock()
	return slices.Clone(l.world.ledger.effects)
}

// Calls returns the requests that were received, in order of arrival.
func (l *Lab) Calls() []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.calls)
}

func (l *Lab) remember(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) >= maxCalls {
		l.calls = slices.Delete(l.calls, 0, maxCalls/10)
	}
	l.calls = append(l.calls, c)
}

// forget forgets what was asked.
func (l *Lab) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = nil
}

// Reset forgets everything: state, effects, calls and faults. Addresses and
// credentials stay.
func (l *Lab) Reset() error {
	l.faults.clear()
	l.forget()
	return l.world.update(l.config.Now(), (*edit).reset)
}
