package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// Submit takes a report and returns when its alert is durable.
func (s *Service) Submit(ctx context.Context, by harrier.Principal, r Report) (Receipt, error) {
	d, err := s.prepare(ctx, by, r)
	if err != nil {
		return Receipt{}, err
	}
	var receipt Receipt
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
		receipt, err = s.commit(ctx, tx, d)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	for _, skip := range receipt.Skipped {
		s.cfg.Log.Warn("playbook not started", "alert_id", receipt.Alert.ID, "playbook", skip.Playbook, "reason", skip.Reason)
	}
	if receipt.Existed {
		return s.again(ctx, by, receipt.Alert.ID)
	}
	return receipt, nil
}

// delivery is a report whose bytes are stored, ready to be committed.
type delivery struct {
	by        harrier.Principal
	alert     harrier.Alert
	artefacts []harrier.Evidence
	doc       map[string]any
	starts    []engine.Start
	barred    []Skip
	source    harrier.Source
	// finding is what is reported, and judged tells that assessment is what
	// triage makes of it.
	finding    harrier.Finding
	assessment Assessment
	judged     bool
}

// prepare checks a report, stores its bytes and finds what it triggers.
func (s *Service) prepare(ctx context.Context, by harrier.Principal, r Report) (delivery, error) {
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	d := delivery{by: by}
	if err := r.check(); err != nil {
		return d, err
	}
	data, err := r.encode()
	if err != nil {
		return d, err
	}
	d.alert = harrier.Alert{
		Tenant: by.Tenant, ID: harrier.NewID[harrier.AlertID](now), Source: SourceID(by.Tenant, r.Source), ExternalID: r.ExternalID,
		Title: clip(r.Title, 500), Category: r.Category, Severity: cmp.Or(r.Severity, "medium"), Status: "new",
		Data: data, CreatedAt: now, UpdatedAt: now, Rev: 1,
	}
	if err := s.storeBytes(ctx, &d, r.Evidence); err != nil {
		return d, err
	}
	if err := s.assess(ctx, &d, r); err != nil {
		return d, err
	}
	if d.doc, err = Document(d.alert, d.artefacts); err != nil || startsNothing(d.alert, d.assessment) {
		return d, err
	}
	starts, err := s.cfg.Playbooks.Matching(ctx, by, d.doc)
	d.starts, d.barred = allowed(starts, d.source)
	return d, err
}

// assess has triage judge a report. It is nobody's repeat: who reports by
// himself is answered by himself.
func (s *Service) assess(ctx context.Context, d *delivery, r Report) error {
	d.finding = harrier.Finding{
		ExternalID: d.alert.ExternalID, Title: d.alert.Title, Category: d.alert.Category, Severity: d.alert.Severity, Data: r.Data,
		Entities: r.Entities, Observables: r.Observables,
	}
	slim := d.finding
	slim.Data = nil
	var err error
	if d.alert.Finding, err = json.Marshal(slim); err != nil {
		return harrier.Errorf(harrier.Internal, "encode what is reported: %w", err)
	}
	if s.cfg.Triage == nil {
		return nil
	}
	if d.source, err = s.source(ctx, d.by.Tenant, r.Source); err != nil {
		return err
	}
	d.assessment, err = s.cfg.Triage.Assess(ctx, Question{Source: d.source, Alert: d.alert.ID, Finding: d.finding, Now: d.alert.CreatedAt})
	if err != nil {
		return err
	}
	d.judged, d.alert.Observed = true, !d.source.Live
	it := &item{traveller: &traveller{source: d.source}, finding: d.finding, plan: plan{alert: d.alert, assessment: d.assessment}}
	if err := decide(&it.plan.alert, d.assessment); err != nil {
		return err
	}
	it.statusOf()
	d.alert = it.plan.alert
	return nil
}

// source returns the source of a name. One that nobody has declared is whoever
// has the right to report: what it tells is acted on.
func (s *Service) source(ctx context.Context, tenant harrier.TenantID, name string) (harrier.Source, error) {
	src, err := s.cfg.Store.SourceByName(ctx, tenant, name)
	if harrier.KindOf(err) == harrier.NotFound {
		return undeclared(tenant, SourceID(tenant, name), name), nil
	}
	return src, err
}

