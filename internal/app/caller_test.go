package app

import (
	"errors"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/schema"
)

// TestClassified_believesWhoeverClassified proves G5: an effect of which nobody knows whether
// it happened is never called failed because of what caused the doubt.
func TestClassified_believesWhoeverClassified(t *testing.T) {
	t.Parallel()
	cause := harrier.Errorf(harrier.Invalid, "there is no status in the value")
	write, read := schema.ActionSpec{Effect: harrier.Contain}, schema.ActionSpec{Effect: harrier.Read}
	for name, c := range map[string]struct {
		spec schema.ActionSpec
		err  error
		want connector.Class
	}{
		"an unknown effect with a cause of ours": {write, connector.Errorf(connector.Unknown, "no answer: %w", cause), connector.Unknown},
		"an unknown read":                        {read, connector.Errorf(connector.Unknown, "no answer: %w", cause), connector.Unavailable},
		"a refusal of ours":                      {write, cause, connector.Invalid},
		"something else after an effect":         {write, errors.New("broken"), connector.Unknown},
		"a definite refusal":                     {write, connector.Errorf(connector.Denied, "no: %w", cause), connector.Denied},
		"our own fault is not a refusal":         {write, harrier.Errorf(harrier.Internal, "broken"), connector.Unknown},
	} {
		if got := classified(c.spec, c.err).Class; got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}
