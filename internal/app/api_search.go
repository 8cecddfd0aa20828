package app

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/observable"
	"github.com/harrier-soar/harrier/internal/query"
	"github.com/harrier-soar/harrier/internal/store"
)

// searching answers the API's queries.
type searching struct{ *App }

var _ api.Search = searching{}

// askedBy is a query of a principal.
func askedBy(by harrier.Principal, w api.Wanted) store.Asked {
	return store.Asked{Tenant: by.Tenant, Viewer: by.ID, Query: w.Query, Page: w.Page}
}

// total counts what a query selects, where that is wanted.
func (s searching) total(ctx context.Context, a store.Asked, wanted bool) (*api.Total, error) {
	if !wanted {
		return nil, nil
	}
	n, err := s.store.Count(ctx, a)
	return &api.Total{Value: n.N, Estimated: n.Estimated}, err
}

// fresh reads the words of what changed just now, so that a search finds what
// its caller did before; what is far behind is caught up by itself.
func (s searching) fresh(ctx context.Context, q query.Query) error {
	for _, n := range q.Terms() {
		if n.Kind == query.Words {
			_, err := s.store.ReadWords(ctx)
			return err
		}
	}
	return nil
}

// AskAlerts implements [api.Search].
func (s searching) AskAlerts(ctx context.Context, by harrier.Principal, w api.Wanted) (api.List[api.Alert], error) {
	a := askedBy(by, w)
	if err := s.fresh(ctx, w.Query); err != nil {
		return api.List[api.Alert]{}, err
	}
	found, err := s.store.AskAlerts(ctx, a)
	list, err := mapped(found.Items, found.Next, err, api.AlertOf)
	if err == nil {
		list.Total, err = s.total(ctx, a, w.Count)
	}
	return list, err
}

// AskCases implements [api.Search].
func (s searching) AskCases(ctx context.Context, by harrier.Principal, w api.Wanted) (api.List[api.Case], error) {
	a := askedBy(by, w)
	if err := s.fresh(ctx, w.Query); err != nil {
		return api.List[api.Case]{}, err
	}
	found, err := s.store.AskCases(ctx, a)
	list, err := mapped(found.Items, found.Next, err, api.CaseOf)
	if err == nil {
		list.Total, err = s.total(ctx, a, w.Count)
	}
	return list, err
}

// finder looks for a query in a noun.
type finder struct {
	noun query.Noun
	perm harrier.Permission
	find func(ctx context.Context, a store.Asked) (hits []api.SearchHit, more bool, err error)
}

// finders is the table of what is searched, in the order in which it is shown.
func (s searching) finders() []finder {
	return []finder{
		{query.Cases, harrier.CasesRead, found(s.store.AskCases, caseHit)},
		{query.Alerts, harrier.AlertsRead, found(s.store.AskAlerts, alertHit)},
		{query.Observables, harrier.AlertsRead, s.sightings},
		{query.Evidence, harrier.EvidenceRead, found(s.store.AskEvidence, evidenceHit)},
		{query.Runs, harrier.RunsRead, found(s.store.AskRuns, runHit)},
		{query.Approvals, harrier.ApprovalsRead, found(s.store.AskApprovals, approvalHit)},
		{query.Audit, harrier.AuditRead, found(s.store.AskAudit, auditHit)},
	}
}

// found looks in a noun that has a list.
func found[T any](ask func(context.Context, store.Asked) (store.Found[T], error), hit func(T, []string) api.SearchHit) func(context.Context, store.Asked) ([]api.SearchHit, bool, error) {
	return func(ctx context.Context, a store.Asked) ([]api.SearchHit, bool, error) {
		f, err := ask(ctx, a)
		hits := make([]api.SearchHit, len(f.Items))
		for i, item := range f.Items {
			hits[i] = hit(item, wordsOf(a.Query))
		}
		return hits, f.Next != "", err
	}
}

// Search implements [api.Search].
func (s searching) Search(ctx context.Context, by harrier.Principal, text string, limit int) (api.SearchResult, error) {
	text = observable.Refang(text)
	if noun, ok := named(text); ok {
		text = noun
	}
	var result api.SearchResult
	var first error
	for _, f := range s.finders() {
		if !by.May(f.perm) {
			continue
		}
		q, err := query.Parse(f.noun, text)
		if err != nil {
			if first == nil || f.noun == query.Alerts {
				first = err
			}
			continue
		}
		result.Query = query.Format(q)
		if err := s.fresh(ctx, q); err != nil {
			return result, err
		}
		a := store.Asked{Tenant: by.Tenant, Viewer: by.ID, Query: q, Page: harrier.Page{Limit: limit}}
		hits, more, err := f.find(ctx, a)
		switch {
		case harrier.KindOf(err) == harrier.Invalid && err != nil: // an id of another noun
			continue
		case err != nil:
			return result, err
		case len(hits) > 0:
			result.Groups = append(result.Groups, api.SearchGroup{Noun: string(f.noun), Items: hits, More: more})
		}
	}
	if result.Query == "" {
		return result, first
	}
	return result, nil
}

