package app

import (
	"context"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/internal/step"
)

// sentLinks puts links into what a run sends, at the last hop: its journal, its
// intents and its audit rows hold references.
type sentLinks struct {
	links *links.References
	run   harrier.RunID
	// made are the references by what the links carry that were put in their place.
	made map[string]string
}

// into returns arguments with the links of the run.
func (s *sentLinks) into(with map[string]any) map[string]any {
	out, _ := eachText(with, func(text string) string {
		return s.links.Resolve(s.run.String(), text, func(token, reference string) { s.made[token] = reference })
	}).(map[string]any)
	return out
}

// outOf takes back out of an answer what it repeats of them.
func (s *sentLinks) outOf(output map[string]any) map[string]any {
	if len(s.made) == 0 {
		return output
	}
	out, _ := eachText(output, s.hidden).(map[string]any)
	return out
}

func (s *sentLinks) hidden(text string) string {
	for sent, kept := range s.made {
		text = strings.ReplaceAll(text, sent, kept)
	}
	return text
}

// linked makes the call of a run with its links, and hides them from what is kept
// of the answer.
func (c *caller) linked(ctx context.Context, req engine.CallRequest) step.Outcome {
	if c.links == nil || req.Run.IsZero() || req.Mode != harrier.Live {
		return c.call(ctx, req)
	}
	s := &sentLinks{c.links, req.Run, map[string]string{}}
	req.Call.With = s.into(req.Call.With)
	out := c.call(ctx, req)
	out.Output = s.outOf(out.Output)
	if out.Failure != nil && len(s.made) > 0 {
		f := *out.Failure
		f.Text = s.hidden(f.Text)
		out.Failure = &f
	}
	return out
}

// eachText returns a value with its texts replaced, and leaves the given one alone.
func eachText(v any, do func(string) string) any {
	switch v := v.(type) {
	case string:
		return do(v)
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = eachText(one, do)
		}
		return out
	case map[string]any:
		if v == nil {
			return v
		}
		out := make(map[string]any, len(v))
		for name, one := range v {
			out[name] = eachText(one, do)
		}
		return out
	}
	return v
}
