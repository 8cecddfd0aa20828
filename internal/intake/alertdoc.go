package intake

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"github.com/harrier-soar/harrier"
)

// Document returns an alert as playbooks see it: alert.id, title, category,
// severity, status, external_id, source, dedup_key, data with what the source
// told, evidence with the ids of its artefacts by name, the first mail as
// email; who and what it is about as entities and observables, its rule,
// tactics and techniques; and where it was judged priority, score, route,
// decision and, as context, the picture that was decided by.
func Document(a harrier.Alert, artefacts []harrier.Evidence) (map[string]any, error) {
	data := map[string]any{}
	if err := decode(a.Data, &data); err != nil {
		return nil, harrier.Errorf(harrier.Internal, "the data of alert %s cannot be read: %w", a.ID, err)
	}
	source := a.Source.String()
	if event, _ := data["event"].(map[string]any); event != nil {
		if name, _ := event["provider"].(string); name != "" { // whoever takes a report writes it, whatever the report says
			source = name
		}
	}
	doc := map[string]any{
		"id": a.ID.String(), "title": a.Title, "category": a.Category, "severity": a.Severity, "status": a.Status,
		"external_id": a.ExternalID, "source": source, "dedup_key": source + "/" + a.ExternalID,
		"data": data, "evidence": byName(artefacts), "description": a.Description, "repeats": int64(a.Repeats),
		"entities": []any{}, "observables": []any{}, "tactics": []any{}, "techniques": []any{}, "rule": map[string]any{"id": a.Rule.ID, "name": a.Rule.Name},
		"priority": int64(a.Priority), "score": a.Score, "route": a.Route, "decision": map[string]any{}, "context": map[string]any{},
	}
	var finding map[string]any
	if err := decode(a.Finding, &finding); err != nil {
		return nil, harrier.Errorf(harrier.Internal, "what is known of alert %s cannot be read: %w", a.ID, err)
	}
	for _, name := range []string{"entities", "observables", "tactics", "techniques", "time", "link"} {
		if v, ok := finding[name]; ok {
			doc[name] = v
		}
	}
	for name, text := range map[string]json.RawMessage{"decision": a.Decision, "context": a.Picture} {
		var v map[string]any
		if err := decode(text, &v); err != nil {
			return nil, harrier.Errorf(harrier.Internal, "the %s of alert %s cannot be read: %w", name, a.ID, err)
		}
		if v != nil {
			doc[name] = v
		}
	}
	return doc, nil
}

// decode reads JSON with its numbers as they stand; nothing is nothing.
func decode(text json.RawMessage, into any) error {
	if len(text) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return dec.Decode(into)
}

// byName names artefacts; the oldest of a name keeps it, in whatever order they
// come: what a run has found later does not become the mail that was reported.
func byName(artefacts []harrier.Evidence) map[string]any {
	artefacts = slices.SortedFunc(slices.Values(artefacts), func(a, b harrier.Evidence) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), bytes.Compare(a.ID[:], b.ID[:]))
	})
	out := map[string]any{}
	for _, e := range artefacts {
		name := e.Name
		if _, taken := out["email"]; isMail(e.MediaType) && !taken {
			name = "email"
		}
		if _, taken := out[name]; taken || name == "" {
			name = e.ID.String()
		}
		out[name] = e.ID.String()
	}
	return out
}
