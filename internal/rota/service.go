package rota

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Person is somebody who can be on call.
type Person struct {
	// Key is how rotas and routes name them.
	Key string `json:"key"`
	// Name is for people.
	Name string `json:"name"`
	// Login is the name of the principal that they act as; Key where it is not said.
	Login string `json:"login"`
	// Reach is where they are told, by the kind of channel: mail, chat, page.
	Reach map[string]string `json:"-"`
	// Quiet are hours in which only what is urgent reaches them; the zero value is never.
	Quiet Hours `json:"quiet,omitzero"`
}

// Roster is who there is, and the rotas that they are in.
type Roster struct {
	People map[string]Person
	Rotas  map[string]Rota
}

// The kinds of changes.
const (
	KindOverride = "override"
	KindAbsence  = "absence"
)

// Change is an override or an absence, as it is stored.
type Change struct {
	Tenant harrier.TenantID
	ID     harrier.OnCallID
	Kind   string
	// Rota is whose turn is overridden; empty for an absence.
	Rota, Person string
	// Cover takes an absent person's turns and work; empty leaves them to who is on call.
	Cover         string
	From, Until   time.Time
	Reason        string
	CreatedBy     harrier.PrincipalID
	CreatedByName string
	CreatedAt     time.Time
	// RemovedAt and RemovedBy say that it was taken back; zero where it holds.
	RemovedAt time.Time
	RemovedBy string
	// Moved is when an absent person's work was given to others.
	Moved time.Time
	// GiveBack tells that they get back what is still open at the end, and
	// Returned when they did.
	GiveBack bool
	Returned time.Time
	Rev      int64
}

// Filter narrows a list of changes.
type Filter struct {
	Kind, Rota, Person string
	// After leaves out what ended before; zero leaves out nothing.
	After time.Time
}

// Store keeps changes.
type Store interface {
	// Write runs change in a transaction; it may be run again after a rollback.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
	// AddOnCall adds a change.
	AddOnCall(ctx context.Context, tx harrier.Tx, c Change) error
	// UpdateOnCall stores what became of a change; another rev is Conflict.
	UpdateOnCall(ctx context.Context, tx harrier.Tx, c Change) error
	// OnCall returns a change; one of another tenant is NotFound.
	OnCall(ctx context.Context, tenant harrier.TenantID, id harrier.OnCallID) (Change, error)
	// OnCalls lists changes, those made last first.
	OnCalls(ctx context.Context, tenant harrier.TenantID, f Filter, p harrier.Page) ([]Change, string, error)
	// OnCallsBetween returns the changes that hold at some time between two, and
	// were not taken back.
	OnCallsBetween(ctx context.Context, tenant harrier.TenantID, from, until time.Time) ([]Change, error)
}

// Service knows who is on call. It is safe for concurrent use.
type Service struct {
	store Store
	// roster is what a tenant's people and rotas are.
	roster func(harrier.TenantID) Roster
	now    func() time.Time
}

// New returns the service.
func New(store Store, roster func(harrier.TenantID) Roster, now func() time.Time) *Service {
	return &Service{store, roster, now}
}

// Standing is who is on call of a rota, and who is next.
type Standing struct {
	Rota      Rota
	Now, Next Turn
}

// horizon is how far ahead changes are looked for.
const horizon = 366 * day

// Standings says who is on call of every rota of a tenant, by name.
func (s *Service) Standings(ctx context.Context, tenant harrier.TenantID, at time.Time) ([]Standing, error) {
	c, err := s.changes(ctx, tenant, at, at.Add(horizon))
	if err != nil {
		return nil, err
	}
	rotas := s.roster(tenant).Rotas
	var list []Standing
	for _, name := range slices.Sorted(maps.Keys(rotas)) {
		st := Standing{Rota: rotas[name], Now: rotas[name].On(at, c)}
		if !st.Now.Until.IsZero() {
			st.Next = rotas[name].On(st.Now.Until, c)
		}
		list = append(list, st)
	}
	return list, nil
}

// maxTurns bounds a list of turns.
const maxTurns = 1000

