package api

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

// world is a small Harrier with one thing of each sort, all of one tenant.
type world struct {
	secret  func(*Case) // makes the case one of a few; nil leaves it
	mu      sync.Mutex  // guards what follows
	changes []string    // calls that decide or change something
	started map[harrier.RunID]StartRun
	broken  error // what every port fails with, if anything
	mail    string
	events  []Event
	kept    map[string]keptAnswer
	ended   bool
	more    chan struct{}
}

var (
	_ Alerts      = (*world)(nil)
	_ Cases       = (*world)(nil)
	_ Evidence    = (*world)(nil)
	_ Runs        = (*world)(nil)
	_ RunControl  = (*world)(nil)
	_ Approvals   = (*world)(nil)
	_ Playbooks   = (*world)(nil)
	_ Connections = (*world)(nil)
	_ Audit       = (*world)(nil)
	_ System      = (*world)(nil)

	_ Containments = (*world)(nil)
	_ Sources      = (*world)(nil)
	_ Inbox        = (*world)(nil)
	_ Doors        = (*world)(nil)
	_ Links        = (*world)(nil)
	_ Channels     = (*world)(nil)

	_ Inventory     = (*world)(nil)
	_ AddressLeases = (*world)(nil)
)

func epoch() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }

func fixed[T ~[16]byte](name string) T { return harrier.DeriveID[T](name) }

func otherTenant() harrier.Principal {
	p := harrier.Operator()
	p.Tenant, p.Name = fixed[harrier.TenantID]("other"), "stranger"
	p.ID, p.Fresh = fixed[harrier.PrincipalID]("stranger"), time.Now()
	return p
}

// without is the operator without one permission.
func without(perm harrier.Permission) harrier.Principal {
	p := harrier.Operator()
	p.Name = "somebody"
	delete(p.Grants, perm)
	return p
}

func as(p harrier.Principal) Authenticator {
	return func(r *http.Request) (harrier.Principal, bool) { return p, true }
}

func nobody(*http.Request) (harrier.Principal, bool) { return harrier.Principal{}, false }

func newWorld() *world {
	w := &world{started: map[harrier.RunID]StartRun{}, more: make(chan struct{}, 100)}
	for i := range 5 {
		w.events = append(w.events, Event{Seq: int64(i + 1), At: epoch(), Type: "values.set", Version: 1, Data: json.RawMessage(`{"path":"a"}`)})
	}
	w.ended = true
	return w
}

func (w *world) server(t testing.TB) *Server {
	t.Helper()
	return New(w.config())
}

// serverOf is a server that has one route of the table: a whole one for each
// route would cost more than all that is asked of it.
func (w *world) serverOf(t testing.TB, pattern string) *Server {
	t.Helper()
	return newServer(w.config(), func(s *Server) []route {
		return slices.DeleteFunc(s.routes(), func(r route) bool { return r.pattern != pattern })
	})
}

func (w *world) config() Config {
	return Config{
		Ports:   portsOf(w),
		Version: Version{Version: "1.2.3"}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}
}

// portsOf gives every port to the world.
func portsOf(w *world) (p Ports) {
	p.Access = w.access()
	all := reflect.ValueOf(&p).Elem()
	for _, f := range all.Fields() {
		if f.Kind() == reflect.Interface {
			f.Set(reflect.ValueOf(w))
		}
	}
	return p
}

func (w *world) change(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes = append(w.changes, name)
}

func (w *world) changed() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.changes...)
}

// find fails as the real ports do where a thing is missing or another tenant's.
func (w *world) find(by harrier.Principal, what, id string, exists bool) error {
	switch {
	case w.broken != nil:
		return w.broken
	case by.Tenant != harrier.DefaultTenant || !exists:
		return harrier.Errorf(harrier.NotFound, "%s %s does not exist", what, id)
	}
	return nil
}

func page[T any](w *world, by harrier.Principal, items ...T) (List[T], error) {
	if w.broken != nil {
		return List[T]{}, w.broken
	}
	if by.Tenant != harrier.DefaultTenant {
		return List[T]{}, nil
	}
	return List[T]{Items: items, Next: "c2"}, nil
}

