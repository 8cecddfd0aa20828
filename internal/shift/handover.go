package shift

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/rota"
)

// Handover is what a shift leaves to the next.
type Handover struct {
	Tenant harrier.TenantID
	ID     harrier.HandoverID
	// From gave it; To is for whom it is, a person of oncall.yaml, empty for
	// whoever comes.
	From, To string
	Notes    string
	Content  Content
	// CreatedBy is the principal of From.
	CreatedBy harrier.PrincipalID
	CreatedAt time.Time
	// AcceptedBy is who took it over at AcceptedAt; zero while nobody has.
	AcceptedBy   harrier.PrincipalID
	AcceptedName string
	AcceptedAt   time.Time
	Rev          int64
}

// Content is how things were when a hand-over was made. It does not change.
type Content struct {
	At       time.Time `json:"at"`
	OnCall   []Seat    `json:"on_call"`
	Sections []Section `json:"sections"`
}

// Seat is who is on call of a rota.
type Seat struct {
	Rota   string    `json:"rota"`
	Person string    `json:"person"`
	Until  time.Time `json:"until,omitzero"`
}

// Section is things of one sort.
type Section struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Items []Item `json:"items"`
	// More tells that there are others that are not listed.
	More bool `json:"more,omitempty"`
}

// Item is something to look at.
type Item struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Severity string `json:"severity,omitempty"`
	Detail   string `json:"detail,omitempty"`
	// At is when it ends or expires; zero is never.
	At time.Time `json:"at,omitzero"`
}

// Store keeps hand-overs.
type Store interface {
	// Write runs change in a transaction; it may be run again after a rollback.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
	// AddHandover adds a hand-over.
	AddHandover(ctx context.Context, tx harrier.Tx, h Handover) error
	// AcceptHandover notes who took it over; one that was accepted is Conflict.
	AcceptHandover(ctx context.Context, tx harrier.Tx, h Handover) error
	// Handover returns a hand-over; one of another tenant is NotFound.
	Handover(ctx context.Context, tenant harrier.TenantID, id harrier.HandoverID) (Handover, error)
	// Handovers lists hand-overs, the newest first.
	Handovers(ctx context.Context, tenant harrier.TenantID, p harrier.Page) ([]Handover, string, error)
	Absences
}

// World tells how things are.
type World interface {
	Cases(ctx context.Context, tenant harrier.TenantID, f harrier.CaseFilter, p harrier.Page) ([]harrier.Case, string, error)
	Approvals(ctx context.Context, tenant harrier.TenantID, f harrier.ApprovalFilter, p harrier.Page) ([]harrier.Approval, string, error)
	Containments(ctx context.Context, tenant harrier.TenantID, f harrier.ContainmentFilter, p harrier.Page) ([]harrier.Containment, string, error)
	Runs(ctx context.Context, tenant harrier.TenantID, f harrier.RunFilter, p harrier.Page) ([]harrier.Run, string, error)
	Notifications(ctx context.Context, tenant harrier.TenantID, f pager.Filter, p harrier.Page) ([]pager.Notification, string, error)
	// OpenTasks lists what is to be done in cases that all may see.
	OpenTasks(ctx context.Context, tenant harrier.TenantID, limit int) (all []OpenTask, more bool, err error)
}

// OpenTask is something that is to be done for a case.
type OpenTask struct {
	ID, Title, Assignee, Severity string
	Required                      bool
	DueAt                         time.Time
	// Number is that of its case.
	Number int64
}

// OnCall knows who is on call.
type OnCall interface {
	// Standings says who is on call of every rota of a tenant.
	Standings(ctx context.Context, tenant harrier.TenantID, at time.Time) ([]rota.Standing, error)
}

// Teller tells people.
type Teller interface {
	// Tell accepts a notice in the transaction of its cause.
	Tell(ctx context.Context, tx harrier.Tx, in pager.Notice) (n pager.Notification, ok bool, err error)
}

