package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/internal/trigger"
)

// plan is what is going to be done with a finding, made outside of the
// transaction, which holds it against what is known by then.
type plan struct {
	outcome outcome
	// known is what the finding was weighed against.
	known harrier.Alert
	// alert is what is to be stored, of which finding.
	alert      harrier.Alert
	finding    harrier.Finding
	assessment Assessment
	doc        map[string]any
	starts     []engine.Start
	// barred are playbooks that its source may not trigger.
	barred []Skip
}

// ready weighs a finding and judges it where that is needed. What follows
// another of its fingerprint in the batch is most likely a repeat.
func (p *Pipeline) ready(ctx context.Context, it *item, follows bool) error {
	it.plan = plan{outcome: fold}
	if follows {
		return nil
	}
	a, ok, err := p.cfg.Store.Known(ctx, it.event.Tenant, it.event.Source, it.finding.ExternalID, it.fingerprint)
	if err != nil {
		return err
	}
	it.repeat = ok && a.ExternalID != it.finding.ExternalID && a.Fingerprint != it.fingerprint
	it.plan.outcome, it.plan.known = weigh(a, ok, it, it.event.Received), a
	if !it.plan.outcome.judged() {
		return nil
	}
	if err := it.draft(p.cfg.Now().UTC().Truncate(time.Microsecond)); err != nil {
		return err
	}
	return p.judge(ctx, it)
}

// draft makes the alert that is to be stored, not judged yet.
func (it *item) draft(now time.Time) error {
	pl, f := &it.plan, it.finding
	a := pl.known
	if pl.outcome == create {
		a = harrier.Alert{
			Tenant: it.event.Tenant, ID: harrier.NewID[harrier.AlertID](now), Source: it.event.Source, ExternalID: f.ExternalID, Status: "new",
			CreatedAt: now, Rev: 1, Fingerprint: it.fingerprint, Observed: it.observed(),
		}
	} else {
		f = merged(a, f)
		a.Observed = a.Observed && it.observed()
	}
	data, err := Report{Source: it.source.Name, Data: f.Data}.encode()
	if err != nil {
		return err
	}
	pl.finding = f
	f.Data = nil
	slim, err := json.Marshal(f)
	if err != nil {
		return harrier.Errorf(harrier.Invalid, "what the mapping made of the event is not JSON: %w", err)
	}
	a.Title, a.Description, a.Category, a.Severity = f.Title, clip(f.Description, 4000), f.Category, f.Severity
	a.EventAt, a.Rule, a.Data, a.Finding = f.Time, f.Rule, data, slim
	a.UpdatedAt = now
	if pl.outcome == create || pl.outcome == change {
		a.Version, a.Digest = f.Version, it.digest
	}
	pl.alert = a
	return nil
}

// observed reports whether nothing is to start on it by itself: its source is
// only observed, or it is old news.
func (it *item) observed() bool { return !it.source.Live || it.event.Backfill }

// judge has triage decide about the alert, and finds what that starts.
func (p *Pipeline) judge(ctx context.Context, it *item) (err error) {
	pl := &it.plan
	pl.assessment, err = p.cfg.Triage.Assess(ctx, Question{
		Source: it.source, Alert: pl.alert.ID, Finding: pl.finding, Fingerprint: it.fingerprint, Repeats: pl.known.Repeats,
		Backfill: it.event.Backfill, Now: p.cfg.Now(),
	})
	if err != nil {
		return fmt.Errorf("judge what %s reports: %w", it.source.Name, err)
	}
	pl.assessment.Before = pl.known.Picture
	if err := decide(&pl.alert, pl.assessment); err != nil {
		return err
	}
	it.statusOf()
	return p.match(ctx, it)
}

// decide writes a decision into an alert.
func decide(a *harrier.Alert, as Assessment) (err error) {
	d := as.Decision
	if d.Category != "" {
		a.Category = d.Category
	}
	if d.Severity != "" {
		a.Severity = d.Severity
	}
	a.Priority, a.Score, a.Route = d.Priority, d.Score, d.Route
	var err1, err2 error
	a.Decision, err1 = json.Marshal(d)
	a.Picture, err2 = json.Marshal(as.Picture)
	return errors.Join(err1, err2)
}