func (w *world) SubmitMail(_ context.Context, _ harrier.Principal, in SubmitMail) (Receipt, error) {
	text, err := io.ReadAll(in.Message)
	if err != nil {
		return Receipt{}, harrier.Errorf(harrier.Invalid, "the mail cannot be read: %w", err)
	}
	w.change("SubmitMail")
	w.mu.Lock()
	defer w.mu.Unlock()
	again := w.mail == string(text)
	w.mail = string(text)
	return Receipt{Alert: fixed[harrier.AlertID](w.mail), Existed: again, Runs: []harrier.RunID{fixed[harrier.RunID]("run")}}, w.broken
}

func (w *world) SubmitAlert(_ context.Context, _ harrier.Principal, in SubmitAlert) (Receipt, error) {
	w.change("SubmitAlert")
	return Receipt{Alert: fixed[harrier.AlertID](in.ExternalID), Runs: []harrier.RunID{}}, w.broken
}

func (w *world) theAlert() Alert {
	return Alert{ID: fixed[harrier.AlertID]("alert"), Title: "Reported mail", Severity: "high", Status: "new", CreatedAt: epoch(), UpdatedAt: epoch(), Rev: 3}
}

func (w *world) Alerts(_ context.Context, by harrier.Principal, _ harrier.AlertFilter, _ harrier.Page) (List[Alert], error) {
	return page(w, by, w.theAlert())
}

func (w *world) Alert(_ context.Context, by harrier.Principal, id harrier.AlertID) (AlertDetail, error) {
	a := AlertDetail{Alert: w.theAlert()}
	return a, w.find(by, "alert", id.String(), id == a.ID)
}

func (w *world) theCase() Case {
	c := Case{ID: fixed[harrier.CaseID]("case"), Number: 7, Title: "Phishing", Severity: "high", Status: "open", CreatedAt: epoch(), UpdatedAt: epoch(), Rev: 1}
	if w.secret != nil {
		w.secret(&c)
	}
	return c
}

func (w *world) Cases(_ context.Context, by harrier.Principal, _ harrier.CaseFilter, _ harrier.Page) (List[Case], error) {
	return page(w, by, w.theCase())
}

func (w *world) Case(_ context.Context, by harrier.Principal, id harrier.CaseID) (CaseDetail, error) {
	c := CaseDetail{Case: w.theCase()}
	return c, w.find(by, "case", id.String(), id == c.ID)
}

func (w *world) CaseByNumber(_ context.Context, by harrier.Principal, number int64) (CaseDetail, error) {
	return CaseDetail{Case: w.theCase()}, w.find(by, "case", "7", number == 7)
}

func (w *world) Evidence(_ context.Context, by harrier.Principal, _ harrier.EvidenceFilter, _ harrier.Page) (List[EvidenceItem], error) {
	return page(w, by, EvidenceItem{ID: fixed[harrier.EvidenceID]("evidence")})
}

func (w *world) OpenEvidence(_ context.Context, by harrier.Principal, id harrier.EvidenceID) (EvidenceItem, io.ReadCloser, error) {
	if err := w.find(by, "evidence", id.String(), id == fixed[harrier.EvidenceID]("evidence")); err != nil {
		return EvidenceItem{}, nil, err
	}
	const text = "<script>alert(1)</script>"
	return EvidenceItem{ID: id, Size: int64(len(text)), Name: "a.html", MediaType: "text/html", SHA256: strings.Repeat("ab", 32)}, io.NopCloser(strings.NewReader(text)), nil
}

func (w *world) theRun() Run {
	return Run{ID: fixed[harrier.RunID]("run"), Playbook: "phishing-response", Mode: harrier.Live, Status: harrier.RunSucceeded, CreatedAt: epoch(), UpdatedAt: epoch()}
}

func (w *world) StartRun(_ context.Context, by harrier.Principal, in StartRun) (Run, error) {
	w.change("StartRun")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return Run{}, w.broken
	}
	id := in.ID
	if id.IsZero() {
		id = harrier.NewID[harrier.RunID](epoch())
	}
	if _, ok := w.started[id]; ok {
		return Run{}, harrier.Errorf(harrier.Conflict, "run %s exists already", id)
	}
	w.started[id] = in
	return Run{ID: id, Playbook: in.Playbook, Mode: harrier.Live, Status: harrier.RunQueued}, nil
}

