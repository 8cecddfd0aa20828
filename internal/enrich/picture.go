package enrich

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/schema"
)

// The bounds of a picture. What is beyond them is told as missing.
const (
	mostEntities    = 100
	mostObservables = 200
	mostMissing     = 100
)

// Picture makes the picture of a finding. pending tells that not everybody had
// answered at the deadline: then [Service.Later] belongs into the transaction
// that keeps the alert, and the judgement is provisional. An error is one of
// Harrier's own, such as a database that cannot be read.
func (s *Service) Picture(ctx context.Context, req Request) (p picture.Picture, pending bool, err error) {
	d := s.begin(req)
	if err := d.known(ctx); err != nil {
		return d.pic, false, err
	}
	if err := d.plan(ctx); err != nil {
		return d.pic, false, err
	}
	if err := d.before(ctx); err != nil {
		return d.pic, false, err
	}
	if err := d.wait(ctx); err != nil {
		return d.pic, false, err
	}
	if d.fill() == 0 {
		return d.pic, false, nil
	}
	pending, err = s.waits(ctx, req)
	return d.pic, pending, err
}

// drawing is a picture that is being made.
type drawing struct {
	s     *Service
	set   *Settings // those that held when it began
	req   Request
	pic   picture.Picture
	at    time.Time // of the event
	until time.Time // when waiting ends
	waits time.Duration
	lane  int
	slots []slot
}

// begin writes what the finding itself says, each thing once.
func (s *Service) begin(req Request) *drawing {
	now := s.cfg.Now().UTC()
	set := s.settings.Load()
	d := &drawing{s: s, set: set, req: req, at: req.At, lane: req.lane(), waits: cmp.Or(req.Deadline, set.Deadline)}
	if d.at.IsZero() {
		d.at = req.Finding.Time
	}
	if d.at.IsZero() || d.at.After(now) {
		d.at = now
	}
	d.until = now.Add(d.waits)
	d.pic = picture.Picture{At: now, Entities: []picture.Entity{}, Observables: []picture.Observable{}, Missing: []picture.Missing{}}
	d.entities()
	d.observables()
	return d
}

func (d *drawing) entities() {
	seen := make(map[harrier.Entity]bool, len(d.req.Finding.Entities))
	for _, e := range d.req.Finding.Entities {
		k := harrier.Entity{Type: e.Type, Key: e.Key}
		if e.Key == "" || seen[k] {
			continue
		}
		if len(d.pic.Entities) == mostEntities {
			d.missing(fmt.Sprintf("entities beyond the first %d", mostEntities), "everybody", "an alert with more is looked at in part only")
			return
		}
		seen[k] = true
		d.pic.Entities = append(d.pic.Entities, picture.Entity{Entity: e})
	}
}

func (d *drawing) observables() {
	seen := make(map[[2]string]bool, len(d.req.Finding.Observables))
	for _, o := range d.req.Finding.Observables {
		k := [2]string{o.Type, o.Value}
		if o.Value == "" || seen[k] {
			continue
		}
		if len(d.pic.Observables) == mostObservables {
			d.missing(fmt.Sprintf("observables beyond the first %d", mostObservables), "everybody", "an alert with more is looked at in part only")
			return
		}
		seen[k] = true
		d.pic.Observables = append(d.pic.Observables, picture.Observable{Observable: o, Verdict: "unknown"})
	}
}

// missing tells of a gap.
func (d *drawing) missing(what, from, why string) {
	if len(d.pic.Missing) < mostMissing {
		d.pic.Missing = append(d.pic.Missing, picture.Missing{What: what, From: from, Why: why})
	}
}

