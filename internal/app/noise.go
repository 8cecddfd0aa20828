package app

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/correlate"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/noise"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/internal/risk"
	"github.com/harrier-soar/harrier/internal/triage"
)

// readNoise reads what the team says about noise. A file that is wrong is an
// error: what people are shown rests on it.
func readNoise(team fs.FS) (noise.Settings, error) {
	const path = noise.FileName
	source, err := fs.ReadFile(team, path)
	if errors.Is(err, fs.ErrNotExist) {
		return noise.Default(), nil
	}
	if err != nil {
		return noise.Settings{}, harrier.Errorf(harrier.Unavailable, "read %s: %w", path, err)
	}
	s, problems := noise.Read(path, source)
	if err := problems.Err(); err != nil {
		return noise.Settings{}, harrier.Errorf(harrier.Invalid, "%w", err)
	}
	return s, nil
}

// acquitted reports whether an alert was closed as nothing to worry about.
func acquitted(a harrier.Alert) bool {
	return a.Status == triage.StatusClosed && (a.Disposition == triage.FalsePositive || a.Disposition == triage.Benign)
}

// verdicts are the alerts of which playbooks say what they were: what was
// nothing to worry about is held against nobody.
type verdicts struct{ app *App }

var _ triage.Alerts = verdicts{}

// AlertIn implements [triage.Alerts].
func (v verdicts) AlertIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.AlertID) (harrier.Alert, error) {
	return v.app.store.AlertIn(ctx, tx, tenant, id)
}

// UpdateAlert implements [triage.Alerts].
func (v verdicts) UpdateAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert) error {
	if err := v.app.store.UpdateAlert(ctx, tx, a); err != nil || !acquitted(a) {
		return err
	}
	return v.app.risk.Withdraw(ctx, tx, a.Tenant, a.ID)
}

// badOf returns those of a finding's observables that indicators say are bad.
// What cannot be asked is none: the alert is judged where it tells more otherwise.
func (a *App) badOf(ctx context.Context, tenant harrier.TenantID, f harrier.Finding) (bad []harrier.Observable) {
	now := a.opt.Now()
	opinions, err := a.indicators.Match(ctx, tenant, f.Observables, now)
	if err != nil {
		a.opt.Log.ErrorContext(ctx, "match indicators of a finding", "err", err)
		return nil
	}
	for i, list := range opinions {
		subject := mute.Subject{Now: now, Picture: picture.Picture{Observables: []picture.Observable{{Observable: f.Observables[i], Opinions: list}}}}
		if _, known := subject.KnownBad(); known {
			bad = append(bad, f.Observables[i])
		}
	}
	return bad
}

// commons tells what everybody in the organisation shares.
type commons struct{ app *App }

var _ correlate.Common = commons{}

// Common implements [correlate.Common].
func (c commons) Common(k correlate.Key) (why string, ok bool) {
	profile := c.app.profile.now()
	switch k.Type {
	case "domain":
		for _, list := range []struct {
			names []string
			why   string
		}{
			{profile.OwnDomains, "it is the organisation's own"}, {profile.PartnerDomains, "it is a partner's"},
			{profile.FreemailDomains, "anybody gets an address there"}, {profile.ProtectedDomains, "it is protected"},
			{profile.SharedHosts, "strangers keep pages there side by side"},
		} {
			if slices.ContainsFunc(list.names, func(d string) bool {
				return k.Value == d || strings.HasSuffix(k.Value, "."+d) && list.why != "strangers keep pages there side by side"
			}) {
				return list.why, true
			}
		}
	case "ip", string(harrier.AddressEntity):
		addr, err := netip.ParseAddr(k.Value)
		if err != nil {
			return "", false
		}
		for _, text := range slices.Concat(profile.Scanners.Networks, profile.Analysts.Networks) {
			if p, err := netip.ParsePrefix(text); err == nil && p.Contains(addr.Unmap()) {
				return "it is a scanner's or an analyst's", true
			}
		}
	case "email":
		if k.Value == profile.TeamMailbox || slices.Contains(profile.Analysts.Addresses, k.Value) {
			return "it is the security team's", true
		}
	}
	return "", false
}

// hush answers the API's questions about noise.
type hush struct{ *App }

var (
	_ api.Mutes   = hush{}
	_ api.Reviews = hush{}
	_ api.Risks   = hush{}
)

func (h hush) shown(m mute.Mute) api.Mute { return api.MuteOf(m, h.opt.Now()) }

// Mutes implements [api.Mutes].
func (h hush) Mutes(ctx context.Context, by harrier.Principal, f mute.Filter, p harrier.Page) (api.List[api.Mute], error) {
	list, next, err := h.mutes.List(ctx, by, f, p)
	return mapped(list, next, err, h.shown)
}