// Config is what the service is made of. All is required.
type Config struct {
	Store  Store
	World  World
	OnCall OnCall
	Tells  Teller
	// Cases, Questions and Accounts are asked where an absence moves work.
	Cases     Cases
	Questions Questions
	Accounts  Accounts
	// Log is told what can be answered to nobody.
	Log *slog.Logger
	// People are those of a tenant's rotas.
	People func(harrier.TenantID) map[string]rota.Person
	Now    func() time.Time
}

// Service hands over. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(cfg Config) *Service { return &Service{cfg} }

func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// maxNotes bounds what is written beside.
const maxNotes = 20_000

// Give makes a hand-over of how things are now, and tells whom it is for.
func (s *Service) Give(ctx context.Context, by harrier.Principal, to, notes string) (Handover, error) {
	people := s.cfg.People(by.Tenant)
	if _, ok := people[to]; to != "" && !ok {
		return Handover{}, harrier.Errorf(harrier.Invalid, "nobody is called %q in %s; leave it out to hand over to whoever comes", to, pager.FileName)
	}
	if len(notes) > maxNotes {
		return Handover{}, harrier.Errorf(harrier.Invalid, "the notes are longer than %d bytes; shorten them", maxNotes)
	}
	now := s.now()
	content, err := s.look(ctx, by.Tenant, now)
	if err != nil {
		return Handover{}, err
	}
	h := Handover{
		Tenant: by.Tenant, ID: harrier.NewID[harrier.HandoverID](now), From: by.Name, To: to, Notes: notes, Content: content, CreatedBy: by.ID, CreatedAt: now, Rev: 1,
	}
	return h, s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.AddHandover(ctx, tx, h); err != nil {
			return err
		}
		if to != "" {
			_, _, err := s.cfg.Tells.Tell(ctx, tx, pager.Notice{
				Tenant: h.Tenant, Key: h.ID.String(), Facts: pager.Facts{Kind: "handover", Severity: "info"}, To: []string{"person:" + to},
				Title: by.Name + " hands the shift over to you", Text: "harrier handover show " + h.ID.String(),
			})
			if err != nil {
				return err
			}
		}
		return s.audit(ctx, tx, by, "handover.give", h)
	})
}

// Accept takes a hand-over over, once. One that is for somebody is theirs to
// accept, or that of whoever may change the rotas.
func (s *Service) Accept(ctx context.Context, by harrier.Principal, id harrier.HandoverID) (Handover, error) {
	h, err := s.cfg.Store.Handover(ctx, by.Tenant, id)
	if err != nil {
		return h, err
	}
	if !h.AcceptedAt.IsZero() {
		return h, harrier.Errorf(harrier.Conflict, "%s accepted it at %s", h.AcceptedName, h.AcceptedAt.Format(time.RFC3339))
	}
	if login := s.cfg.People(by.Tenant)[h.To].Login; h.To != "" && !strings.EqualFold(login, by.Name) && !by.May(harrier.OnCallManage) {
		return h, harrier.Errorf(harrier.Denied, "it is for %s; ask somebody who may change the rotas (%s)", h.To, harrier.OnCallManage)
	}
	h.AcceptedBy, h.AcceptedName, h.AcceptedAt = by.ID, by.Name, s.now()
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.AcceptHandover(ctx, tx, h); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "handover.accept", h)
	})
	h.Rev++
	return h, err
}

// Get returns a hand-over.
func (s *Service) Get(ctx context.Context, by harrier.Principal, id harrier.HandoverID) (Handover, error) {
	return s.cfg.Store.Handover(ctx, by.Tenant, id)
}

// List lists hand-overs, the newest first.
func (s *Service) List(ctx context.Context, by harrier.Principal, p harrier.Page) ([]Handover, string, error) {
	return s.cfg.Store.Handovers(ctx, by.Tenant, p)
}

func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, action string, h Handover) error {
	counts := map[string]int{}
	for _, sec := range h.Content.Sections {
		counts[sec.Name] = len(sec.Items)
	}
	return harrier.Deed{Action: action, Target: h.ID.String(), About: counts, At: s.now()}.Record(ctx, tx, s.cfg.Store, by)
}
