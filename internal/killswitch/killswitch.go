package killswitch

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Scope is which effects are stopped.
type Scope string

// The scopes.
const (
	// All stops everything that leaves a trace in the world.
	All Scope = "all"
	// Contain stops what contains or destroys.
	Contain Scope = "contain"
)

// Stops reports whether the scope includes an effect.
func (s Scope) Stops(e harrier.Effect) bool {
	return e.Writes() && (s == All || e == harrier.Contain || e == harrier.Destroy)
}

// Switch is a stop that holds.
type Switch struct {
	// Tenant is zero where all tenants are stopped.
	Tenant harrier.TenantID
	Scope  Scope
	// AllowUndo lets what is contained be taken back.
	AllowUndo bool
	Reason    string
	OnAt      time.Time
	OnBy      harrier.PrincipalID
	OnName    string
	// OffBy has asked for its end; zero where nobody did.
	OffBy     harrier.PrincipalID
	OffName   string
	OffReason string
	OffAt     time.Time
	Rev       int64
}

// Store keeps switches.
type Store interface {
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Switches lists those that stop a tenant: its own and that of all.
	Switches(ctx context.Context, tenant harrier.TenantID) ([]Switch, error)
	// SwitchIn returns that of a tenant, or of all for zero; ok is false where
	// there is none.
	SwitchIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID) (s Switch, ok bool, err error)
	// PutSwitch puts it on, or changes it.
	PutSwitch(ctx context.Context, tx harrier.Tx, s Switch) error
	// DropSwitch takes it off.
	DropSwitch(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID) error
	// ResumeStopped makes up to limit runs ready that wait for a switch though
	// none stops their tenant, and tells how many those were.
	ResumeStopped(ctx context.Context, tx harrier.Tx, now time.Time, limit int) (int64, error)
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Config is what the service is made of. All is required but Others.
type Config struct {
	Store Store
	// Others tells whether somebody beside some people may take a switch off; nil
	// means that there always is somebody.
	Others func(ctx context.Context, tenant harrier.TenantID, hands []harrier.PrincipalID) (bool, error)
	// Tell lets people know, in the transaction of what they are told of.
	Tell func(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, title, text string) error
	// Resumed is called when runs were made ready.
	Resumed func()
	Now     func() time.Time
}

// Service puts switches on and takes them off.
type Service struct{ cfg Config }

// New returns a service.
func New(cfg Config) *Service { return &Service{cfg} }

// Order is what somebody wants of a switch.
type Order struct {
	Scope     Scope
	AllowUndo bool
	Reason    string
	// Everybody is about all tenants.
	Everybody bool
}

const maxReason = 1000

// tenant is whose switch an order is about.
func (o Order) tenant(by harrier.Principal) (harrier.TenantID, error) {
	switch {
	case !o.Everybody:
		return by.Tenant, nil
	case by.Tenant != harrier.DefaultTenant:
		return harrier.TenantID{}, harrier.Errorf(harrier.Denied, "only the tenant that runs the installation stops all tenants, or lets them go on; stop your own")
	}
	return harrier.TenantID{}, nil
}

func reasonOf(text string) error {
	if strings.TrimSpace(text) == "" || len(text) > maxReason {
		return harrier.Errorf(harrier.Invalid, "reason: say why, in 1 to %d bytes", maxReason)
	}
	return nil
}

// Switches lists what stops somebody's tenant.
func (s *Service) Switches(ctx context.Context, by harrier.Principal) ([]Switch, error) {
	return s.cfg.Store.Switches(ctx, by.Tenant)
}

