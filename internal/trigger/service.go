package trigger

import (
	"context"
	"log/slog"
	"maps"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/playbook"
)

// Playbooks knows the playbooks that are in force.
type Playbooks interface {
	// Plans returns the plans of those that have no problems and that something
	// else than the arrival of an alert may start, in a stable order.
	Plans() []*playbook.Plan
	// Start prepares a run of one: Plan, Bundles and what else is the
	// playbook's are set.
	Start(plan *playbook.Plan, by harrier.Principal) (engine.Start, error)
}

// Runs begins runs.
type Runs interface {
	// StartIn adds a run in the transaction of its cause. One that exists, or
	// that limits.one_per keeps from starting, is Conflict.
	StartIn(ctx context.Context, tx harrier.Tx, st engine.Start) (harrier.Run, error)
}

// Journal makes changes durable.
type Journal interface {
	// Write runs change in a transaction; it may be run again after a rollback.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Marks remembers how far causes were seen to.
type Marks interface {
	// TriggerMark returns a mark; ok is false where there is none.
	TriggerMark(ctx context.Context, tenant harrier.TenantID, name string) (at time.Time, ok bool, err error)
	// SetTriggerMark moves a mark on from where it was; zero means that there was
	// none. Where it is elsewhere by now, it is Conflict.
	SetTriggerMark(ctx context.Context, tx harrier.Tx, m Mark) error
	// ClaimCause notes that a cause was seen to by a run of an id; false where
	// that is noted already.
	ClaimCause(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, run harrier.RunID) (bool, error)
}

// Mark is how far causes were seen to.
type Mark struct {
	Tenant   harrier.TenantID
	Name     string
	From, To time.Time
}

// Store is all that the service asks of the store.
type Store interface {
	Journal
	Marks
	Cases
}

// Config is what the service is made of. All is required.
type Config struct {
	Store     Store
	Playbooks Playbooks
	Runs      Runs
	// Tenants lists those whose playbooks start, as they are now.
	Tenants func(ctx context.Context) ([]harrier.TenantID, error)
	Log     *slog.Logger
	Now     func() time.Time
}

// Service starts playbooks. One Run at a time; else it is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(cfg Config) *Service { return &Service{cfg} }

// cause is why a playbook starts.
type cause struct {
	by harrier.Principal
	// kind and key name it; the run's id follows from them and the playbook.
	kind, key string
	start     engine.Start
	// says is for the audit trail.
	says map[string]any
	// barred says why it must not start; empty where it may.
	barred string
}

// id is the run of a playbook for a cause.
func (c cause) id(plan *playbook.Plan) harrier.RunID {
	return harrier.DeriveID[harrier.RunID]("run of "+c.kind, c.by.Tenant.String(), c.key, plan.ID)
}

// beginOnce is begin, unless the cause was seen to before, whatever came of it.
func (s *Service) beginOnce(ctx context.Context, tx harrier.Tx, plan *playbook.Plan, c cause) error {
	fresh, err := s.cfg.Store.ClaimCause(ctx, tx, c.by.Tenant, c.id(plan))
	if err != nil || !fresh {
		return err
	}
	return s.begin(ctx, tx, plan, c)
}

// begin starts a playbook for a cause. One that cannot start is told in
// the audit trail and keeps nothing else from happening.
func (s *Service) begin(ctx context.Context, tx harrier.Tx, plan *playbook.Plan, c cause) error {
	st, err := s.cfg.Playbooks.Start(plan, c.by)
	if err == nil && c.barred != "" {
		err = harrier.Errorf(harrier.Invalid, "%s", c.barred)
	}
	if err == nil {
		st.ID = c.id(plan)
		st.By, st.Alert, st.AlertDoc, st.Case, st.CaseDoc, st.Priority = c.by, c.start.Alert, c.start.AlertDoc, c.start.Case, c.start.CaseDoc, c.start.Priority
		_, err = s.cfg.Runs.StartIn(ctx, tx, st)
	}
	said := map[string]any{"playbook": plan.ID, "trigger": c.kind}
	maps.Copy(said, c.says)
	switch kind := harrier.KindOf(err); {
	case err == nil:
		said["run"] = st.ID
	case kind == harrier.Conflict || kind == harrier.Invalid:
		said["skipped"] = err.Error()
		s.cfg.Log.Warn("playbook not started", "playbook", plan.ID, "trigger", c.kind, "reason", err.Error())
	default:
		return err
	}
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	return harrier.Deed{Action: "playbook.trigger", Target: plan.ID, About: said, At: now}.Record(ctx, tx, s.cfg.Store, c.by)
}

// system is who acts where nobody does.
func system(tenant harrier.TenantID, name string) harrier.Principal {
	return harrier.Principal{ID: harrier.SystemPrincipal, Tenant: tenant, Name: name}
}
