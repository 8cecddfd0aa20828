package imap

import (
	"context"

	"github.com/harrier-soar/harrier/connector"
)

// Connector is the connector; it has no state.
type Connector struct{ manifest *connector.Manifest }

var _ connector.Connector = Connector{}

// New returns the connector.
func New() Connector { return Connector{manifest()} }

// Manifest implements [connector.Connector].
func (c Connector) Manifest() *connector.Manifest { return c.manifest }

// action performs one action.
type action = func(ctx context.Context, env *connector.Env, in map[string]any) (map[string]any, error)

// Do implements [connector.Connector].
func (c Connector) Do(ctx context.Context, env *connector.Env, req connector.Request) (connector.Answer, error) {
	actions := map[string]action{
		"check": check, "wait": wait, "search": search, "get": get, "locate": locate, "quarantine": quarantine, "restore": restore,
		"correspondence": correspondence, "find_sender": findSender, "block_sender": blockSender, "unblock_sender": unblockSender,
		"send": func(ctx context.Context, env *connector.Env, in map[string]any) (map[string]any, error) {
			return send(ctx, env, in, req.Key)
		},
	}
	do, ok := actions[req.Action]
	if !ok {
		return connector.Answer{}, connector.Errorf(connector.Invalid, "imap has no action %q", req.Action)
	}
	out, err := do(ctx, env, req.Input)
	if err != nil {
		return connector.Answer{}, connector.AsError(err)
	}
	return connector.Answer{Output: out}, nil
}

// text returns a text among values, or "".
func text(values map[string]any, name string) string {
	s, _ := values[name].(string)
	return s
}

// texts returns the texts of a list among values.
func texts(values map[string]any, name string) []string {
	list, _ := values[name].([]any)
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
