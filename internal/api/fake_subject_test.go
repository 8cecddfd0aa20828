package api

import (
	"context"
	"io"

	"github.com/harrier-soar/harrier"
)

func (w *world) Erasures(_ context.Context, by harrier.Principal) ([]Erasure, error) {
	if by.Tenant != harrier.DefaultTenant {
		return nil, w.broken
	}
	return []Erasure{{ID: fixed[harrier.ErasureID]("erasure"), State: "asked", Codes: []string{}}}, w.broken
}

func (w *world) Erasure(_ context.Context, by harrier.Principal, id harrier.ErasureID) (Erasure, error) {
	if err := w.find(by, "erasure", id.String(), id == fixed[harrier.ErasureID]("erasure")); err != nil {
		return Erasure{}, err
	}
	return Erasure{ID: id, State: "asked", Codes: []string{}}, w.broken
}

func (w *world) Erase(context.Context, harrier.Principal, EraseSubject) (Erasure, error) {
	return Erasure{ID: fixed[harrier.ErasureID]("erasure"), State: "asked", Codes: []string{}}, w.broken
}

func (w *world) DecideErasure(ctx context.Context, by harrier.Principal, id harrier.ErasureID, _ bool) (Erasure, error) {
	return w.Erasure(ctx, by, id)
}

func (w *world) ExportSubject(_ context.Context, _ harrier.Principal, _ []string, out io.Writer) error {
	if w.broken != nil {
		return w.broken
	}
	_, err := io.WriteString(out, "PK")
	return err
}

// subjectBodies are what the routes about people's data are asked.
func subjectBodies() map[string]string {
	return map[string]string{
		"POST /v1/subjects/erasure": `{"subject":["user:jane"],"reason":"request 7"}`, "POST /v1/subjects/export": "user:jane",
		"POST /v1/erasures/{id}/decide": `{"agree":true}`, "POST /v1/vault/rotation": `{}`,
	}
}