// undeclared is a source that only reports name.
func undeclared(tenant harrier.TenantID, id harrier.SourceID, name string) harrier.Source {
	return harrier.Source{Tenant: tenant, ID: id, Name: name, Kind: "local", Live: true, Enabled: true}
}

// storeBytes stores the bytes of the artefacts and makes their rows.
func (s *Service) storeBytes(ctx context.Context, d *delivery, items []Item) error {
	for i, item := range items {
		blob, err := s.cfg.Blobs.Put(ctx, d.alert.Tenant, item.Reader, s.cfg.MaxEvidence)
		if err != nil {
			return err
		}
		d.artefacts = append(d.artefacts, harrier.Evidence{
			Tenant: d.alert.Tenant, ID: harrier.NewID[harrier.EvidenceID](d.alert.CreatedAt), SHA256: blob.SHA256, Size: blob.Size,
			Name: cmp.Or(clip(item.Name, 200), fmt.Sprintf("artefact-%d", i+1)), MediaType: cmp.Or(clip(item.MediaType, 100), "application/octet-stream"),
			Alert: d.alert.ID, CreatedAt: d.alert.CreatedAt, CreatedBy: d.by.ID,
		})
	}
	return nil
}

// commit adds the alert with its evidence and its runs, unless it is there already.
func (s *Service) commit(ctx context.Context, tx harrier.Tx, d delivery) (Receipt, error) {
	receipt := Receipt{Alert: d.alert}
	id, existed, err := s.cfg.Store.Submit(ctx, tx, d.alert)
	if err != nil || existed {
		receipt.Alert.ID, receipt.Existed = id, existed
		return receipt, err
	}
	if err := s.cfg.Store.IndexAlert(ctx, tx, d.alert, d.finding); err != nil {
		return receipt, err
	}
	if d.judged {
		if err := s.cfg.Triage.Follow(ctx, tx, d.alert, d.finding, d.assessment); err != nil {
			return receipt, err
		}
	}
	for _, e := range d.artefacts {
		if err := s.cfg.Store.AddEvidence(ctx, tx, e); err != nil {
			return receipt, err
		}
	}
	var skipped []Skip
	receipt.Runs, skipped, err = launch(ctx, tx, s.cfg.Runs, launching{by: d.by, alert: d.alert, doc: d.doc, starts: d.starts})
	if err != nil {
		return receipt, err
	}
	receipt.Skipped = slices.Concat(d.barred, skipped)
	return receipt, s.audit(ctx, tx, d, receipt)
}

// audit writes what was taken and what did not start.
func (s *Service) audit(ctx context.Context, tx harrier.Tx, d delivery, r Receipt) error {
	about := map[string]any{
		"source": d.doc["source"], "external_id": d.alert.ExternalID, "evidence": len(d.artefacts), "runs": r.Runs, "skipped": r.Skipped,
	}
	return harrier.Deed{Action: "alert.submit", Target: d.alert.ID.String(), About: about, At: d.alert.CreatedAt}.Record(ctx, tx, s.cfg.Store, d.by)
}

// again is the receipt of a report that had come before.
func (s *Service) again(ctx context.Context, by harrier.Principal, id harrier.AlertID) (Receipt, error) {
	a, err := s.cfg.Store.Alert(ctx, by.Tenant, id)
	if err != nil {
		return Receipt{}, err
	}
	r := Receipt{Alert: a, Existed: true}
	for page := (harrier.Page{Limit: 500}); ; {
		runs, next, err := s.cfg.Store.Runs(ctx, by.Tenant, harrier.RunFilter{Viewer: harrier.SystemPrincipal, Alert: id}, page)
		if err != nil {
			return Receipt{}, err
		}
		for _, run := range runs {
			if run.Parent.IsZero() { // what a run called was not started by the report
				r.Runs = append(r.Runs, run.ID)
			}
		}
		if next == "" {
			return r, nil
		}
		page.Cursor = next
	}
}