// statusOf decides where an alert stands: closed where triage or the source
// says so, open again where there is news about a closed one.
func (it *item) statusOf() {
	pl, f := &it.plan, it.finding
	a := &pl.alert
	shut := func(disposition, reason string) {
		a.Status, a.Disposition, a.Reason, a.ClosedAt = "closed", disposition, reason, a.UpdatedAt
	}
	open := func() { a.Status, a.Disposition, a.Reason, a.ClosedAt = "new", "", "", time.Time{} }
	d := pl.assessment.Decision
	switch {
	case a.Status == "closed" && pl.outcome != change && rises(pl.known.Route, d.Route):
		open()
	case pl.outcome == reopen:
		open()
	case d.Route == picture.ToClose && a.Status == "new":
		shut(cmp.Or(d.Disposition, "benign"), cmp.Or(d.Reason, "closed by triage"))
	case f.Status == "closed" && a.Status != "closed" && d.Route != picture.Escalate:
		shut(cmp.Or(f.Disposition, "inconclusive"), "closed at its source, "+it.source.Name)
	case pl.outcome == change && a.Status == "closed" && (worse(a.Severity, pl.known.Severity) || f.Status == "new" || f.Status == "in_progress"):
		open()
	}
}

// rises reports whether a route wants people more than the one before, so that
// they look again at what was closed.
func rises(before, now string) bool {
	order := []string{picture.ToClose, picture.ToLog, picture.ToQueue, picture.ToCase, picture.Escalate}
	return (now == picture.ToCase || now == picture.Escalate) && slices.Index(order, now) > slices.Index(order, before)
}

// match finds the playbooks that the alert starts.
func (p *Pipeline) match(ctx context.Context, it *item) (err error) {
	pl := &it.plan
	pl.starts, pl.barred = nil, nil
	if startsNothing(pl.alert, pl.assessment) {
		return nil
	}
	if pl.doc, err = Document(pl.alert, nil); err != nil {
		return err
	}
	starts, err := p.cfg.Playbooks.Matching(ctx, it.by(), pl.doc)
	pl.starts, pl.barred = allowed(starts, it.source)
	return err
}

// startsNothing reports whether an alert starts no playbook, whichever match:
// it is only observed or old news, triage logs or closes it, or nobody is to
// hear of it.
func startsNothing(a harrier.Alert, as Assessment) bool {
	return a.Observed || a.Status == "closed" || a.Route == picture.ToLog || as.Quiet
}

// allowed parts playbooks into those that a source may trigger, and those that
// may do more than it allows.
func allowed(starts []engine.Start, src harrier.Source) (may []engine.Start, barred []Skip) {
	for _, st := range starts {
		if action := trigger.Forbidden(st.Plan, src.Allows); action != "" {
			barred = append(barred, Skip{st.Plan.ID, "it may call " + action + ", which the source " + src.Name + " does not allow to what it triggers"})
			continue
		}
		may = append(may, st)
	}
	return may, barred
}

// by is who acts for a source.
func (it *item) by() harrier.Principal {
	return harrier.Principal{ID: harrier.SystemPrincipal, Tenant: it.event.Tenant, Name: "source " + it.source.Name}
}

// place holds a plan against what is known in the transaction, and carries it
// out; errUnready where it has to be made anew.
func (p *Pipeline) place(ctx context.Context, tx harrier.Tx, it *item) error {
	a, ok, err := p.knownIn(ctx, tx, it)
	if err != nil {
		return err
	}
	pl := &it.plan
	o := weigh(a, ok, it, it.event.Received)
	if o.judged() && (pl.alert.ID.IsZero() || o != pl.outcome || o != create && (a.ID != pl.known.ID || a.Rev != pl.known.Rev)) {
		return errUnready
	}
	state, reason, id := harrier.EventProcessed, "", a.ID
	switch o {
	case create:
		id, err = pl.alert.ID, p.create(ctx, tx, it)
	case change, rise, reopen:
		err = p.change(ctx, tx, it, a, o)
	case fold:
		state, reason = harrier.EventSuppressed, "a repeat of "+a.ID.String()
		err = p.fold(ctx, tx, it, a)
	case duplicate:
		state, reason = harrier.EventSuppressed, "known already as "+a.ID.String()
	case outdated:
		state, reason = harrier.EventSuppressed, "older than what is known of "+a.ID.String()
	}
	if err != nil {
		return err
	}
	it.event.Alert = id
	if !it.single {
		return nil
	}
	return p.endIn(ctx, tx, it.traveller, state, reason)
}

// knownIn returns the alert of a finding's id, or else the newest that is alike.
func (p *Pipeline) knownIn(ctx context.Context, tx harrier.Tx, it *item) (a harrier.Alert, ok bool, err error) {
	id, ok, err := p.cfg.Store.AlertKey(ctx, tx, it.event.Tenant, it.event.Source, it.finding.ExternalID)
	if err != nil {
		return a, false, err
	}
	if ok {
		a, err = p.cfg.Store.AlertIn(ctx, tx, it.event.Tenant, id)
		it.repeat = a.ExternalID != it.finding.ExternalID
		return a, err == nil, err
	}
	it.repeat = false
	return p.cfg.Store.LikeIn(ctx, tx, it.event.Tenant, it.fingerprint)
}

