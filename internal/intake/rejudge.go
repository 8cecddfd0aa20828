package intake

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

// Rejudge judges an alert again, because more is known: an answer arrived, new
// intelligence names one of its observables, somebody asks for it. What the
// decision starts that has not been started is started; an alert that was
// closed is opened again where it turns out to need somebody now.
func (p *Pipeline) Rejudge(ctx context.Context, tenant harrier.TenantID, id harrier.AlertID, why string) error {
	const most = 5
	for try := 0; ; try++ {
		err := p.rejudge(ctx, tenant, id, why)
		if harrier.KindOf(err) != harrier.Conflict || err == nil || try == most {
			return err
		}
	}
}

// rejudge is one try of [Pipeline.Rejudge]; it is Conflict where the alert
// changed meanwhile.
func (p *Pipeline) rejudge(ctx context.Context, tenant harrier.TenantID, id harrier.AlertID, why string) error {
	a, err := p.cfg.Store.Alert(ctx, tenant, id)
	if err != nil {
		return err
	}
	src, err := p.source(ctx, tenant, a.Source)
	if harrier.KindOf(err) == harrier.NotFound {
		src, err = undeclared(tenant, a.Source, a.Source.String()), nil
	}
	if err != nil {
		return err
	}
	it, err := again(a, src, p.cfg.Now().UTC().Truncate(time.Microsecond))
	if err != nil {
		return err
	}
	if err := p.judge(ctx, it); err != nil {
		return err
	}
	return p.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		now, err := p.cfg.Store.AlertIn(ctx, tx, tenant, id)
		if err != nil {
			return err
		}
		next := withCounts(it.plan.alert, now)
		if err := p.cfg.Store.UpdateAlert(ctx, tx, next); err != nil {
			return err
		}
		what := happened{"judged", why}
		if a.Status == "closed" && next.Status != "closed" {
			what.kind = "reopened"
		}
		return p.follow(ctx, tx, it, what)
	})
}

// again is an alert as a finding that is to be judged once more.
func again(a harrier.Alert, src harrier.Source, now time.Time) (*item, error) {
	var f harrier.Finding
	if err := decode(a.Finding, &f); err != nil {
		return nil, harrier.Errorf(harrier.Internal, "what is known of alert %s cannot be read: %w", a.ID, err)
	}
	if err := decode(a.Data, &f.Data); err != nil {
		return nil, harrier.Errorf(harrier.Internal, "the data of alert %s cannot be read: %w", a.ID, err)
	}
	if f.Title == "" { // it was reported before there were findings
		f.ExternalID, f.Title, f.Category, f.Severity = a.ExternalID, a.Title, a.Category, a.Severity
	}
	it := &item{traveller: &traveller{source: src, event: harrier.RawEvent{Tenant: a.Tenant, Source: a.Source, Received: now}}, finding: f, fingerprint: a.Fingerprint}
	it.plan = plan{outcome: rise, known: a, alert: a, finding: f}
	it.plan.alert.Severity, it.plan.alert.UpdatedAt = f.Severity, now
	return it, nil
}
