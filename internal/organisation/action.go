package organisation

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/schema"
)

// Action returns the built-in action organisation.get, which tells what now
// returns when it is called.
func Action(now func() Profile) builtin.Action {
	return builtin.Action{
		Spec: schema.ActionSpec{
			Name: "organisation.get", Title: "Read what the organisation says of itself", Connector: "organisation",
			Effect: harrier.Read, Repeat: harrier.Natural, Builtin: true, Timeout: 10 * time.Second,
			Output: OutputType(), Example: Default().Output(),
		},
		Call: func(context.Context, builtin.Request) (map[string]any, error) { return now().Output(), nil },
	}
}
