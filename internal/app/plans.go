package app

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// bundle is what a run is pinned to: the sources of its playbook and of the
// playbooks that it calls, and the specifications of the actions as they were.
type bundle struct {
	Name    string                       `json:"name"`
	Source  string                       `json:"source"`
	Called  map[string]source            `json:"called,omitempty"`
	Actions map[string]schema.ActionSpec `json:"actions"`
	Offers  map[string][]string          `json:"offers"`
}

// source is the text of a playbook.
type source struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// plans finds the plans that runs are pinned to, compiled once.
type plans struct {
	store    *store.Store
	products *products

	mu    sync.Mutex // guards cache
	cache map[string]*playbook.Plan
}

var _ engine.Plans = (*plans)(nil)

func newPlans(s *store.Store, p *products) *plans {
	return &plans{store: s, products: p, cache: map[string]*playbook.Plan{}}
}

// keep remembers a plan that was compiled for a start.
func (p *plans) keep(plan *playbook.Plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cache[plan.Hash] = plan
	for _, child := range plan.Children {
		p.cache[child.Hash] = child
	}
}

// Plan implements [engine.Plans].
func (p *plans) Plan(ctx context.Context, tenant harrier.TenantID, hash string) (*playbook.Plan, error) {
	p.mu.Lock()
	plan := p.cache[hash]
	p.mu.Unlock()
	if plan != nil {
		return plan, nil
	}
	data, err := p.store.Pinned(ctx, tenant, hash)
	if err != nil {
		return nil, err
	}
	plan, err = p.compile(data)
	if err != nil {
		return nil, err
	}
	if plan.Hash != hash {
		return nil, harrier.Errorf(harrier.Internal, "the pinned playbook %s has hash %s and was stored as %s", plan.ID, plan.Hash, hash)
	}
	p.keep(plan)
	return plan, nil
}

// compile makes the plan of a bundle.
func (p *plans) compile(data []byte) (*playbook.Plan, error) {
	var b bundle
	if err := json.Unmarshal(data, &b); err != nil {
		return nil, harrier.Errorf(harrier.Internal, "read a pinned playbook: %w", err)
	}
	docs := make(map[string]*playbook.Doc, len(b.Called))
	for id, s := range b.Called {
		doc, problems := playbook.Parse(s.Name, []byte(s.Text))
		if err := problems.Err(); err != nil {
			return nil, harrier.Errorf(harrier.Internal, "pinned playbook %s: %w", id, err)
		}
		docs[id] = doc
	}
	cat := playbook.Catalog{Actions: b.Actions, Verbs: p.products.verbs, Offers: b.Offers, Playbooks: docs}
	plan, problems := playbook.Compile(b.Name, []byte(b.Source), cat)
	if err := problems.Err(); err != nil {
		return nil, harrier.Errorf(harrier.Internal, "pinned playbook %s: %w", b.Name, err)
	}
	return plan, nil
}

// bundleInto adds what a plan and its children are pinned to, by hash.
func bundleInto(out map[string][]byte, e *entry, plan *playbook.Plan, ed *edition) error {
	b := bundle{Name: e.name, Source: string(e.source), Called: map[string]source{}, Actions: plan.Actions, Offers: map[string][]string{}}
	ed.gather(plan, b.Called)
	for _, spec := range sortedSpecs(plan.Actions) {
		if spec.Verb != "" {
			b.Offers[spec.Verb] = append(b.Offers[spec.Verb], spec.Name)
		}
	}
	data, err := json.Marshal(b)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "pin playbook %s: %w", plan.ID, err)
	}
	out[plan.Hash] = data
	for id, child := range plan.Children {
		ce := ed.entries[id]
		if ce == nil || out[child.Hash] != nil {
			continue
		}
		if err := bundleInto(out, ce, child, ed); err != nil {
			return err
		}
	}
	return nil
}
