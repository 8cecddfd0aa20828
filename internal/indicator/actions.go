package indicator

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/feed"
	"github.com/harrier-soar/harrier/schema"
)

// Actions returns the built-in actions about lists and indicators. What changes
// a list contains: firewalls pull it, or alerts are judged by it.
func (s *Service) Actions() []builtin.Action {
	return []builtin.Action{
		{Spec: addSpec(), Local: s.addAction},
		{Spec: removeSpec(), Local: s.removeAction},
		{Spec: containsSpec(), Call: s.containsAction},
		{Spec: matchSpec(), Call: s.matchAction},
	}
}

// listInputs name a list and a value.
func listInputs(more ...schema.Field) []schema.Field {
	text := schema.TypeOf(schema.String)
	return append([]schema.Field{
		{Name: "list", Type: text, Required: true, Help: "Name of the list."},
		{Name: "value", Type: text, Required: true, Help: "The address, network, name, link, hash or mail address."},
		{Name: "type", Type: schema.Type{Kind: schema.String, Values: feed.Types()}, Help: "What sort of value it is; told by its looks where it is not said."},
	}, more...)
}

func addSpec() schema.ActionSpec {
	return schema.ActionSpec{
		Name: "list.add", Title: "Put a value on a block list or an allow list", Connector: "list",
		Effect: harrier.Contain, Repeat: harrier.Natural, Local: true, Builtin: true, Targets: []string{"value"},
		Undo: &schema.Link{Action: "remove", With: map[string]string{"list": "input.list", "value": "input.value", "type": "input.?type.orValue(null)"}},
		Input: listInputs(
			schema.Field{Name: "reason", Type: schema.TypeOf(schema.String), Help: "Why; people who look at the list read it."},
			schema.Field{Name: "lasts", Type: schema.TypeOf(schema.Duration), Help: "How long it stays; for ever where it is not said."},
		),
		Output:  schema.ObjectOf(always("added", schema.TypeOf(schema.Boolean), "Whether it was not on the list, or says something else now.")),
		Example: map[string]any{"added": true},
	}
}

func removeSpec() schema.ActionSpec {
	return schema.ActionSpec{
		Name: "list.remove", Title: "Take a value off a list", Connector: "list",
		Effect: harrier.Contain, Repeat: harrier.Natural, Local: true, Builtin: true, Targets: []string{"value"},
		Undo:    &schema.Link{Action: "add", With: map[string]string{"list": "input.list", "value": "input.value", "type": "input.?type.orValue(null)"}},
		Input:   listInputs(),
		Output:  schema.ObjectOf(always("removed", schema.TypeOf(schema.Boolean), "Whether it was on the list.")),
		Example: map[string]any{"removed": true},
	}
}

func containsSpec() schema.ActionSpec {
	return schema.ActionSpec{
		Name: "list.contains", Title: "Tell whether a list has a value", Connector: "list",
		Effect: harrier.Read, Repeat: harrier.Natural, Builtin: true, Timeout: 30 * time.Second,
		Input:   listInputs(),
		Output:  schema.ObjectOf(always("contains", schema.TypeOf(schema.Boolean), "Whether it is on the list now, by itself, a name above it or a network that holds it.")),
		Example: map[string]any{"contains": true},
	}
}

func matchSpec() schema.ActionSpec {
	text := schema.TypeOf(schema.String)
	return schema.ActionSpec{
		Name: "intel.match", Title: "Tell what feeds and lists say of a value, without asking anybody", Connector: "intel",
		Effect: harrier.Read, Repeat: harrier.Natural, Builtin: true, Timeout: 30 * time.Second,
		Input: listInputs()[1:],
		Output: schema.ObjectOf(
			always("verdict", schema.TypeOf(schema.Verdict), "The worst that feeds and block lists say; unknown where they say nothing."),
			always("listed", schema.ListOf(schema.ObjectOf(
				always("source", text, "The feed or list."),
				always("verdict", schema.TypeOf(schema.Verdict), "What it says."),
				always("score", schema.TypeOf(schema.Number), "How much of its confidence is left, from 0 to 100."),
				always("reliability", schema.Type{Kind: schema.String, Values: schema.Reliabilities()}, "How reliable it is by the Admiralty code."),
				always("name", text, "What it is listed for, such as malware; often empty."),
			)), "Who lists it, the worst first."),
			always("allowed", schema.ListOf(text), "The allow lists that it is on. They hide nothing."),
			always("internal", schema.TypeOf(schema.Boolean), "Whether it is the organisation's own."),
		),
		Example: map[string]any{
			"verdict": "malicious", "allowed": []any{}, "internal": false,
			"listed": []any{map[string]any{"source": "urlhaus", "verdict": "malicious", "score": 74.5, "reliability": "B", "name": "Mozi"}},
		},
	}
}

