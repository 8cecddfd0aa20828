package casework

import (
	"encoding/json"

	"github.com/harrier-soar/harrier"
)

// Document returns a case as playbooks see it: case.id, number, title, template,
// severity, status, summary, and data.
func Document(c harrier.Case) map[string]any {
	data := map[string]any{}
	if len(c.Data) > 0 && json.Unmarshal(c.Data, &data) != nil {
		data = map[string]any{}
	}
	return map[string]any{
		"id": c.ID.String(), "number": c.Number, "title": c.Title, "template": c.Template, "severity": c.Severity, "status": c.Status,
		"summary": c.Summary, "data": data,
	}
}
