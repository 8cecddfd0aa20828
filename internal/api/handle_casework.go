package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/aezip"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/triage"
)

// caseRoutes is the part of the table about what people do with cases.
func (s *Server) caseRoutes() []route {
	return []route{
		{"POST /v1/cases", harrier.CasesWrite, "createCase", "Open a case", answering(http.StatusCreated, s.createCase)},
		{"PATCH /v1/cases/{id}", harrier.CasesWrite, "editCase", "Change a case; send If-Match so that nobody's change is lost", call(s.editCase)},
		{"POST /v1/cases/{id}/comments", harrier.CasesWrite, "commentCase", "Write into a case's timeline", call(s.commentCase)},
		{"POST /v1/cases/{id}/status", harrier.CasesWrite, "setCaseStatus", "Say where the work on a case stands", call(s.setCaseStatus)},
		{"POST /v1/cases/{id}/close", harrier.CasesWrite, "closeCase", "Close a case with what it was", call(s.closeCase)},
		{"POST /v1/cases/{id}/reopen", harrier.CasesWrite, "reopenCase", "Open a case again, or correct what it was", call(s.reopenCase)},
		{"GET /v1/cases/{id}/history", harrier.CasesRead, "listCaseHistory", "List the statuses that a case had", listed(s.cfg.Ports.CaseDesk.CaseHistory)},
		{"POST /v1/cases/{id}/alerts", harrier.CasesWrite, "addCaseAlerts", "Put alerts into a case", call(s.addCaseAlerts)},
		{"GET /v1/cases/{id}/observables", harrier.CasesRead, "listCaseObservables", "List what a case is about", listed(s.cfg.Ports.CaseParts.CaseObservables)},
		{"POST /v1/cases/{id}/observables", harrier.CasesWrite, "addCaseObservable", "Add something that a case is about", call(s.addObservable)},
		{"GET /v1/cases/{id}/links", harrier.CasesRead, "listCaseLinks", "List linked cases", listed(s.cfg.Ports.CaseParts.CaseLinks)},
		{"POST /v1/cases/{id}/links", harrier.CasesWrite, "linkCase", "Link a case to another", call(s.linkCase)},
		{"POST /v1/cases/{id}/merge", harrier.CasesWrite, "mergeCase", "Merge another case into a case", call(s.mergeCase)},
		{"POST /v1/cases/{id}/split", harrier.CasesWrite, "splitCase", "Move alerts of a case into a new one", answering(http.StatusCreated, s.splitCase)},
		{"GET /v1/cases/{id}/tasks", harrier.CasesRead, "listCaseTasks", "List the tasks of a case", listed(s.cfg.Ports.CaseTasks.CaseTasks)},
		{"POST /v1/cases/{id}/tasks", harrier.CasesWrite, "addCaseTask", "Add a task to a case", answering(http.StatusCreated, s.addCaseTask)},
		{"PATCH /v1/cases/{id}/tasks/{name}", harrier.CasesWrite, "editCaseTask", "Do, skip, assign or date a task", call(s.editCaseTask)},
		{"GET /v1/cases/{id}/clocks", harrier.CasesRead, "listCaseClocks", "Tell how the promises about a case stand", listed(s.cfg.Ports.CaseTasks.CaseClocks)},
		{"GET /v1/cases/{id}/similar", harrier.CasesRead, "listSimilarCases", "List cases like one, with why", listed(s.cfg.Ports.CaseTasks.SimilarCases)},
		{"POST /v1/cases/{id}/evidence", harrier.EvidenceWrite, "attachEvidence", "Put a file into a case", raw(s.attachEvidence, aboutAttach)},
		{"GET /v1/cases/{id}/export", harrier.EvidenceRead, "exportCase", "Export a case as Markdown, JSON or STIX 2.1", raw(s.exportCase, aboutExport)},
		{"POST /v1/evidence/{id}/mark", harrier.EvidenceWrite, "markEvidence", "Say whether an artefact is malware", call(s.markEvidence)},
		{"GET /v1/evidence/{id}/custody", harrier.EvidenceRead, "listCustody", "List who touched an artefact", call(s.custody)},
		{"GET /v1/evidence/{id}/archive", harrier.EvidenceRead, "getEvidenceArchive", "Get an artefact as a ZIP locked with the password infected", raw(s.evidenceArchive, aboutArchive)},
	}
}