func (w *world) Runs(_ context.Context, by harrier.Principal, _ harrier.RunFilter, _ harrier.Page) (List[Run], error) {
	return page(w, by, w.theRun())
}

func (w *world) Run(_ context.Context, by harrier.Principal, id harrier.RunID) (RunDetail, error) {
	w.mu.Lock()
	in, ok := w.started[id]
	w.mu.Unlock()
	r := RunDetail{Run: w.theRun()}
	if ok {
		r.ID, r.Playbook, r.Alert = id, in.Playbook, in.Alert
	}
	return r, w.find(by, "run", id.String(), id == r.ID)
}

func (w *world) RunEvents(_ context.Context, by harrier.Principal, id harrier.RunID, win Window) ([]Event, error) {
	if err := w.find(by, "run", id.String(), id == w.theRun().ID); err != nil {
		return nil, err
	}
	list, _ := w.after(win.After)
	return list[:min(len(list), win.Limit)], nil
}

// after returns the events after a number, and whether there will be more.
func (w *world) after(seq int64) (list []Event, ended bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.events[min(int(seq), len(w.events)):], w.ended
}

// happen adds an event to the run.
func (w *world) happen(typ string, last bool) {
	w.mu.Lock()
	w.events = append(w.events, Event{Seq: int64(len(w.events) + 1), At: epoch(), Type: typ, Version: 1, Data: json.RawMessage(`{}`)})
	w.ended = last
	w.mu.Unlock()
	w.more <- struct{}{}
}

func (w *world) WatchRun(ctx context.Context, by harrier.Principal, id harrier.RunID, after int64) (iter.Seq2[Event, error], error) {
	if err := w.find(by, "run", id.String(), id == w.theRun().ID); err != nil {
		return nil, err
	}
	return func(yield func(Event, error) bool) {
		for {
			list, ended := w.after(after)
			for _, e := range list {
				if after = e.Seq; !yield(e, nil) {
					return
				}
			}
			if ended {
				return
			}
			select {
			case <-w.more:
			case <-ctx.Done():
				yield(Event{}, context.Cause(ctx))
				return
			}
		}
	}, nil
}

func (w *world) CancelRun(_ context.Context, by harrier.Principal, id harrier.RunID, _ string) (Run, error) {
	w.change("CancelRun")
	return w.theRun(), w.find(by, "run", id.String(), id == w.theRun().ID)
}

func (w *world) RetryRun(_ context.Context, by harrier.Principal, id harrier.RunID, _ string) (Run, error) {
	w.change("RetryRun")
	return w.theRun(), w.find(by, "run", id.String(), id == w.theRun().ID)
}

func (w *world) theApproval() Approval {
	return Approval{
		ID: fixed[harrier.ApprovalID]("approval"), Run: w.theRun().ID, Path: "ok", Kind: harrier.PlanApproval, Status: harrier.ApprovalPending,
		Title: "Remove 5 copies", Hash: "sha256:abc", Need: 1, CreatedAt: epoch(), Rev: 2,
	}
}

func (w *world) Approvals(_ context.Context, by harrier.Principal, _ harrier.ApprovalFilter, _ harrier.Page) (List[Approval], error) {
	return page(w, by, w.theApproval())
}

func (w *world) Approval(_ context.Context, by harrier.Principal, id harrier.ApprovalID) (Approval, error) {
	return w.theApproval(), w.find(by, "question", id.String(), id == w.theApproval().ID)
}

func (w *world) Decide(_ context.Context, by harrier.Principal, id harrier.ApprovalID, in Decision) (Approval, error) {
	if err := w.find(by, "question", id.String(), id == w.theApproval().ID); err != nil {
		return Approval{}, err
	}
	if in.Hash != w.theApproval().Hash {
		return Approval{}, harrier.Errorf(harrier.Conflict, "what you decided on is not what is asked")
	}
	w.change("Decide")
	return w.theApproval(), nil
}

