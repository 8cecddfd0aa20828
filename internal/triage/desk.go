package triage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// DeskStore is what the store does for people who work on alerts.
type DeskStore interface {
	Alerts
	// Write runs change in a transaction and returns when it is durable.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
	// SeeAlertIn is NotFound where an alert does not exist or is hidden from the viewer.
	SeeAlertIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Viewer, id harrier.AlertID) error
	// MarkAlert stores the owner and the tags of an alert.
	MarkAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert) error
	// AddAlertChange writes what happened to an alert.
	AddAlertChange(ctx context.Context, tx harrier.Tx, ch harrier.AlertChange) error
}

// Joiner puts alerts into cases.
type Joiner interface {
	// AddAlertIn puts an alert into a case, both of which the person sees; added
	// is false where it was there.
	AddAlertIn(ctx context.Context, tx harrier.Tx, by harrier.Principal, l casework.Link) (added bool, err error)
}

// Desk is where people work on alerts. It is safe for concurrent use.
type Desk struct {
	store DeskStore
	cases Joiner
	now   func() time.Time
}

// NewDesk returns the desk.
func NewDesk(store DeskStore, cases Joiner, now func() time.Time) *Desk {
	return &Desk{store, cases, now}
}

// Rehearsal is the desk whose changes are made and taken back: what it answers
// is what would be.
func (d *Desk) Rehearsal() *Desk { return &Desk{rehearsed{d.store}, d.cases, d.now} }

// rehearsed is a store that keeps nothing.
type rehearsed struct{ DeskStore }

// Write implements [DeskStore].
func (r rehearsed) Write(ctx context.Context, change func(harrier.Tx) error) error {
	return harrier.Rehearse(ctx, r.DeskStore.Write, change)
}

// Op is one thing that a person does to an alert. One of its fields is set.
type Op struct {
	Close *Closing
	// Reopen says why the alert is looked at again.
	Reopen string
	// Assign is whose the alert is from now on; nobody's for an empty person.
	Assign              *harrier.Person
	AddTags, RemoveTags []string
	Severity            string
	// Case is the case that the alert is put into.
	Case harrier.CaseID
}

// maxReason bounds what people write.
const maxReason = 64 << 10

// sound refuses what cannot be done to any alert.
func (op Op) sound() error {
	switch {
	case op.Close != nil && !slices.Contains(dispositions().Values, op.Close.Disposition):
		return harrier.Errorf(harrier.Invalid, "%q is no disposition; use one of %s", op.Close.Disposition, strings.Join(dispositions().Values, ", "))
	case op.Close != nil && (strings.TrimSpace(op.Close.Reason) == "" || len(op.Close.Reason) > maxReason):
		return harrier.Errorf(harrier.Invalid, "say why it is %s, in %d bytes at most", strings.ReplaceAll(op.Close.Disposition, "_", " "), maxReason)
	case len(op.Reopen) > maxReason:
		return harrier.Errorf(harrier.Invalid, "the reason is longer than %d bytes; shorten it", maxReason)
	case op.Severity != "" && !slices.Contains(severities().Values, op.Severity):
		return harrier.Errorf(harrier.Invalid, "%q is no severity; use one of %s", op.Severity, strings.Join(severities().Values, ", "))
	}
	return nil
}

// done is what became of an alert.
type done struct {
	// action is for the audit, kind and text for the alert's history.
	action, kind, text string
	about              map[string]any
	// marked tells that its owner or its tags changed.
	marked bool
}

// Apply does one thing to an alert, as a person saw it at a revision; 0 does not
// look. It tells whether there was something to do. The alert, its history and
// the audit row are one change. An alert that the person may not see is NotFound.
func (d *Desk) Apply(ctx context.Context, by harrier.Principal, id harrier.AlertID, rev int64, op Op) (a harrier.Alert, changed bool, err error) {
	if err := op.sound(); err != nil {
		return a, false, err
	}
	err = d.store.Write(ctx, func(tx harrier.Tx) error {
		changed = false
		if err := d.store.SeeAlertIn(ctx, tx, by.Tenant, by.ID, id); err != nil {
			return err
		}
		var err error
		if a, err = d.store.AlertIn(ctx, tx, by.Tenant, id); err != nil {
			return err
		}
		if rev != 0 && rev != a.Rev {
			return ErrStale
		}
		now := d.now().UTC().Truncate(time.Microsecond)
		if !op.Case.IsZero() {
			changed, err = d.cases.AddAlertIn(ctx, tx, by, casework.Link{Tenant: by.Tenant, Case: op.Case, Alert: id, At: now})
			return err
		}
		what, err := op.on(&a, by, now)
		if err != nil || what.action == "" {
			return err
		}
		changed, a.UpdatedAt = true, now
		return d.keep(ctx, tx, by, &a, what)
	})
	return a, changed && err == nil, err
}

