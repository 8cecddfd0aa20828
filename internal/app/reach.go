package app

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/change"
	"github.com/harrier-soar/harrier/playbook"
)

// reach is what playbooks reach, each as a set.
type reach struct {
	triggers, effects, actions, connections, hosts, scripts map[string]bool
}

func newReach() reach {
	return reach{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
}

// newReach tells what playbooks reach in the second edition and not in the first.
func (a *App) newReach(ctx context.Context, tenant harrier.TenantID, ids []string, editions [2]*edition) (change.Reach, error) {
	all, err := a.directory.connections(ctx, tenant)
	if err != nil {
		return change.Reach{}, err
	}
	var out change.Reach
	for _, id := range ids {
		before, after := newReach(), newReach()
		for i, into := range []reach{before, after} {
			if e := editions[i].entries[id]; e != nil && e.plan != nil {
				into.triggered(e.plan())
				a.reached(e.plan(), all, into)
			}
		}
		for _, kind := range []struct {
			into       *[]string
			was, would map[string]bool
		}{
			{&out.Triggers, before.triggers, after.triggers}, {&out.Effects, before.effects, after.effects}, {&out.Actions, before.actions, after.actions},
			{&out.Connections, before.connections, after.connections}, {&out.Hosts, before.hosts, after.hosts}, {&out.Scripts, before.scripts, after.scripts},
		} {
			for _, name := range slices.Sorted(maps.Keys(kind.would)) {
				if !kind.was[name] {
					*kind.into = append(*kind.into, id+": "+name)
				}
			}
		}
	}
	return out, nil
}

// triggered adds what starts a playbook.
func (r reach) triggered(p *playbook.Plan) {
	for _, t := range p.Triggers {
		switch {
		case t.Alert != nil:
			r.triggers["every alert where "+t.Alert.Text()] = true
		case t.Case != nil:
			r.triggers["every case where "+t.Case.Text()] = true
		case t.Verdict != nil:
			r.triggers["a verdict where "+t.Verdict.Text()] = true
		case t.Indicator != nil:
			r.triggers["new intelligence where "+t.Indicator.Text()] = true
		case t.Schedule != nil:
			r.triggers["the clock"] = true
		}
	}
}

// reached adds what a playbook and those that it calls reach.
func (a *App) reached(p *playbook.Plan, all []harrier.Connection, into reach) {
	p.Walk(func(s *playbook.Step) {
		switch {
		case s.Action != nil:
			into.actions[s.Action.Uses] = true
			if s.Action.Effect.Writes() {
				into.effects[string(s.Action.Effect)+" by "+s.Action.Uses+asked(s.Action)] = true
			}
			for _, t := range a.directory.offering(all, s.Action) {
				into.connections[t.Name] = true
				if u, err := url.Parse(t.Address); err == nil && u.Host != "" {
					into.hosts[u.Host] = true
				}
			}
			if c := s.Action.Connection; c != "" {
				into.connections[c] = true
			}
		case s.Script != nil:
			into.scripts[fmt.Sprintf("%s %.12s", s.Label, change.DigestOf([]byte(s.Script.Run+"\n"+s.Script.Code)))] = true
			for _, host := range s.Script.Network {
				into.hosts[host] = true
			}
		}
	})
	for _, child := range p.Children {
		a.reached(child, all, into)
	}
}

// asked says whether somebody is asked before an effect.
func asked(action *playbook.Action) string {
	if action.Approval == nil || action.Approval.If != nil {
		return ", nobody is asked"
	}
	return ""
}
