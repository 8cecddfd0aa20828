package intel

import (
	"context"
	"slices"
	"sync"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/schema"
)

// The statuses of a source.
const (
	statusOK     = "ok"
	statusFailed = "failed"
)

// Lookup is intel.lookup: it asks every source about an observable.
func (s *Service) Lookup(ctx context.Context, req builtin.Request) (map[string]any, error) {
	o, err := observableOf(req.Input)
	if err != nil {
		return nil, err
	}
	if !req.Deadline.IsZero() {
		limited, cancel := context.WithDeadline(ctx, req.Deadline)
		defer cancel()
		ctx = limited
	}
	sources, err := s.cfg.Lookups.Sources(ctx, req.Tenant, o.verb())
	if err != nil {
		return nil, err
	}
	replies := s.askAll(ctx, req, o, sources)
	if err := failedAltogether(replies); err != nil {
		return nil, err
	}
	return o.output(sources, replies), nil
}

// observable is what is looked up.
type observable struct {
	// kind is as it was asked for, field the input of the verb.
	kind, field, value string
}

// observableOf reads the input and spells the value in its one way.
func observableOf(in map[string]any) (observable, error) {
	kind, _ := in["type"].(string)
	o := observable{kind: kind, field: kind}
	var of schema.Kind
	switch kind {
	case "ip":
		of = schema.IP
	case "domain":
		of = schema.Domain
	case "url":
		of = schema.URL
	case "email":
		of = schema.Email
	case "hash", "file":
		of, o.field = schema.Hash, "hash"
	default:
		return o, harrier.Errorf(harrier.Invalid, "type: %q cannot be looked up; use ip, domain, url, hash, file or email", kind)
	}
	value, wrong := schema.Check(in["value"], schema.TypeOf(of))
	if len(wrong) > 0 {
		return o, harrier.Errorf(harrier.Invalid, "value %s", wrong[0].Message)
	}
	o.value, _ = value.(string)
	return o, nil
}

// verb is what sources of it offer.
func (o observable) verb() string {
	if o.field == "hash" {
		return "intel.lookup_file"
	}
	return "intel.lookup_" + o.field
}

// askAll asks the sources side by side and returns their replies in order.
func (s *Service) askAll(ctx context.Context, req builtin.Request, o observable, sources []Source) []reply {
	replies := make([]reply, len(sources))
	places := make(chan struct{}, s.cfg.Parallel)
	var wg sync.WaitGroup
	for i, source := range sources {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			a, err := s.Consult(ctx, req, Question{Source: source, Value: o.value, Input: map[string]any{o.field: o.value}})
			replies[i] = reply{a, err}
		})
	}
	wg.Wait()
	return replies
}

// reply is an answer, or why there is none.
type reply struct {
	answer Answer
	err    error
}

// failedAltogether returns why nobody answered, of the class that gives most
// hope; nil where somebody did, or nobody was asked.
func failedAltogether(replies []reply) error {
	order := []connector.Class{
		connector.Limited, connector.Unavailable, connector.Unknown, connector.NotFound, connector.Drift, connector.Denied, connector.Invalid,
	}
	var best *connector.Error
	for _, r := range replies {
		if r.err == nil {
			return nil
		}
		e := connector.AsError(r.err)
		if best == nil || slices.Index(order, e.Class) < slices.Index(order, best.Class) {
			best = e
		}
	}
	if best == nil {
		return nil
	}
	if len(replies) == 1 {
		return best
	}
	return &connector.Error{
		Class: best.Class, Status: best.Status, After: best.After, Cause: best,
		Text: "none of the sources answered, one of them because: " + best.Text,
	}
}

// output is what a playbook sees.
func (o observable) output(sources []Source, replies []reply) map[string]any {
	verdicts := schema.Verdicts()
	worst, answered, failed := -1, int64(0), int64(0)
	var score *float64
	said := make([]any, len(replies))
	for i, r := range replies {
		one := map[string]any{"connection": sources[i].Name, "status": statusOK}
		said[i] = one
		if sources[i].Provider != "" {
			one["provider"] = sources[i].Provider
		}
		if sources[i].Reliability != "" {
			one["reliability"] = sources[i].Reliability
		}
		if r.err != nil {
			failed++
			one["status"], one["error"] = statusFailed, connector.AsError(r.err).Text
			continue
		}
		answered++
		worst = max(worst, slices.Index(verdicts, r.answer.Verdict))
		r.answer.into(one)
		if r.answer.Score != nil && (score == nil || *r.answer.Score > *score) {
			score = r.answer.Score
		}
	}
	out := map[string]any{"type": o.kind, "value": o.value, "verdict": "unknown", "sources": said, "answered": answered, "failed": failed}
	if worst >= 0 {
		out["verdict"] = verdicts[worst]
	}
	if score != nil {
		out["score"] = *score
	}
	return out
}
