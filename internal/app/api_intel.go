package app

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/feed"
	"github.com/harrier-soar/harrier/internal/indicator"
)

// intelligence answers the API's questions about indicators, feeds and lists.
type intelligence struct{ *App }

var (
	_ api.Intel      = intelligence{}
	_ api.Feeds      = intelligence{}
	_ api.ValueLists = intelligence{}
	_ api.BlockLists = intelligence{}
)

// Indicators implements [api.Intel].
func (t intelligence) Indicators(ctx context.Context, by harrier.Principal, f api.IndicatorFilter, p harrier.Page) (api.List[api.Indicator], error) {
	q := indicator.Query{Feed: f.Feed, Type: f.Type, Value: f.Value}
	if f.Value != "" {
		kind, value, ok := feed.Guess(f.Value)
		if f.Type != "" {
			kind, value, ok = feed.Spell(f.Type, f.Value)
		}
		if ok {
			q.Type, q.Value = kind, value
		}
	}
	rows, next, err := t.indicators.Indicators(ctx, by.Tenant, q, p)
	return mapped(rows, next, err, indicatorOf)
}

func indicatorOf(i indicator.Indicator) api.Indicator {
	return api.Indicator{
		Type: i.Type, Value: i.Value, Feed: i.FeedName, Name: i.Name, Verdict: i.Verdict, Partial: i.Partial, Confidence: i.Confidence,
		Grade: i.Reliability, TLP: i.TLP, PAP: i.PAP, Tags: i.Tags, Phases: i.Phases, Link: i.Link, ExternalID: i.ExternalID,
		ValidFrom: i.ValidFrom, ValidUntil: i.ValidUntil, FirstSeen: i.FirstSeen, LastSeen: i.LastSeen, AddedAt: i.AddedAt,
		UpdatedAt: i.UpdatedAt, EndedAt: i.EndedAt, Ended: i.Ended,
	}
}

// MatchValues implements [api.Intel].
func (t intelligence) MatchValues(ctx context.Context, by harrier.Principal, in api.MatchValues) ([]api.KnownValue, error) {
	obs := make([]harrier.Observable, len(in.Values))
	out := make([]api.KnownValue, len(in.Values))
	for i, v := range in.Values {
		kind, value, ok := feed.Guess(v.Value)
		if v.Type != "" {
			kind, value, ok = feed.Spell(v.Type, v.Value)
		}
		if !ok {
			return nil, harrier.Errorf(harrier.Invalid, "%q is no address, name, link, hash or mail address; say its type where it is something else: one of %v", v.Value, feed.Types())
		}
		obs[i] = harrier.Observable{Type: kind, Value: value}
		out[i] = api.KnownValue{Value: api.Value{Type: kind, Value: value}, Verdict: "unknown"}
	}
	at := in.At
	if at.IsZero() {
		at = t.opt.Now()
	}
	known, err := t.indicators.Know(ctx, by.Tenant, obs, at)
	for i, k := range known {
		out[i].Opinions, out[i].Allowed, out[i].Internal = k.Opinions, k.Allowed, k.Internal
		out[i].TLP, out[i].PAP = k.Marking.TLP, k.Marking.PAP
		if len(k.Opinions) > 0 {
			out[i].Verdict = k.Opinions[0].Verdict
		}
	}
	return out, err
}

// feedOf is a feed as people set it.
func feedOf(in api.SetFeed) (indicator.Feed, error) {
	f := indicator.Feed{
		Name: in.Name, Format: feed.Format(in.Format), URL: in.URL, Connection: in.Connection, Reliability: in.Reliability, Provider: in.Provider,
		Confidence: in.Confidence, TLP: in.TLP, PAP: in.PAP, Whole: in.Whole, Column: in.Column, Type: in.Type, All: in.All,
	}
	if in.Interval != "" {
		var err error
		if f.Interval, err = time.ParseDuration(in.Interval); err != nil {
			return f, harrier.Errorf(harrier.Invalid, "interval: %q is no duration; write 1h or 30m", in.Interval)
		}
	}
	return f, nil
}

