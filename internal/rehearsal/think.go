package rehearsal

import (
	"context"
	"fmt"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/schema"
)

// Think does what an action does that depends on nothing but its arguments and
// the evidence of the case, which is given by id. Its errors are those of the
// action; an error that is [harrier.Unavailable] says that the case lacks what
// it needs, and then the action's example answers.
type Think func(ctx context.Context, with map[string]any, evidence map[string]string) (map[string]any, error)

// think answers a call by doing what its action does; ok is false where that
// takes more than thinking.
func (t *trial) think(ctx context.Context, c step.Call) (out step.Outcome, ok bool) {
	think := t.thinkers[c.Spec.Name]
	if think == nil {
		return step.Outcome{}, false
	}
	with, _ := schema.CheckFields(schema.Defaults(c.Spec.Input, c.With), c.Spec.Input)
	gave, err := think(ctx, with, t.c.Evidence)
	switch kind := harrier.KindOf(err); {
	case err == nil:
	case kind == harrier.Unavailable:
		return step.Outcome{}, false
	case kind == harrier.NotFound:
		return failed(c.Spec, connector.NotFound, err.Error()), true
	default:
		return failed(c.Spec, connector.Invalid, err.Error()), true
	}
	return step.Outcome{Output: t.typed(gave, offer{what: fmt.Sprintf("what %s gives is not as declared", c.Spec.Name), pos: t.c.Pos, types: []schema.Type{c.Spec.Output}})}, true
}