// listed is an endpoint that lists all of something of a case.
func listed[T any](h func(context.Context, harrier.Principal, string) ([]T, error)) endpoint {
	return call(func(ctx context.Context, in *caseIn) (List[T], error) {
		items, err := h(ctx, principal(ctx), in.ID)
		return full(List[T]{Items: items}, err)
	})
}

type createCaseIn struct{ Body CreateCase }

func (s *Server) createCase(ctx context.Context, in *createCaseIn) (*reply[Case], error) {
	c, err := s.cfg.Ports.CaseDesk.CreateCase(ctx, principal(ctx), in.Body)
	return &reply[Case]{Body: c, Location: "/v1/cases/" + c.ID.String()}, err
}

// seenRev is the revision of a case that a request with If-Match may change; 0
// where it does not look.
func (s *Server) seenRev(ctx context.Context, id string) (int64, error) {
	if requestOf(ctx).ifMatch == "" {
		return 0, nil
	}
	c, err := s.findCase(ctx, id)
	if err != nil {
		return 0, err
	}
	return c.Rev, unchanged(ctx, c)
}

// lost makes a precondition that failed of a change that came too late.
func lost(ctx context.Context, err error) error {
	if errors.Is(err, casework.ErrStale) || errors.Is(err, triage.ErrStale) {
		return newProblem(ctx, codePrecondition, err.Error())
	}
	return err
}

type editCaseIn struct {
	ID   string `path:"id" maxLength:"64" doc:"The id of the case, or its number."`
	Body EditCase
}

func (s *Server) editCase(ctx context.Context, in *editCaseIn) (Case, error) {
	rev, err := s.seenRev(ctx, in.ID)
	if err != nil {
		return Case{}, err
	}
	c, err := s.cfg.Ports.CaseDesk.EditCase(ctx, principal(ctx), in.ID, rev, in.Body)
	return c, lost(ctx, err)
}

type commentIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"65536"`
	}
}

func (s *Server) commentCase(ctx context.Context, in *commentIn) (done, error) {
	return done{true}, s.cfg.Ports.CaseDesk.CommentCase(ctx, principal(ctx), in.ID, in.Body.Text)
}

type setStatusIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body SetCaseStatus
}

func (s *Server) setCaseStatus(ctx context.Context, in *setStatusIn) (_ Case, err error) {
	if in.Body.Rev, err = s.seenRev(ctx, in.ID); err != nil {
		return Case{}, err
	}
	c, err := s.cfg.Ports.CaseDesk.SetCaseStatus(ctx, principal(ctx), in.ID, in.Body)
	return c, lost(ctx, err)
}

type closeCaseIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body CloseCase
}

func (s *Server) closeCase(ctx context.Context, in *closeCaseIn) (Case, error) {
	rev, err := s.seenRev(ctx, in.ID)
	if err != nil {
		return Case{}, err
	}
	c, err := s.cfg.Ports.CaseDesk.CloseCase(ctx, principal(ctx), in.ID, rev, in.Body)
	return c, lost(ctx, err)
}

type reopenCaseIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body ReopenCase
}

func (s *Server) reopenCase(ctx context.Context, in *reopenCaseIn) (Reopened, error) {
	rev, err := s.seenRev(ctx, in.ID)
	if err != nil {
		return Reopened{}, err
	}
	r, err := s.cfg.Ports.CaseDesk.ReopenCase(ctx, principal(ctx), in.ID, rev, in.Body)
	r.Undo = some(r.Undo)
	return r, lost(ctx, err)
}

type addAlertsIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Alerts []harrier.AlertID `json:"alerts" minItems:"1" maxItems:"500"`
	}
}

// AlertsAdded tells what came of putting alerts into a case.
type AlertsAdded struct {
	Added int `json:"added" doc:"How many were not there."`
}

func (s *Server) addCaseAlerts(ctx context.Context, in *addAlertsIn) (AlertsAdded, error) {
	n, err := s.cfg.Ports.CaseParts.AddCaseAlerts(ctx, principal(ctx), in.ID, in.Body.Alerts)
	return AlertsAdded{n}, err
}

type addObservableIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body AddObservable
}

func (s *Server) addObservable(ctx context.Context, in *addObservableIn) (done, error) {
	return done{true}, s.cfg.Ports.CaseParts.AddCaseObservable(ctx, principal(ctx), in.ID, in.Body)
}

type linkCaseIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body LinkCase
}

func (s *Server) linkCase(ctx context.Context, in *linkCaseIn) (done, error) {
	return done{true}, s.cfg.Ports.CaseParts.LinkCase(ctx, principal(ctx), in.ID, in.Body)
}

type mergeCaseIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body MergeCase
}

func (s *Server) mergeCase(ctx context.Context, in *mergeCaseIn) (_ Case, err error) {
	if in.Body.Rev, err = s.seenRev(ctx, in.ID); err != nil {
		return Case{}, err
	}
	c, err := s.cfg.Ports.CaseParts.MergeCase(ctx, principal(ctx), in.ID, in.Body)
	return c, lost(ctx, err)
}

type splitCaseIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body SplitCase
}

func (s *Server) splitCase(ctx context.Context, in *splitCaseIn) (_ *reply[Case], err error) {
	if in.Body.Rev, err = s.seenRev(ctx, in.ID); err != nil {
		return nil, err
	}
	c, err := s.cfg.Ports.CaseParts.SplitCase(ctx, principal(ctx), in.ID, in.Body)
	return &reply[Case]{Body: c, Location: "/v1/cases/" + c.ID.String()}, lost(ctx, err)
}

type addTaskIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body AddCaseTask
}

func (s *Server) addCaseTask(ctx context.Context, in *addTaskIn) (*reply[CaseTask], error) {
	t, err := s.cfg.Ports.CaseTasks.AddCaseTask(ctx, principal(ctx), in.ID, in.Body)
	return &reply[CaseTask]{Body: t}, err
}

type editTaskIn struct {
	ID   string `path:"id" maxLength:"64"`
	Task string `path:"name" maxLength:"64"`
	Body EditCaseTask
}

func (s *Server) editCaseTask(ctx context.Context, in *editTaskIn) (CaseTask, error) {
	return s.cfg.Ports.CaseTasks.EditCaseTask(ctx, principal(ctx), in.ID, in.Task, in.Body)
}

type markIn struct {
	ID   harrier.EvidenceID `path:"id"`
	Body struct {
		Malware bool `json:"malware" doc:"Whether it leaves Harrier only in a locked archive."`
	}
}

func (s *Server) markEvidence(ctx context.Context, in *markIn) (EvidenceItem, error) {
	return s.cfg.Ports.CaseFiles.MarkEvidence(ctx, principal(ctx), in.ID, in.Body.Malware)
}

type custodyIn struct {
	ID harrier.EvidenceID `path:"id"`
}

func (s *Server) custody(ctx context.Context, in *custodyIn) (List[CustodyLine], error) {
	items, err := s.cfg.Ports.CaseFiles.EvidenceCustody(ctx, principal(ctx), in.ID)
	return full(List[CustodyLine]{Items: items}, err)
}

// maxEvidence bounds a file that people put into a case, in bytes.
const maxEvidence = 256 << 20

// attachEvidence handles POST /v1/cases/{id}/evidence.
func (s *Server) attachEvidence(w http.ResponseWriter, r *http.Request) error {
	name := cmp.Or(r.URL.Query().Get("name"), "file")
	if len(name) > 500 {
		return harrier.Errorf(harrier.Invalid, "the file's name is longer than 500 bytes; shorten it")
	}
	_ = http.NewResponseController(w).SetReadDeadline(s.cfg.Now().Add(10 * time.Minute)) // not every transport has deadlines
	in := AttachEvidence{Name: name, Malware: r.URL.Query().Get("malware") == "true", Body: http.MaxBytesReader(w, r.Body, maxEvidence)}
	item, err := s.cfg.Ports.CaseFiles.AttachEvidence(r.Context(), principal(r.Context()), r.PathValue("id"), in)
	if err != nil {
		return err
	}
	return s.writeJSON(w, http.StatusCreated, item)
}

func aboutAttach(op *huma.Operation) {
	op.Description = "The body is the file. malware=true marks it, so that it leaves Harrier only in a locked archive; programs are marked by themselves."
	text := &huma.Schema{Type: huma.TypeString}
	op.Parameters = []*huma.Param{idParam(), {Name: "name", In: "query", Schema: text}, {Name: "malware", In: "query", Schema: &huma.Schema{Type: huma.TypeBoolean}}}
	anything(op)
	op.Responses["201"] = &huma.Response{Description: "The artefact", Content: map[string]*huma.MediaType{"application/json": {Schema: op200("EvidenceItem")}}}
}

// exportCase handles GET /v1/cases/{id}/export.
func (s *Server) exportCase(w http.ResponseWriter, r *http.Request) error {
	format := cmp.Or(r.URL.Query().Get("format"), "markdown")
	types := map[string][2]string{"markdown": {"text/markdown; charset=utf-8", "md"}, "json": {"application/json", "json"}, "stix": {"application/stix+json;version=2.1", "stix.json"}}
	kind, ok := types[format]
	if !ok {
		return harrier.Errorf(harrier.Invalid, "say format=markdown, format=json or format=stix")
	}
	if err := s.mayLeave(r); err != nil {
		return err
	}
	text, err := s.cfg.Ports.CaseFiles.ExportCase(r.Context(), principal(r.Context()), r.PathValue("id"), format)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind[0])
	w.Header().Set("Content-Disposition", `attachment; filename="case.`+kind[1]+`"`)
	_, _ = w.Write(text) //nolint:gosec // always a download, nosniff, and Markdown is escaped
	return nil
}

// mayLeave asks for a fresh proof before what is restricted, or for the eyes of a
// few (TLP:RED), leaves Harrier.
func (s *Server) mayLeave(r *http.Request) error {
	c, err := s.findCase(r.Context(), r.PathValue("id"))
	if err != nil || !c.Restricted && c.TLP != "red" {
		return err
	}
	return s.proven(principal(r.Context()), guard{})
}

func aboutExport(op *huma.Operation) {
	op.Description = "A case that is restricted, or TLP:RED, needs a fresh proof of who you are."
	op.Parameters = []*huma.Param{idParam(), {Name: "format", In: "query", Description: "Markdown where it is absent.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"markdown", "json", "stix"}}}}
	op.Responses["200"] = &huma.Response{Description: "The case", Content: map[string]*huma.MediaType{"text/markdown": {}, "application/json": {}, "application/stix+json": {}}}
}

// evidenceArchive handles GET /v1/evidence/{id}/archive, the only way out for malware.
func (s *Server) evidenceArchive(w http.ResponseWriter, r *http.Request) error {
	id, err := harrier.ParseID[harrier.EvidenceID](r.PathValue("id"))
	if err != nil {
		return err
	}
	item, body, err := s.cfg.Ports.CaseFiles.ArchiveEvidence(r.Context(), principal(r.Context()), id)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="`+item.SHA256+`.zip"`)
	if r.Method == http.MethodHead {
		return nil
	}
	if err := archive(w, item, body); err != nil {
		s.cfg.Log.Debug("an archive was not sent whole", "err", err, "evidence_id", id, "trace_id", traceOf(r.Context()))
		panic(http.ErrAbortHandler) // so that the client sees that it is not whole
	}
	return nil
}

func archive(w io.Writer, item EvidenceItem, body io.Reader) error {
	return aezip.Write(w, aezip.File{Name: item.SHA256 + ".bin", Size: item.Size, At: item.CreatedAt, Body: body}, aezip.Password)
}

func aboutArchive(op *huma.Operation) {
	op.Parameters = []*huma.Param{idParam()}
	op.Responses["200"] = &huma.Response{Description: "A ZIP with AES-256; the password is infected", Content: map[string]*huma.MediaType{"application/zip": {}}}
}
