package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/door"
	"github.com/harrier-soar/harrier/internal/intake"
)

// reporters answers the API's questions about sources and what they deliver.
type reporters struct{ *App }

var (
	_ api.Sources = reporters{}
	_ api.Inbox   = reporters{}
)

// SourceProducts implements [api.Sources].
func (r reporters) SourceProducts(context.Context, harrier.Principal) ([]api.SourceProduct, error) {
	var list []api.SourceProduct
	for _, p := range r.reports.All() {
		list = append(list, api.SourceProduct{Name: p.Name, Title: p.Title, Kind: p.Kind, Mapping: p.Mapping})
	}
	return list, nil
}

// counts returns how much each source of a tenant has delivered.
func (r reporters) counts(ctx context.Context, tenant harrier.TenantID) (map[harrier.SourceID]harrier.SourceCounts, error) {
	rows, err := r.store.SourceCounts(ctx, tenant)
	all := make(map[harrier.SourceID]harrier.SourceCounts, len(rows))
	for _, row := range rows {
		all[row.Source] = row
	}
	return all, err
}

// Sources implements [api.Sources].
func (r reporters) Sources(ctx context.Context, by harrier.Principal) ([]api.Source, error) {
	rows, err := r.store.Sources(ctx, by.Tenant)
	if err != nil {
		return nil, err
	}
	counts, err := r.counts(ctx, by.Tenant)
	if err != nil {
		return nil, err
	}
	list := make([]api.Source, len(rows))
	for i, row := range rows {
		list[i] = sourceOf(row, counts[row.ID])
	}
	return list, nil
}

// sourceOf is a source as the API shows it, with what is weak about it.
func sourceOf(row harrier.Source, c harrier.SourceCounts) api.Source {
	out := api.SourceOf(row, c)
	var err error
	switch row.Kind {
	case "webhook":
		var s door.Settings
		s, err = door.ParseSettings(row.Settings)
		out.Warning = s.Warning()
	case "syslog":
		out.Warning, err = checkSyslog(row.Settings)
	}
	if err != nil {
		out.Warning = err.Error()
	}
	return out
}

// Source implements [api.Sources].
func (r reporters) Source(ctx context.Context, by harrier.Principal, name string) (api.Source, error) {
	row, err := r.store.SourceByName(ctx, by.Tenant, name)
	if err != nil {
		return api.Source{}, err
	}
	counts, err := r.counts(ctx, by.Tenant)
	if err != nil {
		return api.Source{}, err
	}
	out := sourceOf(row, counts[row.ID])
	requests, err := r.store.Requests(ctx, by.Tenant, row.ID)
	for _, q := range requests {
		out.Requests = append(out.Requests, api.SourceRequest{Kind: q.Kind, URL: q.URL, At: q.At})
	}
	return out, err
}

// AddSource implements [api.Sources].
func (r reporters) AddSource(ctx context.Context, by harrier.Principal, in api.AddSource) (api.SourceMade, error) {
	made, err := r.keeperOfSources.Add(ctx, by, door.Addition{
		Name: in.Name, Product: in.Product, Mapping: in.Mapping, TimeZone: in.TimeZone, Reliability: in.Reliability, Settings: in.Settings,
		Secret: in.Secret.Secret, Allows: in.Allows,
	})
	return madeOf(made, in.BaseURL), err
}

// madeOf is a new source with what its sender needs.
func madeOf(m door.Made, base string) api.SourceMade {
	base = cmp.Or(base, "https://HARRIER")
	out := api.SourceMade{Source: sourceOf(m.Source, harrier.SourceCounts{}), Secret: m.Secret.Reveal(), User: m.User, Header: m.Header, Warning: m.Warning}
	if m.Path != "" {
		out.URL = m.Fill("{url}", base)
	}
	for _, text := range m.Product.Steps {
		out.Steps = append(out.Steps, m.Fill(text, base))
	}
	for _, s := range m.Product.Snippets {
		out.Snippets = append(out.Snippets, api.Snippet{Title: m.Fill(s.Title, base), Text: m.Fill(s.Text, base)})
	}
	return out
}

// ChangeSource implements [api.Sources].
func (r reporters) ChangeSource(ctx context.Context, by harrier.Principal, name string, in api.ChangeSource) (api.Source, error) {
	_, err := r.keeperOfSources.Set(ctx, by, name, door.Change{
		Live: in.Live, Enabled: in.Enabled, Mapping: in.Mapping, Reliability: in.Reliability, TimeZone: in.TimeZone, Allows: in.Allows,
	})
	if err != nil {
		return api.Source{}, err
	}
	return r.Source(ctx, by, name)
}

