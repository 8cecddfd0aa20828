package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
)

type auditIn struct {
	Paged
	Actor  harrier.PrincipalID `query:"actor"`
	Action string              `query:"action" maxLength:"100" doc:"What was done, such as effect.intend."`
	Target string              `query:"target" maxLength:"500"`
	Run    harrier.RunID       `query:"run"`
}

func (s *Server) audit(ctx context.Context, in *auditIn) (List[AuditEntry], error) {
	f := harrier.AuditFilter{Viewer: principal(ctx).ID, Actor: in.Actor, Action: in.Action, Target: in.Target, Run: in.Run}
	return full(s.cfg.Ports.Audit.Audit(ctx, principal(ctx), f, in.page()))
}

func (s *Server) auditCheckpoint(ctx context.Context, _ *noInput) (AuditCheckpoint, error) {
	return s.cfg.Ports.Audit.AuditCheckpoint(ctx, principal(ctx))
}

// exportAudit handles GET /v1/audit/export.
func (s *Server) exportAudit(w http.ResponseWriter, r *http.Request) error {
	choose, err := auditSelection(r)
	if err != nil {
		return err
	}
	out := &started{w: w, media: "text/plain; charset=utf-8", name: "audit.txt"}
	return s.exported(r.Context(), out, s.cfg.Ports.Audit.ExportAudit(r.Context(), principal(r.Context()), choose, out))
}

// exported is what an export ended in.
func (s *Server) exported(ctx context.Context, out *started, err error) error {
	if err != nil && out.yes {
		s.cfg.Log.Debug("an export was not sent whole", "err", err, "trace_id", traceOf(ctx))
		panic(http.ErrAbortHandler) // so that the client sees that it is not whole
	}
	return err
}

// started is an answer that begins with its first bytes.
type started struct {
	w           http.ResponseWriter
	media, name string
	yes         bool
}

// Write implements [io.Writer].
func (s *started) Write(b []byte) (int, error) {
	if !s.yes {
		s.yes = true
		s.w.Header().Set("Content-Type", s.media)
		s.w.Header().Set("Content-Disposition", `attachment; filename="`+s.name+`"`)
	}
	return s.w.Write(b)
}

func auditSelection(r *http.Request) (c audit.Selection, err error) {
	q := r.URL.Query()
	c.Action, c.Target = q.Get("action"), q.Get("target")
	if v := q.Get("run"); v != "" {
		if c.Run, err = harrier.ParseID[harrier.RunID](v); err != nil {
			return c, err
		}
	}
	if v := q.Get("actor"); v != "" {
		if c.Actor, err = harrier.ParseID[harrier.PrincipalID](v); err != nil {
			return c, err
		}
	}
	for name, to := range map[string]*time.Time{"since": &c.Since, "until": &c.Until} {
		if v := q.Get(name); v != "" {
			if *to, err = time.Parse(time.RFC3339, v); err != nil {
				return c, harrier.Errorf(harrier.Invalid, "%s %q is no time; write 2026-11-27T12:00:00Z", name, v)
			}
		}
	}
	return c, nil
}

func aboutAuditExport(op *huma.Operation) {
	for _, name := range []string{"since", "until", "action", "target", "run", "actor"} {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: huma.TypeString}})
	}
	op.Responses["200"] = &huma.Response{
		Description: "A line for each row with its hash, and the signed checkpoint", Content: map[string]*huma.MediaType{"text/plain": {}},
	}
}