func (w *world) Answer(_ context.Context, by harrier.Principal, id harrier.ApprovalID, _ Answer) (Approval, error) {
	if err := w.find(by, "question", id.String(), id == w.theApproval().ID); err != nil {
		return Approval{}, err
	}
	w.change("Answer")
	return w.theApproval(), nil
}

func (w *world) Escalate(_ context.Context, by harrier.Principal, id harrier.ApprovalID, _ EscalateApproval) (Approval, error) {
	if err := w.find(by, "question", id.String(), id == w.theApproval().ID); err != nil {
		return Approval{}, err
	}
	w.change("Escalate")
	return w.theApproval(), nil
}

func (w *world) WithdrawVote(_ context.Context, by harrier.Principal, id harrier.ApprovalID) (Approval, error) {
	if err := w.find(by, "question", id.String(), id == w.theApproval().ID); err != nil {
		return Approval{}, err
	}
	w.change("WithdrawVote")
	return w.theApproval(), nil
}

func (w *world) Playbooks(_ context.Context, by harrier.Principal, _ harrier.Page) (List[Playbook], error) {
	return page(w, by, Playbook{ID: "phishing-response"})
}

func (w *world) Playbook(_ context.Context, by harrier.Principal, id string) (PlaybookDetail, error) {
	return PlaybookDetail{Playbook: Playbook{ID: id}, Inputs: []FormField{}}, w.find(by, "playbook", id, id == "phishing-response")
}

func (w *world) CheckPlaybook(context.Context, harrier.Principal, CheckPlaybook) (PlaybookCheck, error) {
	return PlaybookCheck{OK: true}, w.broken
}

func (w *world) Connectors(context.Context, harrier.Principal) ([]Connector, error) {
	return []Connector{{Name: "slack"}}, w.broken
}

func (w *world) Connections(_ context.Context, by harrier.Principal, _ harrier.Page) (List[Connection], error) {
	return page(w, by, Connection{Name: "slack"})
}

func (w *world) AddConnection(_ context.Context, _ harrier.Principal, in AddConnection) (Connection, error) {
	w.change("AddConnection " + in.Secrets["token"].Reveal())
	return Connection{Name: in.Name, Connector: in.Connector, Rev: 1}, w.broken
}

func (w *world) TestConnection(_ context.Context, by harrier.Principal, name string) (CallResult, error) {
	w.change("TestConnection")
	return CallResult{Connection: name, OK: true}, w.find(by, "connection", name, name == "slack")
}

func (w *world) ActionEffect(_ context.Context, by harrier.Principal, name, action string) (harrier.Effect, error) {
	effect := harrier.Read
	if action == "post" {
		effect = harrier.Notify
	}
	return effect, w.find(by, "connection", name, name == "slack")
}

func (w *world) CallConnection(_ context.Context, by harrier.Principal, name string, in CallConnection) (CallResult, error) {
	w.change("CallConnection " + in.Action)
	return CallResult{Connection: name, Action: in.Action, OK: true}, w.find(by, "connection", name, name == "slack")
}

func (w *world) Audit(_ context.Context, by harrier.Principal, _ harrier.AuditFilter, _ harrier.Page) (List[AuditEntry], error) {
	return page(w, by, AuditEntry{ID: fixed[harrier.AuditID]("audit"), Action: "run.start"})
}

func (w *world) Ready(context.Context) error { return w.broken }

func (w *world) Doctor(context.Context, harrier.Principal) (Diagnosis, error) {
	return Diagnosis{OK: true}, w.broken
}

func (w *world) Containments(_ context.Context, by harrier.Principal, _ harrier.ContainmentFilter, _ harrier.Page) (List[Containment], error) {
	return page(w, by, Containment{
		ID: fixed[harrier.ContainmentID]("contained"), Run: fixed[harrier.RunID]("run"), Action: "opnsense.block_ip", Connection: "edge",
		Args: json.RawMessage(`{}`), Before: json.RawMessage(`{}`), At: epoch(), State: harrier.ContainmentActive,
	})
}