// ImportFeed implements [api.Intel].
func (t intelligence) ImportFeed(ctx context.Context, by harrier.Principal, in api.SetFeed, body io.Reader) (api.Taken, error) {
	f, err := feedOf(in)
	if err != nil {
		return api.Taken{}, err
	}
	f.Name = cmp.Or(f.Name, "manual")
	taken, err := t.indicators.Import(ctx, by, indicator.Imported{Feed: f, Accept: in.Accept}, body)
	return takenOf(taken), err
}

func takenOf(t indicator.Taken) api.Taken {
	return api.Taken{
		Feed: t.Feed, Format: string(t.Report.Format), Title: t.Report.Title, Items: t.Report.Items, Records: t.Report.Records,
		New: t.New, Changed: t.Changed, Ended: t.Ended, Skipped: t.Report.Skipped, Warning: t.Warning,
	}
}

// Withdraw implements [api.Intel].
func (t intelligence) Withdraw(ctx context.Context, by harrier.Principal, in api.Withdraw) error {
	return t.indicators.Withdraw(ctx, by, indicator.Query{Feed: in.Feed, Type: in.Type, Value: in.Value.Value}, in.Reason)
}

// Feeds implements [api.Feeds].
func (t intelligence) Feeds(ctx context.Context, by harrier.Principal) ([]api.Feed, error) {
	rows, err := t.indicators.Feeds(ctx, by.Tenant)
	list, err := mapped(rows, "", err, feedRow)
	return list.Items, err
}

func feedRow(f indicator.Feed) api.Feed {
	out := api.Feed{
		Name: f.Name, Format: string(f.Format), URL: f.URL, Connection: f.Connection, Reliability: f.Reliability, Provider: f.Provider,
		Confidence: f.Confidence, TLP: f.TLP, PAP: f.PAP, Whole: f.Whole, Records: f.Count, PulledAt: f.PulledAt, NextAt: f.NextAt,
		Problem: f.Problem, CreatedAt: f.CreatedAt,
	}
	if f.Interval > 0 {
		out.Interval = f.Interval.String()
	}
	return out
}

// SetFeed implements [api.Feeds].
func (t intelligence) SetFeed(ctx context.Context, by harrier.Principal, in api.SetFeed) (api.Feed, error) {
	f, err := feedOf(in)
	if err != nil {
		return api.Feed{}, err
	}
	if f.Connection != "" {
		if _, err := t.store.ConnectionByName(ctx, by.Tenant, f.Connection); err != nil {
			return api.Feed{}, err
		}
	}
	f, err = t.indicators.SetFeed(ctx, by, f)
	return feedRow(f), err
}

// PullFeed implements [api.Feeds].
func (t intelligence) PullFeed(ctx context.Context, by harrier.Principal, name string) (api.Taken, error) {
	f, err := t.indicators.Feed(ctx, by.Tenant, name)
	if err != nil {
		return api.Taken{}, err
	}
	taken, err := t.indicators.PullFeed(ctx, f)
	return takenOf(taken), err
}

// RemoveFeed implements [api.Feeds].
func (t intelligence) RemoveFeed(ctx context.Context, by harrier.Principal, name string) error {
	return t.indicators.RemoveFeed(ctx, by, name)
}

// ValueLists implements [api.ValueLists].
func (t intelligence) ValueLists(ctx context.Context, by harrier.Principal) ([]api.ValueList, error) {
	rows, err := t.indicators.Lists(ctx, by.Tenant)
	list, err := mapped(rows, "", err, valueListOf)
	return list.Items, err
}

func valueListOf(l indicator.List) api.ValueList {
	return api.ValueList{
		Name: l.Name, Kind: l.Kind, Description: l.Description, Entries: l.Count, File: l.File, Pulled: len(l.Token) > 0, CreatedAt: l.CreatedAt, UpdatedAt: l.UpdatedAt, Rev: l.Rev,
	}
}