// RotateSource implements [api.Sources].
func (r reporters) RotateSource(ctx context.Context, by harrier.Principal, name string, in api.RotateSource) (api.SourceMade, error) {
	overlap, err := time.ParseDuration(cmp.Or(in.Overlap, "24h"))
	if err != nil || overlap < 0 || overlap > 90*24*time.Hour {
		return api.SourceMade{}, harrier.Errorf(harrier.Invalid, "overlap: %q is not a time of at most 2160h; write one such as 24h", in.Overlap)
	}
	made, err := r.keeperOfSources.Rotate(ctx, by, name, door.Rotation{Secret: in.Secret.Secret, Overlap: overlap})
	return madeOf(made, in.BaseURL), err
}

// TestSource implements [api.Sources].
func (r reporters) TestSource(ctx context.Context, by harrier.Principal, name string) (api.Diagnosis, error) {
	src, err := r.Source(ctx, by, name)
	if err != nil {
		return api.Diagnosis{}, err
	}
	d := api.Diagnosis{OK: true, Checks: r.sourceChecks(ctx, by, src)}
	for _, c := range d.Checks {
		d.OK = d.OK && c.Status != api.CheckFail
	}
	return d, nil
}

// sourceChecks examines a source.
func (r reporters) sourceChecks(ctx context.Context, by harrier.Principal, src api.Source) []api.Check {
	state := "observed: its alerts start nothing; harrier source live " + src.Name
	if src.Live {
		state = "live"
	}
	list := []api.Check{{Name: "state", Status: api.CheckOK, Detail: state}}
	if !src.Enabled {
		list[0] = api.Check{Name: "state", Status: api.CheckWarn, Detail: "disabled", Fix: "harrier source enable " + src.Name}
	}
	if src.Kind == "webhook" {
		list = append(list, r.webhookChecks(ctx, by, src)...)
	}
	if src.Kind == "syslog" {
		list = append(list, r.syslogChecks(src)...)
	}
	came := api.Check{Name: "events", Status: api.CheckOK, Detail: fmt.Sprintf("%d accepted, %d processed, %d suppressed, %d quarantined, %d pending; the last at %s",
		src.Counts.Accepted, src.Counts.Processed, src.Counts.Suppressed, src.Counts.Quarantined, src.Counts.Pending, src.Counts.LastAt.Format(time.RFC3339))}
	switch {
	case src.Counts.Accepted == 0:
		came = api.Check{Name: "events", Status: api.CheckWarn, Detail: "nothing has come yet", Fix: "send a test from the product"}
	case src.Counts.Quarantined > 0:
		came.Status, came.Fix = api.CheckWarn, "see why: harrier event list --source "+src.Name+" --state quarantined"
	}
	list = append(list, came)
	for _, q := range src.Requests {
		list = append(list, api.Check{Name: "request", Status: api.CheckWarn, Detail: "the sender waits for a person to confirm, since " + q.At.Format(time.RFC3339), Fix: "if you expect it, open " + q.URL})
	}
	return list
}

// webhookChecks examines how the sender of a webhook proves itself.
func (r reporters) webhookChecks(ctx context.Context, by harrier.Principal, src api.Source) []api.Check {
	s, err := door.ParseSettings(src.Settings)
	if err != nil {
		return []api.Check{{Name: "settings", Status: api.CheckFail, Detail: err.Error(), Fix: "make the source again"}}
	}
	proof := api.Check{Name: "proof", Status: api.CheckOK, Detail: s.Auth.Kind}
	if w := s.Warning(); w != "" {
		proof.Status, proof.Detail, proof.Fix = api.CheckWarn, s.Auth.Kind+": "+w, "use a stronger way where the sender can"
	}
	for _, k := range s.Auth.Keys {
		if _, err := r.vault.Reveal(ctx, by.Tenant, src.ID.String(), k.Field); err != nil {
			return []api.Check{{Name: "proof", Status: api.CheckFail, Detail: "the secret cannot be opened", Fix: "harrier source rotate " + src.Name}}
		}
	}
	list := []api.Check{proof}
	if no := r.door.Refused(src.ID); no.Count > 0 {
		list = append(list, api.Check{
			Name: "refused", Status: api.CheckWarn, Fix: "correct it on the sender's side; harrier source rotate " + src.Name + " makes another secret",
			Detail: fmt.Sprintf("%d since the start, the last from %s at %s: %s", no.Count, no.Peer, no.At.Format(time.RFC3339), no.Why),
		})
	}
	return list
}