// named is the query for an id that somebody pastes.
func named(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if number, ok := strings.CutPrefix(text, "#"); ok && strings.Trim(number, "0123456789") == "" && number != "" {
		return "number:" + number, true
	}
	kind, rest, ok := strings.Cut(text, "_")
	if !ok || len(rest) < 20 || strings.ContainsAny(rest, " :\"()") {
		return "", false
	}
	switch kind {
	case "alert", "case", "run", "evidence", "approval", "audit":
		return "id:" + text, true
	}
	return "", false
}

// sightings looks for observables: the values that are or begin with a word.
func (s searching) sightings(ctx context.Context, a store.Asked) ([]api.SearchHit, bool, error) {
	words := wordsOf(a.Query)
	if len(words) != 1 || len(a.Query.Terms()) != 1 {
		return nil, false, nil
	}
	list, err := s.store.Sightings(ctx, a, words[0])
	hits := make([]api.SearchHit, 0, len(list))
	for _, o := range list {
		hits = append(hits, api.SearchHit{
			ID: o.Value, Title: o.Type + " " + o.Value, At: o.Last, Snippet: seenIn(o),
			Link: "/v1/alerts?q=" + url.QueryEscape("ioc:"+o.Value),
		})
	}
	return hits, false, err
}

// seenIn tells in how many alerts an observable is.
func seenIn(o store.Sighting) string {
	text := strconv.Itoa(o.Alerts)
	if o.More {
		text += " or more"
	}
	if text == "1" {
		return "in 1 alert"
	}
	return "in " + text + " alerts"
}

func alertHit(a harrier.Alert, words []string) api.SearchHit {
	return api.SearchHit{ID: a.ID.String(), Title: a.Title, Status: a.Status, Rank: a.Severity, At: a.CreatedAt, Snippet: snippet(words, a.Description, a.Rule.Name), Link: "/v1/alerts/" + a.ID.String()}
}

func caseHit(c harrier.Case, words []string) api.SearchHit {
	return api.SearchHit{ID: c.ID.String(), Title: c.Title, Status: c.Status, Rank: c.Severity, At: c.CreatedAt, Snippet: snippet(words, c.Summary), Link: "/v1/cases/" + c.ID.String()}
}

func evidenceHit(e harrier.Evidence, _ []string) api.SearchHit {
	return api.SearchHit{ID: e.ID.String(), Title: e.Name, At: e.CreatedAt, Snippet: e.SHA256, Link: "/v1/evidence?sha256=" + e.SHA256}
}

func runHit(r harrier.Run, _ []string) api.SearchHit {
	return api.SearchHit{ID: r.ID.String(), Title: r.Playbook, Status: string(r.Status), At: r.CreatedAt, Snippet: r.Reason, Link: "/v1/runs/" + r.ID.String()}
}

func approvalHit(a harrier.Approval, _ []string) api.SearchHit {
	return api.SearchHit{ID: a.ID.String(), Title: a.Title, Status: string(a.Status), At: a.CreatedAt, Link: "/v1/approvals/" + a.ID.String()}
}

func auditHit(e harrier.AuditEntry, _ []string) api.SearchHit {
	return api.SearchHit{ID: e.ID.String(), Title: e.Action, At: e.At, Snippet: e.Target}
}

// wordsOf are the words that a query looks for.
func wordsOf(q query.Query) (words []string) {
	for _, n := range q.Terms() {
		if n.Kind == query.Words {
			words = append(words, n.Text)
		}
	}
	return words
}

// snippet is what stands around the first of the words in one of the texts.
func snippet(words []string, texts ...string) string {
	const before, all = 60, 200
	for _, text := range texts {
		for _, w := range words {
			if i := indexFold(text, w); i >= 0 {
				from := max(0, i-before)
				return strings.TrimSpace(strings.ToValidUTF8(text[from:min(len(text), from+all)], ""))
			}
		}
	}
	return ""
}

// indexFold finds a word in any case, in letters of the same length.
func indexFold(text, word string) int {
	for i := 0; word != "" && i+len(word) <= len(text); i++ {
		if strings.EqualFold(text[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

// readWords keeps the words of alerts and cases as they change, until ctx ends.
func (a *App) readWords(ctx context.Context) {
	const every = 500 * time.Millisecond
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		n, err := a.store.ReadWords(ctx)
		if err != nil && ctx.Err() == nil {
			a.opt.Log.ErrorContext(ctx, "words for the search cannot be read", "err", err)
		}
		if n == store.WordsAtOnce && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
