package connectors_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/connector/connectortest"
	"github.com/harrier-soar/harrier/connectors/imap"
	"github.com/harrier-soar/harrier/connectors/ldap"
	"github.com/harrier-soar/harrier/internal/lab"
	"github.com/harrier-soar/harrier/internal/testclock"
)

func TestConnectors_conform(t *testing.T) {
	t.Parallel()
	all := []connector.Connector{imap.New(), ldap.New()}
	for _, c := range shipped(t) {
		all = append(all, c)
	}
	var labs, sites sync.Map // a lab for each connector, and a site for each test that asks
	connectortest.Run(t, all, connectortest.Options{Lab: func(asks *testing.T, name string) (connectortest.Lab, bool) {
		known, ok := sites.Load(asks)
		if !ok {
			lasting, ok := labs.Load(name)
			if !ok {
				lasting = newLastingLab(t, name)
				labs.Store(name, lasting)
			}
			kept := lasting.(*lastingLab)
			known = &prepared{site: siteAt(asks, kept.vendors), lastingLab: kept}
			sites.Store(asks, known)
		}
		p := known.(*prepared)
		env, ok := p.envs[name]
		return connectortest.Lab{Env: env, Reset: p.reset, Effects: p.effects,
			Inputs: func(action string) map[string]any { return p.inputs(action) }}, ok
	}})
}

// savedSearch is the id of a search of Splunk that has found something.
const savedSearch = "scheduler__admin__search__RMD5_at_1764234000_7"

// lastingLab is the vendors of all tests of one connector, which run one after
// the other.
type lastingLab struct {
	vendors *lab.Lab
	clock   *testclock.Clock
	// product is the connector that is tested; only its actions are prepared.
	product string
	// back brings the world back to what was prepared; nil before that was done.
	back  func() error
	at    time.Time // when that was
	entry any
	// arguments are those that the lab had to be asked for, by action.
	arguments map[string]map[string]any
}

// newLastingLab starts vendors whose time passes by what they do, and so not for
// what was prepared.
func newLastingLab(t *testing.T, product string) *lastingLab {
	t.Helper()
	k := &lastingLab{product: product, clock: testclock.At(time.Now())}
	k.vendors = startLab(t, lab.Config{Seed: 7, Gmail: true, Sources: true, Pagers: true, Now: func() time.Time {
		k.clock.Pass(time.Millisecond)
		return k.clock.Now()
	}})
	return k
}

// prepared is a site in which everything that an undo reverses was done
// before, so that every action has something to do.
type prepared struct {
	*site
	*lastingLab
}

// reset begins anew, from what is prepared once.
func (p *prepared) reset() {
	p.t.Helper()
	if p.back == nil {
		p.prepare()
		p.back, p.at = p.Mark(), p.clock.Now()
	}
	p.clock.Pass(p.at.Sub(p.clock.Now()))
	if err := p.back(); err != nil {
		p.t.Fatal(err)
	}
}

