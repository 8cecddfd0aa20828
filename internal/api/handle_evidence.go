package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
)

type evidenceIn struct {
	Paged
	Alert  harrier.AlertID `query:"alert"`
	Case   harrier.CaseID  `query:"case"`
	SHA256 string          `query:"sha256" pattern:"^[0-9a-f]{64}$" patternDescription:"64 hexadecimal digits"`
}

func (s *Server) evidence(ctx context.Context, in *evidenceIn) (List[EvidenceItem], error) {
	f := harrier.EvidenceFilter{Viewer: principal(ctx).ID, Alert: in.Alert, Case: in.Case, SHA256: in.SHA256}
	return full(s.cfg.Ports.Evidence.Evidence(ctx, principal(ctx), f, in.page()))
}

// evidenceContent handles GET /v1/evidence/{id}/content. Evidence is hostile:
// it is always a download of no type that a browser would show.
func (s *Server) evidenceContent(w http.ResponseWriter, r *http.Request) error {
	id, err := harrier.ParseID[harrier.EvidenceID](r.PathValue("id"))
	if err != nil {
		return err
	}
	item, body, err := s.cfg.Ports.Evidence.OpenEvidence(r.Context(), principal(r.Context()), id)
	if err != nil {
		return err
	}
	defer body.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Length", strconv.FormatInt(item.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": item.SHA256 + ".bin"}))
	h.Set("ETag", `"`+item.SHA256+`"`)
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(w, body); err != nil {
		s.cfg.Log.Debug("evidence was not sent whole", "err", err, "evidence_id", id, "trace_id", traceOf(r.Context()))
		panic(http.ErrAbortHandler) // so that the client sees that it is not whole
	}
	return nil
}

func aboutContent(op *huma.Operation) {
	op.Parameters = []*huma.Param{idParam()}
	op.Responses["200"] = &huma.Response{Description: "The bytes", Content: map[string]*huma.MediaType{"application/octet-stream": {}}}
}

// idParam is the id in the path of a route that OpenAPI is told of by hand.
func idParam() *huma.Param {
	return &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}
}
