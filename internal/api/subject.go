package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/erasure"
)

// Erasure is a person's data that is to be erased.
type Erasure struct {
	ID    harrier.ErasureID `json:"id"`
	State string            `json:"state" enum:"asked,denied,running,waiting,rebuild,done"`
	// Subject is forgotten at the end; Codes are its HMACs.
	Subject   []string  `json:"subject,omitempty"`
	Codes     []string  `json:"codes"`
	Reason    string    `json:"reason"`
	AskedBy   string    `json:"asked_by"`
	AskedAt   time.Time `json:"asked_at"`
	DecidedBy string    `json:"decided_by,omitempty"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	// Rows were overwritten, Files removed, and Kept left in the last pass.
	Rows   int64  `json:"rows"`
	Files  int64  `json:"files"`
	Kept   int64  `json:"kept"`
	SHA256 string `json:"sha256,omitempty"`
	// Why says what it waits for.
	Why     string    `json:"why,omitempty"`
	Table   string    `json:"table,omitempty" doc:"What it is going through."`
	EndedAt time.Time `json:"ended_at,omitzero"`
}

// ErasureOf is an erasure as the API shows it.
func ErasureOf(e erasure.Erasure) Erasure {
	return Erasure{
		ID: e.ID, State: e.State, Subject: e.Subject, Codes: some(e.Codes), Reason: e.Reason, AskedBy: e.AskedName, AskedAt: e.AskedAt, DecidedBy: e.DecidedName, DecidedAt: e.DecidedAt,
		Rows: e.Rows, Files: e.Files, Kept: e.Kept, SHA256: e.Digest, Why: e.Why, Table: e.Table, EndedAt: e.EndedAt,
	}
}

// EraseSubject asks that a person's data is erased.
type EraseSubject struct {
	Subject []string `json:"subject" minItems:"1" maxItems:"20" doc:"Identifiers, such as user:jane and email:jane@corp.example."`
	Reason  string   `json:"reason" minLength:"1" maxLength:"1000"`
}

// Subjects gives out and erases what is stored about people.
type Subjects interface {
	// Erasures lists them, the newest first.
	Erasures(ctx context.Context, by harrier.Principal) ([]Erasure, error)
	// Erasure returns one.
	Erasure(ctx context.Context, by harrier.Principal, id harrier.ErasureID) (Erasure, error)
	// Erase asks for one; Denied where something about the person is held.
	Erase(ctx context.Context, by harrier.Principal, in EraseSubject) (Erasure, error)
	// DecideErasure agrees or not; to agree is Denied for whoever asked.
	DecideErasure(ctx context.Context, by harrier.Principal, id harrier.ErasureID, agree bool) (Erasure, error)
	// ExportSubject writes a ZIP with what is stored about a person and by may see.
	ExportSubject(ctx context.Context, by harrier.Principal, subject []string, w io.Writer) error
}

// subjectRoutes is the part of the table about what is stored about people.
func (s *Server) subjectRoutes() []route {
	return []route{
		{"GET /v1/erasures", harrier.RetentionManage, "listErasures", "List erasures of people's data, the newest first", call(s.erasures)},
		{"GET /v1/erasures/{id}", harrier.RetentionManage, "getErasure", "Show an erasure and how far it is", call(s.erasure)},
		{"POST /v1/erasures/{id}/decide", harrier.RetentionManage, "decideErasure", "Agree to an erasure as a second person, or do not", fresh(call(s.decideErasure))},
		{"POST /v1/subjects/erasure", harrier.RetentionManage, "eraseSubject", "Ask that a person's data is erased", fresh(answering(http.StatusCreated, s.eraseSubject))},
		{"POST /v1/subjects/export", harrier.RetentionManage, "exportSubject", "Export what is stored about a person", fresh(raw(s.exportSubject, aboutSubjectExport))},
	}
}

func (s *Server) erasures(ctx context.Context, _ *noInput) (List[Erasure], error) {
	list, err := s.cfg.Ports.Subjects.Erasures(ctx, principal(ctx))
	return full(List[Erasure]{Items: list}, err)
}

type erasureIn struct {
	ID harrier.ErasureID `path:"id"`
}

func (s *Server) erasure(ctx context.Context, in *erasureIn) (Erasure, error) {
	return s.cfg.Ports.Subjects.Erasure(ctx, principal(ctx), in.ID)
}

type decideErasureIn struct {
	ID   harrier.ErasureID `path:"id"`
	Body struct {
		Agree bool `json:"agree"`
	}
}

func (s *Server) decideErasure(ctx context.Context, in *decideErasureIn) (Erasure, error) {
	return s.cfg.Ports.Subjects.DecideErasure(ctx, principal(ctx), in.ID, in.Body.Agree)
}

type eraseSubjectIn struct{ Body EraseSubject }

func (s *Server) eraseSubject(ctx context.Context, in *eraseSubjectIn) (*reply[Erasure], error) {
	e, err := s.cfg.Ports.Subjects.Erase(ctx, principal(ctx), in.Body)
	return &reply[Erasure]{Body: e}, err
}

// exportSubject handles POST /v1/subjects/export. Who it is about is in the body,
// because addresses are logged.
func (s *Server) exportSubject(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		return harrier.Errorf(harrier.Invalid, "the body cannot be read, or is too large; write one identifier on each line: %w", err)
	}
	subject := strings.FieldsFunc(string(body), func(r rune) bool { return r == '\n' || r == '\r' })
	out := &started{w: w, media: "application/zip", name: "subject.zip"}
	return s.exported(r.Context(), out, s.cfg.Ports.Subjects.ExportSubject(r.Context(), principal(r.Context()), subject, out))
}

func aboutSubjectExport(op *huma.Operation) {
	op.RequestBody = &huma.RequestBody{Required: true, Description: "One identifier on each line, such as user:jane", Content: map[string]*huma.MediaType{"text/plain": {}}}
	op.Responses["200"] = &huma.Response{
		Description: "A JSON list for each table, and a manifest", Content: map[string]*huma.MediaType{"application/zip": {}},
	}
}
