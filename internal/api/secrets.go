package api

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
)

// Secrets are secret values by name. They can be sent and never be shown.
type Secrets map[string]harrier.Secret

// UnmarshalJSON implements [json.Unmarshaler].
func (s *Secrets) UnmarshalJSON(data []byte) error {
	var values map[string]string
	if err := json.Unmarshal(data, &values); err != nil {
		return err
	}
	*s = make(Secrets, len(values))
	for name, v := range values {
		(*s)[name] = harrier.NewSecret(v)
	}
	return nil
}

// Schema implements [huma.SchemaProvider].
func (Secrets) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeString}, WriteOnly: true}
}
