package ldap

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

// Do implements [connector.Connector].
func (c Connector) Do(ctx context.Context, env *connector.Env, req connector.Request) (connector.Answer, error) {
	actions := map[string]func(s *session, in map[string]any) (map[string]any, error){
		"check": check, "list_users": listUsers, "list_computers": listComputers, "get_user": getUser,
	}
	do, ok := actions[req.Action]
	if !ok {
		return connector.Answer{}, connector.Errorf(connector.Invalid, "ldap has no action %q", req.Action)
	}
	s, err := open(ctx, env)
	if err != nil {
		return connector.Answer{}, connector.AsError(err)
	}
	defer s.close()
	out, err := do(s, req.Input)
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

// check opens the directory and reads the entry that everything is below.
func check(s *session, _ map[string]any) (map[string]any, error) {
	found, err := s.search(query{base: s.base, scope: itself, attributes: []string{"1.1"}})
	if err != nil {
		return nil, err
	}
	return map[string]any{"reachable": len(found) == 1, "base_dn": s.base}, nil
}