// create adds an alert with all that follows.
func (p *Pipeline) create(ctx context.Context, tx harrier.Tx, it *item) error {
	pl := &it.plan
	if _, _, err := p.cfg.Store.Submit(ctx, tx, pl.alert); err != nil {
		return err
	}
	if err := p.cfg.Store.IndexAlert(ctx, tx, pl.alert, pl.finding); err != nil {
		return err
	}
	return p.follow(ctx, tx, it, happened{"created", "Reported by " + it.source.Name})
}

// change stores an alert of which more is known.
func (p *Pipeline) change(ctx context.Context, tx harrier.Tx, it *item, a harrier.Alert, o outcome) error {
	pl := &it.plan
	what := happened{"changed", it.source.Name + " reports a newer state of it"}
	if o != change {
		if _, err := p.cfg.Store.ClaimKey(ctx, tx, a, it.finding.ExternalID); err != nil {
			return err
		}
		a = counted(a, it.event.Received)
		what = happened{"changed", "A repeat tells more of it"}
	}
	if o == reopen {
		what = happened{"reopened", "It was closed as " + a.Disposition + "; a repeat is worse, about something new, or far more frequent"}
	}
	next := withCounts(pl.alert, a)
	if err := p.cfg.Store.UpdateAlert(ctx, tx, next); err != nil {
		return err
	}
	if err := p.cfg.Store.IndexAlert(ctx, tx, next, pl.finding); err != nil {
		return err
	}
	return p.follow(ctx, tx, it, what)
}

// fold counts a repeat.
func (p *Pipeline) fold(ctx context.Context, tx harrier.Tx, it *item, a harrier.Alert) error {
	if _, err := p.cfg.Store.ClaimKey(ctx, tx, a, it.finding.ExternalID); err != nil {
		return err
	}
	return p.cfg.Store.Folded(ctx, tx, counted(a, it.event.Received), it.event.Received)
}

// happened is a line of an alert's history.
type happened struct{ kind, text string }

// follow writes what follows from a decision: risk and case, the runs, the
// history.
func (p *Pipeline) follow(ctx context.Context, tx harrier.Tx, it *item, what happened) error {
	pl := &it.plan
	if err := p.cfg.Triage.Follow(ctx, tx, pl.alert, pl.finding, pl.assessment); err != nil {
		return err
	}
	runs, skipped, err := launch(ctx, tx, p.cfg.Runs, launching{by: it.by(), alert: pl.alert, doc: pl.doc, starts: pl.starts})
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{
		"event": it.event.ID, "severity": pl.alert.Severity, "priority": pl.alert.Priority, "route": pl.alert.Route,
		"reason": pl.assessment.Decision.Reason, "runs": runs, "skipped": slices.Concat(pl.barred, skipped),
	})
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the history of alert %s: %w", pl.alert.ID, err)
	}
	return p.cfg.Store.AddAlertChange(ctx, tx, harrier.AlertChange{
		Tenant: pl.alert.Tenant, Alert: pl.alert.ID, At: pl.alert.UpdatedAt, Kind: what.kind, Text: what.text, Data: data,
	})
}

// launching is what starts on an alert.
type launching struct {
	by     harrier.Principal
	alert  harrier.Alert
	doc    map[string]any
	starts []engine.Start
}

// launch begins the runs of playbooks on an alert, each once in the alert's
// life. A playbook that cannot start keeps neither the alert nor others from it.
func launch(ctx context.Context, tx harrier.Tx, runs Runs, l launching) (begun []harrier.RunID, skipped []Skip, err error) {
	for _, st := range l.starts {
		// The id follows from alert and playbook, so that no alert can start one twice.
		st.ID = harrier.DeriveID[harrier.RunID]("run of alert", l.alert.ID.String(), st.Plan.ID)
		st.By, st.Alert, st.AlertDoc, st.Priority = l.by, l.alert.ID, l.doc, priority(l.alert.Severity)
		run, err := runs.StartIn(ctx, tx, st)
		switch kind := harrier.KindOf(err); {
		case err == nil:
			begun = append(begun, run.ID)
		case kind == harrier.Conflict || kind == harrier.Invalid:
			skipped = append(skipped, Skip{st.Plan.ID, err.Error()})
		default:
			return begun, skipped, err
		}
	}
	return begun, skipped, nil
}