// Mute implements [api.Mutes].
func (h hush) Mute(ctx context.Context, by harrier.Principal, id harrier.MuteID) (api.Mute, error) {
	m, err := h.mutes.Get(ctx, by, id)
	return h.shown(m), err
}

// AddMute implements [api.Mutes].
func (h hush) AddMute(ctx context.Context, by harrier.Principal, in api.AddMute) (api.Mute, error) {
	n, err := in.New(by)
	if err != nil {
		return api.Mute{}, err
	}
	m, err := h.mutes.Add(ctx, by, n)
	return h.shown(m), err
}

// PreviewMute implements [api.Mutes].
func (h hush) PreviewMute(ctx context.Context, by harrier.Principal, in api.AddMute) (api.MuteForecast, error) {
	n, err := in.New(by)
	if err != nil {
		return api.MuteForecast{}, err
	}
	f, err := h.mutes.Preview(ctx, by, n)
	return api.MuteForecastOf(f), err
}

// EndMute implements [api.Mutes].
func (h hush) EndMute(ctx context.Context, by harrier.Principal, id harrier.MuteID) (api.Mute, error) {
	m, err := h.mutes.End(ctx, by, id)
	return h.shown(m), err
}

// RenewMute implements [api.Mutes].
func (h hush) RenewMute(ctx context.Context, by harrier.Principal, id harrier.MuteID, in api.RenewMute) (api.Mute, error) {
	m, err := h.mutes.Renew(ctx, by, id, in.End)
	return h.shown(m), err
}

// Tuning implements [api.Mutes].
func (h hush) Tuning(ctx context.Context, by harrier.Principal, rule string) (api.Tuning, error) {
	e, err := h.mutes.Evidence(ctx, by, rule)
	return api.Tuning{Evidence: e, Markdown: e.Markdown()}, err
}

// Reviews implements [api.Reviews].
func (h hush) Reviews(ctx context.Context, by harrier.Principal, f mute.ReviewFilter, p harrier.Page) (api.List[api.Review], error) {
	list, next, err := h.closers.Reviews(ctx, by, f, p)
	return mapped(list, next, err, api.ReviewOf)
}

// Review implements [api.Reviews].
func (h hush) Review(ctx context.Context, by harrier.Principal, id harrier.ReviewID) (api.ReviewDetail, error) {
	b, err := h.closers.Show(ctx, by, id)
	return api.ReviewDetailOf(b), err
}

// DecideReview implements [api.Reviews].
func (h hush) DecideReview(ctx context.Context, by harrier.Principal, id harrier.ReviewID, in api.DecideReview) (api.Review, error) {
	r, err := h.closers.Decide(ctx, by, id, mute.Verdict{Verdict: in.Verdict, Comment: in.Comment})
	return api.ReviewOf(r), err
}

// Closers implements [api.Reviews].
func (h hush) Closers(ctx context.Context, by harrier.Principal) ([]api.Closer, error) {
	list, err := h.closers.Rules(ctx, by)
	shown, err := mapped(list, "", err, api.CloserOf)
	return shown.Items, err
}

// ChangeCloser implements [api.Reviews].
func (h hush) ChangeCloser(ctx context.Context, by harrier.Principal, rule string, in api.ChangeCloser) (api.Closer, error) {
	change := h.closers.Resume
	if in.Suspend {
		change = h.closers.Suspend
	}
	if err := change(ctx, by, rule, in.Reason); err != nil {
		return api.Closer{}, err
	}
	list, err := h.closers.Rules(ctx, by)
	i := slices.IndexFunc(list, func(c mute.Closer) bool { return c.Rule == rule })
	if err != nil || i < 0 {
		return api.Closer{}, err
	}
	return api.CloserOf(list[i]), nil
}

// Risks implements [api.Risks].
func (h hush) Risks(ctx context.Context, by harrier.Principal, f risk.Filter, p harrier.Page) (api.List[api.EntityRisk], error) {
	list, next, err := h.risk.List(ctx, by, f, p)
	return mapped(list, next, err, api.EntityRiskOf)
}

// Risk implements [api.Risks].
func (h hush) Risk(ctx context.Context, by harrier.Principal, entity string) (api.EntityRiskDetail, error) {
	e, err := risk.ParseEntity(entity)
	if err != nil {
		return api.EntityRiskDetail{}, harrier.Errorf(harrier.NotFound, "nothing was ever held against %s; write host:NAME or user:NAME@DOMAIN", entity)
	}
	d, err := h.risk.Show(ctx, by, e)
	return api.EntityRiskDetailOf(d), err
}
