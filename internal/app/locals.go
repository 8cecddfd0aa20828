package app

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/schema"
)

// locals performs built-in actions in the transaction of their result.
type locals struct{ products *products }

var _ engine.Locals = locals{}

// Do implements [engine.Locals].
func (l locals) Do(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	action, ok := l.products.builtins[req.Call.Spec.Name]
	if !ok || action.Local == nil {
		return nil, harrier.Errorf(harrier.Invalid, "this version has no action %s", req.Call.Spec.Name)
	}
	in, problem := input(action.Spec, req.Call.With)
	if problem != nil {
		return nil, harrier.Errorf(harrier.Invalid, "%s", problem.Text)
	}
	req.Call.With = in
	out, err := action.Local(ctx, tx, req)
	if err != nil {
		return nil, err
	}
	v, mismatches := schema.Check(out, action.Spec.Output)
	if wrong := schema.Wrong(mismatches); len(wrong) > 0 {
		return nil, harrier.Errorf(harrier.Internal, "the answer of %s is not as declared: %s", action.Spec.Name, wrong[0])
	}
	checked, _ := v.(map[string]any)
	return checked, nil
}
