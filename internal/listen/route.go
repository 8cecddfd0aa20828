package listen

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
)

// route is a source as its listener knows it.
type route struct {
	source   harrier.Source
	settings Settings
	prefixes []netip.Prefix
	count    *counters
	meta     meta
	// gone tells that nobody wants its messages any more.
	gone atomic.Bool
}

// meta is what an event says beside its bytes.
type meta struct {
	Peer       string `json:"peer"`
	Port       uint16 `json:"port,omitempty"`
	Transport  string `json:"transport"`
	Listener   string `json:"listener"`
	Client     string `json:"client,omitempty"`
	TimeZone   string `json:"time_zone,omitempty"`
	Format     string `json:"format,omitempty"`
	Cut        int64  `json:"cut,omitempty"`
	Incomplete bool   `json:"incomplete,omitempty"`
}

// Content is the media type of events that this package makes: one message of
// syslog each, whatever is in it.
const Content = "application/x-syslog"

func newRoute(src harrier.Source, s Settings, c *counters) *route {
	r := &route{source: src, settings: s, count: c, meta: meta{
		Transport: s.Transport, Listener: s.Listen, TimeZone: src.TimeZone, Format: string(s.Format),
	}}
	for _, text := range s.CIDRs {
		if p, err := prefix(text); err == nil {
			r.prefixes = append(r.prefixes, p)
		}
	}
	return r
}

// event makes an event of a message.
func (r *route) event(body []byte, received time.Time, m meta) harrier.RawEvent {
	text, err := json.Marshal(m)
	if err != nil { // it has texts and numbers only
		text = nil
	}
	return harrier.RawEvent{Received: received, Content: Content, Meta: text, Body: body, Lane: r.settings.lane()}
}

// same tells whether a source is as it was, so that its connections may stay.
func (r *route) same(o *route) bool {
	return r.source.Rev == o.source.Rev && r.source.UpdatedAt.Equal(o.source.UpdatedAt) && r.source.Tenant == o.source.Tenant &&
		string(r.source.Settings) == string(o.source.Settings) && r.source.TimeZone == o.source.TimeZone
}

// table finds the route of a sender.
type table []*route

// find returns the route with the narrowest network that holds the sender and
// whose names the certificate has; nil where nobody declared it.
func (t table) find(peer netip.Addr, client *x509.Certificate) *route {
	peer = peer.Unmap().WithZone("")
	var best *route
	bits := -1
	for _, r := range t {
		if r.settings.TLS != nil && !r.settings.TLS.named(client) {
			continue
		}
		for _, p := range r.prefixes {
			if p.Contains(peer) && p.Bits() > bits {
				best, bits = r, p.Bits()
			}
		}
	}
	return best
}

// clash tells which networks two sources of one listener both claim; empty where none.
func (t table) clash(r *route) string {
	for _, other := range t {
		if r.settings.TLS != nil && other.settings.TLS != nil && !overlap(r.settings.TLS.ClientNames, other.settings.TLS.ClientNames) {
			continue
		}
		for _, p := range r.prefixes {
			if slices.Contains(other.prefixes, p) {
				return fmt.Sprintf("source %s has %s on %s too; give each sender to one source", other.source.Name, p, r.settings.Listen)
			}
		}
	}
	return ""
}

// overlap tells whether one certificate can have names of both lists.
func overlap(a, b []string) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(name string) bool { return slices.Contains(b, name) })
}

// named tells whether a certificate has one of the names that are asked for.
func (c *Certificates) named(client *x509.Certificate) bool {
	if len(c.ClientNames) == 0 {
		return true
	}
	if client == nil {
		return false
	}
	return slices.ContainsFunc(c.ClientNames, func(name string) bool {
		return strings.EqualFold(name, client.Subject.CommonName) || slices.ContainsFunc(client.DNSNames, func(dns string) bool { return strings.EqualFold(dns, name) })
	})
}