// ErrStale says that an alert is not as the person saw it.
var ErrStale error = &harrier.Error{Kind: harrier.Conflict, Text: "the alert was changed meanwhile; look at it again and repeat the change"}

// on does the operation to an alert, and tells what it did; nothing where there
// was nothing to do.
func (op Op) on(a *harrier.Alert, by harrier.Principal, now time.Time) (done, error) {
	switch {
	case op.Close != nil:
		return op.Close.on(a, by, now)
	case op.Reopen != "":
		return reopened(a, by, op.Reopen), nil
	case op.Assign != nil:
		return assigned(a, *op.Assign, by), nil
	case len(op.AddTags)+len(op.RemoveTags) > 0:
		return op.tag(a, by)
	case op.Severity != "":
		if op.Severity == a.Severity {
			return done{}, nil
		}
		text := fmt.Sprintf("severity: %s → %s, by %s", a.Severity, op.Severity, by.Name)
		about := map[string]any{"was": a.Severity, "severity": op.Severity}
		a.Severity = op.Severity
		return done{action: "alert.severity", kind: "changed", text: text, about: about}, nil
	}
	return done{}, harrier.Errorf(harrier.Invalid, "say what is to be done")
}

// on closes an alert. Whoever closes what is nobody's takes it on.
func (c Closing) on(a *harrier.Alert, by harrier.Principal, now time.Time) (done, error) {
	if changed, err := shut(a, c, now, "reopen it"); err != nil || !changed {
		return done{}, err
	}
	d := done{action: "alert.close", kind: "closed", text: fmt.Sprintf("closed by %s as %s: %s", by.Name, c.Disposition, c.Reason), about: map[string]any{"disposition": c.Disposition}}
	if a.Owner.ID.IsZero() {
		a.Owner, d.marked = harrier.Person{ID: by.ID, Name: by.Name}, true
	}
	return d, nil
}

// reopened opens a closed alert again.
func reopened(a *harrier.Alert, by harrier.Principal, reason string) done {
	if a.Status != StatusClosed {
		return done{}
	}
	about := map[string]any{"was": a.Disposition}
	reopen(a, StatusInProgress)
	return done{action: "alert.reopen", kind: "reopened", text: fmt.Sprintf("opened again by %s: %s", by.Name, reason), about: about}
}

// assigned gives an alert to somebody, who works on it from then on.
func assigned(a *harrier.Alert, to harrier.Person, by harrier.Principal) done {
	if a.Owner.ID == to.ID {
		return done{}
	}
	d := done{action: "alert.assign", kind: "changed", text: "nobody works on it any more, says " + by.Name, about: map[string]any{}, marked: true}
	if !to.ID.IsZero() {
		d.text, d.about["owner"] = fmt.Sprintf("given to %s by %s", cmp.Or(to.Name, to.ID.String()), by.Name), to.ID.String()
		if a.Status == StatusNew {
			a.Status = StatusInProgress
		}
	}
	a.Owner = to
	return d
}

// tag changes the tags of an alert.
func (op Op) tag(a *harrier.Alert, by harrier.Principal) (done, error) {
	tags := casework.Retag(a.Tags, op.AddTags, op.RemoveTags)
	if slices.Equal(tags, a.Tags) {
		return done{}, nil
	}
	if err := casework.CheckTags("an alert", tags); err != nil {
		return done{}, err
	}
	a.Tags = tags
	text := fmt.Sprintf("tags: %s, by %s", strings.Join(tags, ", "), by.Name)
	return done{action: "alert.tag", kind: "changed", text: text, about: map[string]any{"tags": len(tags)}, marked: true}, nil
}

// keep stores an alert as it stands, with what happened to it and the audit row.
func (d *Desk) keep(ctx context.Context, tx harrier.Tx, by harrier.Principal, a *harrier.Alert, what done) error {
	if err := d.store.UpdateAlert(ctx, tx, *a); err != nil {
		return err
	}
	a.Rev++
	if what.marked {
		if err := d.store.MarkAlert(ctx, tx, *a); err != nil {
			return err
		}
	}
	change := harrier.AlertChange{Tenant: a.Tenant, Alert: a.ID, At: a.UpdatedAt, Kind: what.kind, Text: what.text}
	if err := d.store.AddAlertChange(ctx, tx, change); err != nil {
		return err
	}
	return harrier.Deed{Action: what.action, Target: a.ID.String(), About: what.about, At: a.UpdatedAt}.Record(ctx, tx, d.store, by)
}