// Stop puts a switch on. One that is on already is made wider, never narrower,
// except that the undo of containments may be allowed; whoever has asked for its
// end has to ask again.
func (s *Service) Stop(ctx context.Context, by harrier.Principal, o Order) (sw Switch, err error) {
	if err := reasonOf(o.Reason); err != nil {
		return sw, err
	}
	if !slices.Contains([]Scope{All, Contain}, o.Scope) {
		return sw, harrier.Errorf(harrier.Invalid, "effects: %q is neither all nor contain", o.Scope)
	}
	tenant, err := o.tenant(by)
	if err != nil {
		return sw, err
	}
	now := s.now()
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		was, on, err := s.cfg.Store.SwitchIn(ctx, tx, tenant)
		if err != nil {
			return err
		}
		sw = Switch{Tenant: tenant, Scope: o.Scope, AllowUndo: o.AllowUndo, Reason: o.Reason, OnAt: now, OnBy: by.Self(), OnName: by.Name, Rev: was.Rev + 1}
		if on && was.Scope == All {
			sw.Scope = All
		}
		if err := s.cfg.Store.PutSwitch(ctx, tx, sw); err != nil {
			return err
		}
		if err := s.audit(ctx, tx, by, deed{"switch.on", sw, now}); err != nil {
			return err
		}
		return s.cfg.Tell(ctx, tx, by.Tenant, "Effects were stopped by "+by.Name, sw.sentence()+"\nReason: "+o.Reason+"\nRuns wait; harrier resume lets them go on, by two people.")
	})
	return sw, err
}

// sentence says what a switch stops.
func (s Switch) sentence() string {
	text := map[Scope]string{All: "No effect begins", Contain: "Nothing is contained or destroyed"}[s.Scope]
	if s.Tenant.IsZero() {
		text += " in any tenant"
	}
	if s.AllowUndo {
		text += "; what is contained can be taken back"
	}
	return text + "."
}

// Resume asks for the end of a switch, or, where somebody else has asked or
// nobody else could agree, ends it. Runs that waited go on.
func (s *Service) Resume(ctx context.Context, by harrier.Principal, o Order) (sw Switch, off bool, err error) {
	if err := reasonOf(o.Reason); err != nil {
		return sw, false, err
	}
	tenant, err := o.tenant(by)
	if err != nil {
		return sw, false, err
	}
	others := true
	if s.cfg.Others != nil {
		if others, err = s.cfg.Others(ctx, by.Tenant, []harrier.PrincipalID{by.Self()}); err != nil {
			return sw, false, err
		}
	}
	now := s.now()
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
		var on bool
		if sw, on, err = s.cfg.Store.SwitchIn(ctx, tx, tenant); err != nil {
			return err
		}
		off = false
		switch {
		case !on:
			return harrier.Errorf(harrier.NotFound, "nothing is stopped here")
		case !others:
			sw.OffName, sw.OffReason = by.Name, o.Reason
		case sw.OffBy.IsZero():
			sw.OffBy, sw.OffName, sw.OffReason, sw.OffAt, sw.Rev = by.Self(), by.Name, o.Reason, now, sw.Rev+1
			if err := s.cfg.Store.PutSwitch(ctx, tx, sw); err != nil {
				return err
			}
			return s.audit(ctx, tx, by, deed{"switch.off_asked", sw, now})
		case sw.OffBy == by.Self():
			return harrier.Errorf(harrier.Denied, "you have asked for the end of this stop; a second person ends it")
		}
		off = true
		if err := s.cfg.Store.DropSwitch(ctx, tx, tenant); err != nil {
			return err
		}
		if err := s.audit(ctx, tx, by, deed{"switch.off", sw, now}); err != nil {
			return err
		}
		text := "Asked for by " + sw.OffName + ": " + sw.OffReason + "\nAgreed by " + by.Name + ": " + o.Reason
		if !others {
			text = "Ended by " + by.Name + ", beside whom nobody could: " + o.Reason
		}
		return s.cfg.Tell(ctx, tx, by.Tenant, "Effects may begin again", text)
	})
	if err != nil || !off {
		return sw, off, err
	}
	return sw, off, s.Release(ctx)
}

// atOnce bounds the runs that one change makes ready.
const atOnce = 200

// Release makes runs ready that wait for a switch which is off. A process that
// was killed meanwhile does it when it starts.
func (s *Service) Release(ctx context.Context) error {
	for {
		var n int64
		err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
			n, err = s.cfg.Store.ResumeStopped(ctx, tx, s.now(), atOnce)
			tx.OnCommit(s.cfg.Resumed)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// deed is what the audit trail keeps of a switch.
type deed struct {
	action string
	sw     Switch
	at     time.Time
}

func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, d deed) error {
	target := "all"
	if !d.sw.Tenant.IsZero() {
		target = d.sw.Tenant.String()
	}
	about := map[string]any{"scope": d.sw.Scope, "allow_undo": d.sw.AllowUndo}
	return harrier.Deed{Action: d.action, Target: target, About: about, At: d.at}.Record(ctx, tx, s.cfg.Store, by)
}
