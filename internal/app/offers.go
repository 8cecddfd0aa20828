package app

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// offers tells which connections of a tenant offer a verb, by name.
type offers func(ctx context.Context, tenant harrier.TenantID, verb string) ([]string, error)

// offering implements [offers].
func (a *App) offering(ctx context.Context, tenant harrier.TenantID, verb string) ([]string, error) {
	all, err := a.directory.connections(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, t := range a.directory.offering(all, &playbook.Action{Uses: verb, Verb: true}) {
		list = append(list, t.Name)
	}
	return list, nil
}

// offersAction is harrier.offers: a playbook that is to run on any stack asks
// what this one can do before it plans.
func offersAction(ask offers) builtin.Action {
	text := schema.TypeOf(schema.String)
	var names []string
	for _, v := range schema.Verbs() {
		names = append(names, v.Name)
	}
	verb := schema.Type{Kind: schema.String, Values: names}
	return builtin.Action{
		Spec: schema.ActionSpec{
			Name: "harrier.offers", Title: "Tell which connections offer a verb", Connector: "harrier",
			Effect: harrier.Read, Repeat: harrier.Natural, Builtin: true, Timeout: 10 * time.Second,
			Input: []schema.Field{{Name: "verb", Type: verb, Required: true, Help: "The verb, such as mail.block_url."}},
			Output: schema.ObjectOf(schema.Field{
				Name: "connections", Type: schema.ListOf(text), Required: true, Help: "Names of the enabled connections that offer it, in order.",
			}),
			Example: map[string]any{"connections": []any{"example"}},
		},
		Call: func(ctx context.Context, req builtin.Request) (map[string]any, error) {
			name, _ := req.Input["verb"].(string)
			list, err := ask(ctx, req.Tenant, name)
			if err != nil {
				return nil, err
			}
			out := make([]any, len(list))
			for i, one := range list {
				out[i] = one
			}
			return map[string]any{"connections": out}, nil
		},
	}
}