// Turns lists who is on call of a rota from a time to another.
func (s *Service) Turns(ctx context.Context, tenant harrier.TenantID, rota string, from, until time.Time) ([]Turn, error) {
	r, err := s.rota(tenant, rota)
	if err != nil {
		return nil, err
	}
	if until.Before(from) || until.Sub(from) > horizon {
		return nil, harrier.Errorf(harrier.Invalid, "from %s until %s is no span of a year at most", from.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	c, err := s.changes(ctx, tenant, from, until.Add(horizon))
	if err != nil {
		return nil, err
	}
	return r.Between(from, until, c, maxTurns), nil
}

// On says who is on call of a rota at a time.
func (s *Service) On(ctx context.Context, tenant harrier.TenantID, rota string, at time.Time) (Turn, error) {
	r, err := s.rota(tenant, rota)
	if err != nil {
		return Turn{}, err
	}
	c, err := s.changes(ctx, tenant, at, at.Add(horizon))
	if err != nil {
		return Turn{}, err
	}
	return r.On(at, c), nil
}

func (s *Service) rota(tenant harrier.TenantID, name string) (Rota, error) {
	rotas := s.roster(tenant).Rotas
	if r, ok := rotas[name]; ok {
		return r, nil
	}
	return Rota{}, harrier.Errorf(harrier.NotFound, "there is no rota %q%s", name, hint(name, slices.Sorted(maps.Keys(rotas))))
}

// hint says which names there are.
func hint(name string, names []string) string {
	switch near := harrier.Suggest(name, names); {
	case near != "":
		return "; did you mean " + near + "?"
	case len(names) > 0:
		return "; there are " + strings.Join(names, ", ")
	}
	return "; name some in oncall.yaml in the data directory"
}

// changes returns what makes rotas differ from their plan.
func (s *Service) changes(ctx context.Context, tenant harrier.TenantID, from, until time.Time) (c Changes, _ error) {
	rows, err := s.store.OnCallsBetween(ctx, tenant, from, until)
	if err != nil {
		return c, err
	}
	for _, r := range rows {
		if r.Kind == KindAbsence {
			c.Absences = append(c.Absences, Absence{Person: r.Person, Cover: r.Cover, From: r.From, Until: r.Until})
			continue
		}
		c.Overrides = append(c.Overrides, Override{Rota: r.Rota, Person: r.Person, From: r.From, Until: r.Until, At: r.CreatedAt})
	}
	return c, nil
}

// List lists changes, those made last first.
func (s *Service) List(ctx context.Context, by harrier.Principal, f Filter, p harrier.Page) ([]Change, string, error) {
	return s.store.OnCalls(ctx, by.Tenant, f, p)
}

// Add makes a change. Who may not manage the rotas may be absent themselves.
func (s *Service) Add(ctx context.Context, by harrier.Principal, c Change) (Change, error) {
	now := s.now().UTC().Truncate(time.Microsecond)
	if err := s.check(by.Tenant, c, now); err != nil {
		return c, err
	}
	if own := c.Kind == KindAbsence && s.roster(by.Tenant).People[c.Person].Login == by.Name; !own && !by.May(harrier.OnCallManage) {
		return c, harrier.Errorf(harrier.Denied, "only your own absence is yours to say; ask somebody who may change the rotas (%s)", harrier.OnCallManage)
	}
	c.Tenant, c.ID, c.CreatedBy, c.CreatedByName, c.CreatedAt, c.Rev = by.Tenant, harrier.NewID[harrier.OnCallID](now), by.ID, by.Name, now, 1
	return c, s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.AddOnCall(ctx, tx, c); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "oncall."+c.Kind, c)
	})
}

// Remove takes a change back; one that was taken back stays as it is.
func (s *Service) Remove(ctx context.Context, by harrier.Principal, id harrier.OnCallID) (c Change, err error) {
	if c, err = s.store.OnCall(ctx, by.Tenant, id); err != nil || !c.RemovedAt.IsZero() {
		return c, err
	}
	if c.CreatedBy != by.ID && !by.May(harrier.OnCallManage) {
		return c, harrier.Errorf(harrier.Denied, "%s made it; ask them, or somebody who may change the rotas (%s)", c.CreatedByName, harrier.OnCallManage)
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	c.RemovedAt, c.RemovedBy = now, by.Name
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.UpdateOnCall(ctx, tx, c); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "oncall.remove", c)
	})
	c.Rev++
	return c, err
}

// check says everything that is wrong with a new change.
func (s *Service) check(tenant harrier.TenantID, c Change, now time.Time) error {
	roster := s.roster(tenant)
	people := slices.Sorted(maps.Keys(roster.People))
	var wrong []string
	if c.Kind != KindAbsence && c.Kind != KindOverride {
		wrong = append(wrong, "kind must be override or absence")
	}
	if _, ok := roster.People[c.Person]; !ok {
		wrong = append(wrong, "nobody is called "+quoted(c.Person)+hint(c.Person, people))
	}
	if _, ok := roster.People[c.Cover]; c.Cover != "" && (!ok || c.Cover == c.Person || c.Kind != KindAbsence) {
		wrong = append(wrong, "cover must be somebody else"+hint(c.Cover, people))
	}
	if c.GiveBack && c.Kind != KindAbsence {
		wrong = append(wrong, "only what an absence moved is given back")
	}
	if _, ok := roster.Rotas[c.Rota]; ok != (c.Kind == KindOverride) {
		wrong = append(wrong, "an override names a rota, an absence none"+hint(c.Rota, slices.Sorted(maps.Keys(roster.Rotas))))
	}
	if !c.Until.After(c.From) || !c.Until.After(now) || c.Until.Sub(c.From) > horizon {
		wrong = append(wrong, "until must be after from and after now, within a year")
	}
	if strings.TrimSpace(c.Reason) == "" {
		wrong = append(wrong, "say why, for whoever looks at it next")
	}
	if len(wrong) > 0 {
		return harrier.Errorf(harrier.Invalid, "%s", strings.Join(wrong, "; "))
	}
	return nil
}

func quoted(text string) string { return `"` + text + `"` }

func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, action string, c Change) error {
	about := map[string]any{"rota": c.Rota, "from": c.From, "until": c.Until}
	return harrier.Deed{Action: action, Target: c.ID.String(), About: about, At: s.now().UTC().Truncate(time.Microsecond)}.Record(ctx, tx, s.store, by)
}