// SetList implements [api.ValueLists].
func (t intelligence) SetList(ctx context.Context, by harrier.Principal, in api.SetList) (api.ValueList, error) {
	l, err := t.indicators.SetList(ctx, by, indicator.List{Name: in.Name, Kind: in.Kind, Description: in.Description})
	return valueListOf(l), err
}

// ListEntries implements [api.ValueLists].
func (t intelligence) ListEntries(ctx context.Context, by harrier.Principal, name string, p harrier.Page) (api.List[api.ListEntry], error) {
	l, err := t.indicators.List(ctx, by.Tenant, name)
	if err != nil {
		return api.List[api.ListEntry]{}, err
	}
	after, err := entryAt(p.Cursor)
	if err != nil {
		return api.List[api.ListEntry]{}, err
	}
	limit := min(cmp.Or(p.Limit, 50), 500)
	rows, err := t.indicators.ListEntries(ctx, l, after, limit+1)
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		text, err := json.Marshal([]string{last.How, last.Type, last.Text, originOf(last)})
		if err != nil {
			return api.List[api.ListEntry]{}, err
		}
		next = base64.RawURLEncoding.EncodeToString(text)
	}
	return mapped(rows, next, err, func(e indicator.ListEntry) api.ListEntry {
		return api.ListEntry{
			How: e.How, Type: e.Type, Value: e.Text, Reason: e.Reason, Owner: e.Owner, Origin: originOf(e), Idle: e.Idle, Note: e.Note, AddedAt: e.AddedAt, ExpiresAt: e.ExpiresAt,
		}
	})
}

// The origins of entries.
const (
	fromFile = "file"
	directly = "direct"
)

func originOf(e indicator.ListEntry) string {
	if e.Filed {
		return fromFile
	}
	return directly
}

// entryAt is the entry that a cursor stands behind; the zero one where it is empty.
func entryAt(cursor string) (e indicator.ListEntry, err error) {
	if cursor == "" {
		return e, nil
	}
	var key []string
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || json.Unmarshal(raw, &key) != nil || len(key) != 4 {
		return e, harrier.Errorf(harrier.Invalid, "the cursor %q is none of this list's; leave it out to begin again", cursor)
	}
	e.How, e.Type, e.Text, e.Filed = key[0], key[1], key[2], key[3] == fromFile
	return e, nil
}

// ChangeList implements [api.ValueLists].
func (t intelligence) ChangeList(ctx context.Context, by harrier.Principal, name string, in api.ChangeList) (api.ListChanged, error) {
	values := make([]indicator.NewEntry, len(in.Values))
	for i, v := range in.Values {
		values[i] = indicator.NewEntry{Type: v.Type, Value: v.Value, Reason: in.Reason, Owner: in.Owner, ExpiresAt: in.ExpiresAt}
	}
	change := t.indicators.AddToList
	if in.Remove {
		change = t.indicators.RemoveFromList
	}
	n, err := change(ctx, by, name, values)
	return api.ListChanged{Name: name, Changed: n}, err
}

// ImportList implements [api.ValueLists].
func (t intelligence) ImportList(ctx context.Context, by harrier.Principal, name string, body io.Reader) (api.ListChanged, error) {
	got, err := t.indicators.ImportList(ctx, by, name, body)
	return api.ListChanged{Name: name, Title: got.Title, Changed: got.Added, Skipped: got.Skipped}, err
}

// NewListToken implements [api.ValueLists].
func (t intelligence) NewListToken(ctx context.Context, by harrier.Principal, name string) (api.ListToken, error) {
	token, err := t.indicators.NewToken(ctx, by, name)
	return api.ListToken{Name: name, Token: token, Path: "/v1/lists/" + name + ".txt"}, err
}

// RemoveList implements [api.ValueLists].
func (t intelligence) RemoveList(ctx context.Context, by harrier.Principal, name string) error {
	return t.indicators.RemoveList(ctx, by, name)
}

// BlockList implements [api.BlockLists].
func (t intelligence) BlockList(ctx context.Context, name, token string) ([]byte, string, error) {
	p, err := t.indicators.Pull(ctx, name, token)
	return p.Text, p.Rev, err
}