// prepare makes a world: a mail is quarantined, an address and a domain are blocked.
func (p *prepared) prepare() {
	p.t.Helper()
	small := scenario()
	small.Mailboxes, small.Ordinary = 4, 1
	small.Stolen = []lab.Stolen{{User: alice}, {User: bob}}
	if err := p.Seed(small); err != nil {
		p.t.Fatal(err)
	}
	switch p.product {
	case "splunk":
		if err := p.Found(savedSearch, []map[string]any{{"user": "alice", "src": "203.0.113.7"}}); err != nil {
			p.t.Fatal(err)
		}
	case "elastic", "graph_security":
		vendor := map[string]string{"elastic": "elastic", "graph_security": "msgraph"}[p.product]
		if err := p.Alert(lab.Alert{Product: vendor, ID: "1", Title: "Odd process", Severity: "high", Host: bobsHost}); err != nil {
			p.t.Fatal(err)
		}
	case "gmail":
		p.must("gmail.quarantine", p.gmailCopy(bob), "before")
		p.entry = p.must("gmail.block_sender_in", map[string]any{"mailbox": bob, "sender": "old@evil.example"}, "before")["entry_id"]
	case "cape":
		p.entry = p.must("cape.submit_url", map[string]any{"url": evilLink}, "before")["report_id"]
	case "msgraph":
		p.must("msgraph.quarantine", p.copyOf(bob), "before")
		p.must("msgraph.disable_rule", p.ruleOf(bob), "before")
	case "opnsense":
		p.must("opnsense.block_ip", map[string]any{"ip": "192.0.2.99"}, "before")
		p.entry = p.must("opnsense.block_domain", map[string]any{"domain": "old.example"}, "before")["entry_id"]
	case "defender":
		p.must("defender.block_hash", map[string]any{"hash": oldHash}, "before")
		p.must("defender.isolate", map[string]any{"host": bobsHost}, "before")
	case "jira":
		p.must("jira.create", map[string]any{"title": "Before", "description": "Text."}, "before")
	case "mimecast":
		p.must("mimecast.block_sender", map[string]any{"sender": "old@evil.example"}, "before")
		p.must("mimecast.block_url", map[string]any{"url": "https://old.example/x"}, "before")
	case "pagerduty", "opsgenie", "pagehook":
		p.must(p.product+".page", map[string]any{"title": "Before", "dedup_key": "before"}, "before")
	case "entra":
		p.must("entra.disable", map[string]any{"user": carol}, "before")
		p.must("entra.group_add", map[string]any{"user": carol, "group": "Credential Theft"}, "before")
	}
}

// effects lists what changed since reset, once for each time.
func (p *prepared) effects() []connectortest.Effect {
	var out []connectortest.Effect
	for _, e := range p.Effects() {
		for range e.Changed {
			out = append(out, connectortest.Effect{Action: e.Action, Target: e.Target + " " + e.Key})
		}
	}
	return out
}

// once returns arguments that stay the same after every reset.
func (p *prepared) once(ask func() map[string]map[string]any) map[string]map[string]any {
	if p.arguments == nil {
		p.arguments = ask()
	}
	return p.arguments
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
	switch p.product {
	case "msgraph":
		return p.once(p.mailInputs)[action]
	case "entra":
		return p.once(p.accountInputs)[action]
	case "defender":
		return p.once(p.endpointInputs)[action]
	case "jira":
		return p.once(p.ticketInputs)[action]
	case "mimecast":
		return p.once(p.gatewayInputs)[action]
	case "gmail":
		return p.once(p.gmailInputs)[action]
	case "pagerduty", "pagerduty_incidents", "opsgenie", "pagehook":
		return p.pageInputs()[action]
	}
	if own := p.opinions()[p.product+"."+action]; own != nil {
		return own()
	}
	return map[string]map[string]any{
		"results": {"sid": savedSearch}, "search": {"query": "search index=main"}, "list_alerts": {"since": "2026-01-01T00:00:00Z"},
		"discover": {}, "version": {},
		"lookup_ip": {"ip": "203.0.113.9"}, "lookup_domain": {"domain": "login.evil.example"}, "lookup_url": {"url": evilLink},
		"lookup_file": {"hash": evilHash}, "list_blocked": {}, "block_ip": {"ip": "192.0.2.1"}, "unblock_ip": {"ip": "192.0.2.99"},
		"clicks":      {"urls": []any{evilLink}},
		"find_domain": {"domain": "old.example"}, "block_domain": {"domain": "new.example"},
		"unblock_domain": {"domain": "old.example", "entry_id": p.entry},
		"check":          {}, "history": {"channel": "C0LAB0001"}, "post": {"channel": "C0LAB0001", "text": "Case 7 was opened."},
	}[action]
}

// mailInputs are arguments for what is about mailboxes.
func (p *prepared) mailInputs() map[string]map[string]any {
	p.t.Helper()
	restorable, copied := p.copyOf(bob), p.copyOf(alice)
	restorable["folder"] = "junkemail"
	return map[string]map[string]any{
		"check": {}, "list_mailboxes": {}, "search": {"message_id": reportedID}, "get": copied, "locate": copied,
		"quarantine": copied, "restore": restorable,
		"send":           {"to": []any{alice}, "subject": "Your report", "body": "Thank you."},
		"correspondence": {"with": "mailer.evil.example"}, "rules": {"mailbox": alice},
		"disable_rule": p.ruleOf(alice), "enable_rule": p.ruleOf(bob),
	}
}
