package app

import (
	"fmt"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// products are the connectors and the built-in actions that this process has.
// They do not change while it runs.
type products struct {
	connectors map[string]connector.Connector
	builtins   map[string]builtin.Action
	actions    map[string]schema.ActionSpec
	verbs      map[string]schema.Verb
	offers     map[string][]string
}

// newProducts indexes connectors, in the order given, and built-in actions.
func newProducts(conns []connector.Connector, builtins []builtin.Action) (*products, error) {
	p := &products{
		connectors: map[string]connector.Connector{}, builtins: map[string]builtin.Action{},
		actions: map[string]schema.ActionSpec{}, verbs: map[string]schema.Verb{}, offers: map[string][]string{},
	}
	for _, v := range schema.Verbs() {
		p.verbs[v.Name] = v
	}
	for _, c := range conns {
		m := c.Manifest()
		if _, twice := p.connectors[m.Name]; twice {
			return nil, harrier.Errorf(harrier.Invalid, "two connectors are called %s", m.Name)
		}
		p.connectors[m.Name] = c
		for _, a := range m.Actions {
			a.Name, a.Connector, a.ManifestHash = m.Name+"."+strings.TrimPrefix(a.Name, m.Name+"."), m.Name, m.Hash
			p.add(a)
		}
	}
	for _, b := range builtins {
		if (b.Local == nil) == (b.Call == nil) || b.Spec.Local != (b.Local != nil) {
			return nil, fmt.Errorf("built-in action %s must have exactly the function that it declares", b.Spec.Name)
		}
		b.Spec.Builtin = true
		p.builtins[b.Spec.Name] = b
		p.add(b.Spec)
	}
	return p, nil
}

func (p *products) add(a schema.ActionSpec) {
	p.actions[a.Name] = a
	if a.Verb != "" {
		p.offers[a.Verb] = append(p.offers[a.Verb], a.Name)
	}
}

// catalog is what playbooks may use, with the playbooks that they may call.
func (p *products) catalog(docs map[string]*playbook.Doc) playbook.Catalog {
	return playbook.Catalog{Actions: p.actions, Verbs: p.verbs, Offers: p.offers, Playbooks: docs}
}

// provider returns the action of a connector that provides a verb, or "".
func (p *products) provider(conn, verb string) string {
	for _, name := range p.offers[verb] {
		if p.actions[name].Connector == conn {
			return name
		}
	}
	return ""
}