// SubmitEvent implements [api.Inbox].
func (r reporters) SubmitEvent(ctx context.Context, by harrier.Principal, in api.SubmitEvent) (api.EventReceipt, error) {
	src, err := r.store.SourceByName(ctx, by.Tenant, cmp.Or(in.Source, "local"))
	if err != nil {
		return api.EventReceipt{}, err
	}
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return api.EventReceipt{}, harrier.Errorf(harrier.Invalid, "what was submitted cannot be read: %w", err)
	}
	meta, err := json.Marshal(map[string]string{"file": in.Name, "mapping": in.Mapping, "submitted_by": by.Name})
	if err != nil {
		return api.EventReceipt{}, harrier.Errorf(harrier.Internal, "encode what is known of an event: %w", err)
	}
	now := r.opt.Now().UTC().Truncate(time.Microsecond)
	b := door.Batch{Source: src}
	for _, part := range door.Split(body) {
		if len(part) > intake.MaxEvent {
			return api.EventReceipt{}, harrier.Errorf(harrier.Invalid, "one event has %d bytes, more than %d; submit a part of it", len(part), intake.MaxEvent)
		}
		b.Events = append(b.Events, harrier.RawEvent{
			Tenant: src.Tenant, Source: src.ID, Received: now, Content: in.Content, Meta: meta, Body: part, Lane: 1, State: harrier.EventPending,
		})
	}
	got, err := arrivals(r).Take(ctx, b)
	return api.EventReceipt{Events: got.Events}, err
}

// SourceEvents implements [api.Inbox].
func (r reporters) SourceEvents(ctx context.Context, by harrier.Principal, f api.EventsFilter, p harrier.Page) (api.List[api.SourceEvent], error) {
	filter := harrier.EventFilter{Viewer: by.ID, State: f.State, Alert: f.Alert}
	if f.Source != "" {
		src, err := r.store.SourceByName(ctx, by.Tenant, f.Source)
		if err != nil {
			return api.List[api.SourceEvent]{}, err
		}
		filter.Source = src.ID
	}
	rows, next, err := r.store.RawEvents(ctx, by.Tenant, filter, p)
	return mapped(rows, next, err, api.SourceEventOf)
}

// SourceEvent implements [api.Inbox].
func (r reporters) SourceEvent(ctx context.Context, by harrier.Principal, id harrier.EventID) (api.SourceEvent, []byte, error) {
	row, err := r.store.RawEvent(ctx, by.Tenant, id)
	if err != nil {
		return api.SourceEvent{}, nil, err
	}
	out := api.SourceEventOf(row)
	if row.Alert.IsZero() {
		return out, row.Body, nil
	}
	a, err := r.store.Alert(ctx, by.Tenant, row.Alert)
	if err != nil {
		return out, row.Body, err
	}
	var f harrier.Finding
	if len(a.Finding) > 0 && json.Unmarshal(a.Finding, &f) == nil {
		out.Unmapped = f.Unmapped
	}
	return out, row.Body, nil
}

// ReplayEvent implements [api.Inbox].
func (r reporters) ReplayEvent(ctx context.Context, by harrier.Principal, id harrier.EventID) (api.SourceEvent, error) {
	err := r.store.Write(ctx, func(tx harrier.Tx) error {
		if err := r.pipeline.ReplayIn(ctx, tx, by.Tenant, id); err != nil {
			return err
		}
		return r.audit(ctx, tx, by, deed{"event.replay", id.String(), nil})
	})
	if err != nil {
		return api.SourceEvent{}, err
	}
	out, _, err := r.SourceEvent(ctx, by, id)
	return out, err
}

// DropEvent implements [api.Inbox].
func (r reporters) DropEvent(ctx context.Context, by harrier.Principal, id harrier.EventID, reason string) (api.SourceEvent, error) {
	row, err := r.store.RawEvent(ctx, by.Tenant, id)
	if err != nil {
		return api.SourceEvent{}, err
	}
	row.Reason = "dropped by " + by.Name + ": " + reason
	err = r.store.Write(ctx, func(tx harrier.Tx) error {
		if err := r.store.DropEvent(ctx, tx, row); err != nil {
			return err
		}
		return r.audit(ctx, tx, by, deed{"event.drop", id.String(), map[string]any{"reason": reason, "was": row.State}})
	})
	if err != nil {
		return api.SourceEvent{}, err
	}
	out, _, err := r.SourceEvent(ctx, by, id)
	return out, err
}