// always returns an output that always comes.
func always(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Required: true, Help: help}
}

// text is an input that is text; empty where it is absent.
func text(in map[string]any, name string) string {
	s, _ := in[name].(string)
	return s
}

// addAction is list.add.
func (s *Service) addAction(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	in := req.Call.With
	n := NewEntry{Type: text(in, "type"), Value: text(in, "value"), Reason: text(in, "reason"), Owner: "run " + req.Run.ID.String()}
	if lasts := text(in, "lasts"); lasts != "" {
		d, err := schema.ParseDuration(lasts)
		if err != nil || d <= 0 {
			return nil, harrier.Errorf(harrier.Invalid, "lasts: %q is no time that an entry can stay", lasts)
		}
		n.ExpiresAt = req.Now.Add(d)
	}
	l, e, err := s.entryIn(ctx, req.Run.Tenant, text(in, "list"), n)
	if err != nil {
		return nil, err
	}
	if err := s.byPlaybook(l); err != nil {
		return nil, err
	}
	if err := s.mayBlock(l, e); err != nil {
		return nil, err
	}
	e.AddedAt = req.Now
	changed, err := s.cfg.Store.PutListEntries(ctx, tx, []ListEntry{e})
	if err != nil {
		return nil, err
	}
	tx.OnCommit(func() { s.addEntry(l, listOrigin(l.Number), e) })
	return map[string]any{"added": changed > 0}, nil
}

// entryIn finds a list and makes the entry that a value is on it.
func (s *Service) entryIn(ctx context.Context, tenant harrier.TenantID, list string, n NewEntry) (List, ListEntry, error) {
	if err := s.Load(ctx); err != nil {
		return List{}, ListEntry{}, err
	}
	l, err := s.List(ctx, tenant, list)
	if err != nil {
		return List{}, ListEntry{}, err
	}
	e, err := entryFor(l, n)
	return l, e, err
}

// removeAction is list.remove.
func (s *Service) removeAction(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	in := req.Call.With
	l, e, err := s.entryIn(ctx, req.Run.Tenant, text(in, "list"), NewEntry{Type: text(in, "type"), Value: text(in, "value")})
	if err != nil {
		return nil, err
	}
	if err := s.byPlaybook(l); err != nil {
		return nil, err
	}
	changed, err := s.cfg.Store.DropListEntries(ctx, tx, []ListEntry{e})
	if err != nil {
		return nil, err
	}
	if changed == 0 && s.filed(l, e.Pattern) {
		return nil, s.byHand(l)
	}
	tx.OnCommit(func() { s.removeEntry(l, listOrigin(l.Number), e) })
	return map[string]any{"removed": changed > 0}, nil
}

// containsAction is list.contains.
func (s *Service) containsAction(ctx context.Context, req builtin.Request) (map[string]any, error) {
	l, e, err := s.entryIn(ctx, req.Tenant, text(req.Input, "list"), NewEntry{Type: text(req.Input, "type"), Value: text(req.Input, "value")})
	if err != nil {
		return nil, err
	}
	kind := e.Type
	if e.How == feed.HowCIDR {
		kind = "cidr"
	}
	o := harrier.Observable{Type: kind, Value: e.Text}
	known := s.know1(req.Tenant, o, s.cfg.Now())
	on := false
	for _, name := range known.Allowed {
		on = on || l.Kind == Allow && name == l.Name
	}
	for _, op := range known.Opinions {
		on = on || l.Kind == Block && op.Source == "list "+l.Name
	}
	return map[string]any{"contains": on}, nil
}

// matchAction is intel.match.
func (s *Service) matchAction(ctx context.Context, req builtin.Request) (map[string]any, error) {
	kind, value, ok := feed.Guess(text(req.Input, "value"))
	if t := text(req.Input, "type"); t != "" {
		kind, value, ok = feed.Spell(t, text(req.Input, "value"))
	}
	if !ok {
		return nil, harrier.Errorf(harrier.Invalid, "value: %q is no value that feeds list; say its type, one of %v", text(req.Input, "value"), feed.Types())
	}
	known, err := s.Know(ctx, req.Tenant, []harrier.Observable{{Type: kind, Value: value}}, s.cfg.Now())
	if err != nil {
		return nil, err
	}
	k := known[0]
	listed, allowed, verdict := []any{}, []any{}, "unknown"
	for i, op := range k.Opinions {
		if i == 0 {
			verdict = op.Verdict
		}
		listed = append(listed, map[string]any{"source": op.Source, "verdict": op.Verdict, "score": op.Score, "reliability": op.Reliability, "name": op.Name})
	}
	for _, name := range k.Allowed {
		allowed = append(allowed, name)
	}
	return map[string]any{"verdict": verdict, "listed": listed, "allowed": allowed, "internal": k.Internal}, nil
}