// known writes what Harrier itself knows.
func (d *drawing) known(ctx context.Context) error {
	cfg, tenant := d.s.cfg, d.req.Tenant
	if cfg.Inventory != nil && len(d.pic.Entities) > 0 {
		if err := cfg.Inventory.Fill(ctx, tenant, d.pic.Entities, d.at); err != nil {
			return err
		}
	}
	if cfg.Risk != nil && len(d.pic.Entities) > 0 {
		if err := cfg.Risk.Fill(ctx, tenant, d.pic.Entities, d.pic.At); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(d.pic.Entities, matters) {
		d.lane = min(d.lane, 1)
	}
	if cfg.Indicators == nil || len(d.pic.Observables) == 0 {
		return nil
	}
	list := make([]harrier.Observable, len(d.pic.Observables))
	for i, o := range d.pic.Observables {
		list[i] = o.Observable
	}
	allowed, err := cfg.Indicators.Allowed(ctx, tenant, list)
	if err != nil {
		return err
	}
	opinions, err := cfg.Indicators.Match(ctx, tenant, list, d.at)
	if err != nil {
		return err
	}
	for i := range d.pic.Observables {
		o := &d.pic.Observables[i]
		if i < len(allowed) {
			o.Allowed = allowed[i]
		}
		if i < len(opinions) {
			o.Opinions = append(o.Opinions, opinions[i]...)
		}
	}
	return nil
}

// matters reports whether an alert about it is served as a severe one is.
func matters(e picture.Entity) bool {
	return e.Criticality == "critical" || e.Criticality == "high" || e.VIP || e.Privileged
}

// before writes what came before.
func (d *drawing) before(ctx context.Context) error {
	cfg := d.s.cfg
	if cfg.Histories == nil {
		return nil
	}
	asked := Asked{
		Tenant: d.req.Tenant, Alert: d.req.Alert, Fingerprint: d.req.Fingerprint, At: d.pic.At, Since: d.pic.At.Add(-d.set.Lookback),
		Entities: make([]harrier.Entity, len(d.pic.Entities)), Observables: make([]harrier.Observable, len(d.pic.Observables)),
	}
	for i, e := range d.pic.Entities {
		asked.Entities[i] = e.Entity
	}
	for i, o := range d.pic.Observables {
		asked.Observables[i] = o.Observable
	}
	history, seen, err := cfg.Histories.History(ctx, asked)
	if err != nil {
		return err
	}
	d.pic.History = history
	for i := range min(len(seen), len(d.pic.Observables)) {
		d.pic.Observables[i].Seen = seen[i]
	}
	return nil
}

// wait waits for the answers that are still to come, until the deadline.
func (d *drawing) wait(ctx context.Context) error {
	var timer *time.Timer
	for i := range d.slots {
		a := d.slots[i].ask
		if a == nil {
			continue
		}
		select {
		case <-a.done:
			continue
		default:
		}
		if timer == nil {
			timer = time.NewTimer(d.until.Sub(d.s.cfg.Now()))
			defer timer.Stop()
		}
		select {
		case <-a.done:
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// fill writes the answers, and what is missing, and returns how many may still come.
func (d *drawing) fill() (open int) {
	for i := range d.slots {
		if d.slot(&d.slots[i]) {
			open++
		}
	}
	for i := range d.pic.Observables {
		conclude(&d.pic.Observables[i])
	}
	return open
}

// slot writes one answer, and reports whether it may still come.
func (d *drawing) slot(s *slot) bool {
	a := s.ask
	if a != nil {
		select {
		case <-a.done:
			if a.err == nil {
				s.answer = a.answer
			}
		default:
			d.failed(s, fmt.Sprintf("it had not answered after %s", max(0, d.waits)))
			return true
		}
		if a.err != nil && !s.unknown(a.err) {
			d.failed(s, a.err.Text)
			return a.err.Class.Retryable()
		}
	}
	s.answered(d)
	return false
}

func (d *drawing) failed(s *slot, why string) {
	if s.observable >= 0 {
		d.pic.Observables[s.observable].Failed++
	}
	d.missing(s.about, s.question.Source.Name, why)
}

// conclude makes one verdict of the opinions: the worst. An allow list says
// harmless where nobody else says worse.
func conclude(o *picture.Observable) {
	order := schema.Verdicts()
	worst := -1
	for _, one := range o.Opinions {
		worst = max(worst, slices.Index(order, one.Verdict))
		o.Score = max(o.Score, one.Score)
	}
	slices.SortStableFunc(o.Opinions, func(a, b picture.Opinion) int {
		return cmp.Or(cmp.Compare(slices.Index(order, b.Verdict), slices.Index(order, a.Verdict)), strings.Compare(a.Reliability, b.Reliability))
	})
	switch {
	case o.Allowed != "" && worst <= slices.Index(order, "unknown"):
		o.Verdict = "benign"
	case worst >= 0:
		o.Verdict = order[worst]
	}
}
