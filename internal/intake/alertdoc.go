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
// told, and evidence with the ids of its artefacts by name, the first mail as
// email.
func Document(a harrier.Alert, artefacts []harrier.Evidence) (map[string]any, error) {
	data := map[string]any{}
	if len(a.Data) > 0 {
		dec := json.NewDecoder(bytes.NewReader(a.Data))
		dec.UseNumber()
		if err := dec.Decode(&data); err != nil {
			return nil, harrier.Errorf(harrier.Internal, "the data of alert %s cannot be read: %w", a.ID, err)
		}
	}
	source := a.Source.String()
	if event, _ := data["event"].(map[string]any); event != nil {
		if name, _ := event["provider"].(string); name != "" && SourceID(a.Tenant, name) == a.Source {
			source = name
		}
	}
	return map[string]any{
		"id": a.ID.String(), "title": a.Title, "category": a.Category, "severity": a.Severity, "status": a.Status,
		"external_id": a.ExternalID, "source": source, "dedup_key": source + "/" + a.ExternalID,
		"data": data, "evidence": byName(artefacts),
	}, nil
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
