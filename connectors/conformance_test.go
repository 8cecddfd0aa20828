package connectors_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/connector/connectortest"
	"github.com/harrier-soar/harrier/internal/lab"
)

func TestConnectors_conform(t *testing.T) {
	t.Parallel()
	var all []connector.Connector
	for _, c := range shipped(t) {
		all = append(all, c)
	}
	var sites sync.Map // one for each test that asks, which is reset between its questions
	connectortest.Run(t, all, connectortest.Options{Lab: func(t *testing.T, name string) (connectortest.Lab, bool) {
		known, ok := sites.Load(t)
		if !ok {
			known = &prepared{site: newSite(t)}
			sites.Store(t, known)
		}
		p := known.(*prepared)
		env, ok := p.envs[name]
		return connectortest.Lab{Env: env, Reset: p.reset, Effects: p.effects, Inputs: p.inputs}, ok
	}})
}

// prepared is a site in which everything that an undo reverses was done
// before, so that every action has something to do.
type prepared struct {
	*site
	before map[lab.Effect]int
	entry  any
}

// reset begins anew: a mail is quarantined, an address and a domain are blocked.
func (p *prepared) reset() {
	p.t.Helper()
	small := scenario()
	small.Mailboxes, small.Ordinary = 3, 1
	if err := p.Seed(small); err != nil {
		p.t.Fatal(err)
	}
	p.must("msgraph.quarantine", p.copyOf("bob.archer@corp.example"), "before")
	p.must("opnsense.block_ip", map[string]any{"ip": "192.0.2.99"}, "before")
	p.entry = p.must("opnsense.block_domain", map[string]any{"domain": "old.example"}, "before")["entry_id"]
	p.before = p.changes()
}

// changes counts what changed the world.
func (p *prepared) changes() map[lab.Effect]int {
	out := map[lab.Effect]int{}
	for _, e := range p.Effects() {
		out[lab.Effect{Vendor: e.Vendor, Action: e.Action, Target: e.Target, Key: e.Key}] = e.Changed
	}
	return out
}

// effects lists what changed since reset, once for each time.
func (p *prepared) effects() []connectortest.Effect {
	var out []connectortest.Effect
	now := p.changes()
	for _, e := range p.Effects() {
		id := lab.Effect{Vendor: e.Vendor, Action: e.Action, Target: e.Target, Key: e.Key}
		for range now[id] - p.before[id] {
			out = append(out, connectortest.Effect{Action: e.Action, Target: e.Target + " " + e.Key})
		}
	}
	return out
}

// copyOf names the copy of the reported mail in a mailbox.
func (p *prepared) copyOf(mailbox string) map[string]any {
	copies := p.Mail(reportedID)
	i := slices.IndexFunc(copies, func(m lab.Mail) bool { return m.Mailbox == mailbox })
	return map[string]any{"mailbox": mailbox, "message_id": copies[i].ID}
}

// inputs returns arguments that make sense after reset.
func (p *prepared) inputs(action string) map[string]any {
	p.reset()
	restorable := p.copyOf("bob.archer@corp.example")
	restorable["folder"] = "junkemail"
	return map[string]map[string]any{
		"check": {}, "list_mailboxes": {}, "search": {"message_id": reportedID}, "get": p.copyOf("alice.archer@corp.example"),
		"locate": p.copyOf("alice.archer@corp.example"), "quarantine": p.copyOf("alice.archer@corp.example"), "restore": restorable,
		"send":      {"to": []any{"alice.archer@corp.example"}, "subject": "Your report", "body": "Thank you."},
		"lookup_ip": {"ip": "203.0.113.9"}, "lookup_domain": {"domain": "login.evil.example"}, "lookup_url": {"url": evilLink},
		"lookup_file": {"hash": evilHash}, "list_blocked": {}, "block_ip": {"ip": "192.0.2.1"}, "unblock_ip": {"ip": "192.0.2.99"},
		"find_domain": {"domain": "old.example"}, "block_domain": {"domain": "new.example"},
		"unblock_domain": {"domain": "old.example", "entry_id": p.entry},
		"report":         {"type": "ip", "value": "203.0.113.9", "categories": []any{"phishing"}, "comment": "Sent a mail."},
		"history":        {"channel": "C0LAB0001"}, "post": {"channel": "C0LAB0001", "text": "Case 7 was opened."},
	}[action]
}
