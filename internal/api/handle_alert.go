package api

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/harrier-soar/harrier/internal/query"
)

func (a Alert) revision() int64 { return a.Rev }

// maxMail bounds a mail that is reported, in bytes.
const maxMail = 26 << 20

// mailTime is how long sending a mail may take.
const mailTime = time.Minute

// mailTypes lists the media types of mails.
func mailTypes() []string { return []string{email.TypeMail, email.TypeOutlook, email.TypeTNEF} }

// submitMail handles POST /v1/mails.
func (s *Server) submitMail(w http.ResponseWriter, r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(mailTypes(), kind) {
		return newProblem(r.Context(), codeMedia, "send the mail as it is, with Content-Type: message/rfc822, or application/vnd.ms-outlook for a .msg")
	}
	name := r.URL.Query().Get("name")
	if len(name) > 500 {
		return harrier.Errorf(harrier.Invalid, "name is longer than 500 bytes; shorten it")
	}
	_ = http.NewResponseController(w).SetReadDeadline(s.cfg.Now().Add(mailTime)) // not every transport has deadlines
	body := http.MaxBytesReader(w, r.Body, maxMail)
	got, err := s.cfg.Ports.Alerts.SubmitMail(r.Context(), principal(r.Context()), SubmitMail{Name: name, Message: body})
	if err != nil {
		return err
	}
	return s.writeJSON(w, receiptStatus(got), got)
}

// receiptStatus tells a new alert from one that was known.
func receiptStatus(r Receipt) int {
	if r.Existed {
		return http.StatusOK
	}
	return http.StatusCreated
}

func (s *Server) writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left needs no answer
	return nil
}

func aboutMail(op *huma.Operation) {
	op.Description = "The body is the mail itself, as a file in RFC 5322 form or of Outlook; its content tells which. The same bytes again give the same alert and its runs."
	op.Parameters = []*huma.Param{{Name: "name", In: "query", Description: "The name of the file.", Schema: &huma.Schema{Type: huma.TypeString}}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for _, kind := range mailTypes() {
		op.RequestBody.Content[kind] = &huma.MediaType{}
	}
	receipt := &huma.Response{Description: "The alert, and the runs that work on it", Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/Receipt"}},
	}}
	op.Responses["201"], op.Responses["200"] = receipt, receipt
}

type submitAlertIn struct{ Body SubmitAlert }

func (s *Server) submitAlert(ctx context.Context, in *submitAlertIn) (*reply[Receipt], error) {
	got, err := s.cfg.Ports.Alerts.SubmitAlert(ctx, principal(ctx), in.Body)
	return &reply[Receipt]{Body: got, Status: receiptStatus(got)}, err
}

type alertsIn struct {
	Paged
	Queried
	Status   string           `query:"status" enum:"new,in_progress,closed"`
	Severity string           `query:"severity" enum:"critical,high,medium,low,info"`
	Category string           `query:"category" maxLength:"100"`
	Source   harrier.SourceID `query:"source"`
	Route    string           `query:"route" enum:"escalate,case,queue,log,close"`
	Rule     string           `query:"rule" maxLength:"1000" doc:"The id of the detection."`
	Case     harrier.CaseID   `query:"case"`
}

func (s *Server) alerts(ctx context.Context, in *alertsIn) (List[Alert], error) {
	if in.asked() {
		w, err := in.wanted(query.Alerts, in.Paged, *in != alertsIn{Paged: in.Paged, Queried: in.Queried})
		if err != nil {
			return List[Alert]{}, err
		}
		return full(s.cfg.Ports.Search.AskAlerts(ctx, principal(ctx), w))
	}
	f := harrier.AlertFilter{Viewer: principal(ctx).ID, Status: in.Status, Severity: in.Severity, Category: in.Category, Source: in.Source, Case: in.Case, Route: in.Route, Rule: in.Rule}
	return full(s.cfg.Ports.Alerts.Alerts(ctx, principal(ctx), f, in.page()))
}

type alertIn struct {
	ID harrier.AlertID `path:"id"`
}

func (s *Server) alert(ctx context.Context, in *alertIn) (AlertDetail, error) {
	a, err := s.cfg.Ports.Alerts.Alert(ctx, principal(ctx), in.ID)
	a.Evidence, a.Runs, a.History = some(a.Evidence), some(a.Runs), some(a.History)
	return a, err
}
