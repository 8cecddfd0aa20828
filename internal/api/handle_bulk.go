package api

import (
	"context"
	"sync"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/query"
)

// bulkRoutes is the part of the table about what is done to many things at once.
func (s *Server) bulkRoutes() []route {
	return []route{
		{"POST /v1/alerts/bulk", harrier.AlertsWrite, "bulkAlerts", "Do one thing to many alerts, and tell what became of each", call(s.bulkAlerts)},
		{"POST /v1/cases/bulk", harrier.CasesWrite, "bulkCases", "Do one thing to many cases, and tell what became of each", call(s.bulkCases)},
	}
}

type bulkAlertsIn struct{ Body BulkAlerts }

func (s *Server) bulkAlerts(ctx context.Context, in *bulkAlertsIn) (BulkResult, error) {
	by, op := principal(ctx), in.Body.Do
	if err := one(op.Tag, op.Close != nil, op.Reopen != nil, op.Assign != nil, op.Severity != "", op.Case != ""); err != nil {
		return BulkResult{}, err
	}
	if op.Case != "" && !by.May(harrier.CasesWrite) {
		return BulkResult{}, lacking(by, "put alerts into cases", harrier.CasesWrite)
	}
	find := func(ctx context.Context, w Wanted) ([]BulkItem, string, error) {
		page, err := s.cfg.Ports.Search.AskAlerts(ctx, by, w)
		return picked(page.Items, func(a Alert) BulkItem { return BulkItem{a.ID.String(), a.Rev} }), page.Next, err
	}
	items, err := in.Body.Targets.pick(ctx, query.Alerts, find)
	if err != nil {
		return BulkResult{}, err
	}
	return s.bulk(ctx, items, in.Body.DryRun, func(st BulkStep) (Did, error) { return s.cfg.Ports.Bulk.DoAlert(ctx, by, st, op) }), nil
}

type bulkCasesIn struct{ Body BulkCases }

func (s *Server) bulkCases(ctx context.Context, in *bulkCasesIn) (BulkResult, error) {
	by, op := principal(ctx), in.Body.Do
	if err := one(op.Tag, op.Close != nil, op.Reopen != nil, op.Status != nil, op.Assign != nil, op.Severity != "", op.Watch != nil); err != nil {
		return BulkResult{}, err
	}
	find := func(ctx context.Context, w Wanted) ([]BulkItem, string, error) {
		page, err := s.cfg.Ports.Search.AskCases(ctx, by, w)
		return picked(page.Items, func(c Case) BulkItem { return BulkItem{c.ID.String(), c.Rev} }), page.Next, err
	}
	items, err := in.Body.Targets.pick(ctx, query.Cases, find)
	if err != nil {
		return BulkResult{}, err
	}
	return s.bulk(ctx, items, in.Body.DryRun, func(st BulkStep) (Did, error) { return s.cfg.Ports.Bulk.DoCase(ctx, by, st, op) }), nil
}

// one refuses a request that asks for nothing, or for several things.
func one(tags *Tagging, asked ...bool) error {
	n := 0
	for _, a := range append(asked, tags != nil) {
		if a {
			n++
		}
	}
	switch {
	case n != 1:
		return harrier.Errorf(harrier.Invalid, "do asks for %d things; ask for one in each request", n)
	case tags != nil && len(tags.Add)+len(tags.Remove) == 0:
		return harrier.Errorf(harrier.Invalid, "say which tags to add or to remove")
	}
	return nil
}

func picked[T any](rows []T, of func(T) BulkItem) []BulkItem {
	list := make([]BulkItem, len(rows))
	for i, row := range rows {
		list[i] = of(row)
	}
	return list
}

// finding is a page of what a query selects.
type finding func(ctx context.Context, w Wanted) (items []BulkItem, next string, err error)

// pick returns what is meant. What a query selects is meant as it is now: what
// changes before its turn comes is left alone.
func (t Targets) pick(ctx context.Context, n query.Noun, find finding) ([]BulkItem, error) {
	switch {
	case (t.Query == "") == (len(t.Items) == 0):
		return nil, harrier.Errorf(harrier.Invalid, "name items, or write a query: one of them")
	case t.Query == "" && t.Expected != nil:
		return nil, harrier.Errorf(harrier.Invalid, "expected is for a query; leave it out beside items")
	case t.Query == "":
		return t.Items, eachOnce(t.Items)
	case t.Expected == nil && !t.DryRun:
		return nil, harrier.Errorf(harrier.Invalid, "say how many the query selects in expected, so that no more is changed than you saw; dry_run tells how many")
	}
	q, err := query.Parse(n, t.Query)
	if err != nil {
		return nil, err
	}
	items, err := selected(ctx, q, find)
	if err != nil {
		return nil, err
	}
	if t.Expected != nil && len(items) != *t.Expected {
		return nil, harrier.Errorf(harrier.Conflict, "the query selects %d now, and %d were expected; nothing was done", len(items), *t.Expected)
	}
	return items, nil
}

// eachOnce refuses what is named twice.
func eachOnce(items []BulkItem) error {
	seen := map[string]bool{}
	for _, i := range items {
		if seen[i.ID] {
			return harrier.Errorf(harrier.Invalid, "%s is named twice", i.ID)
		}
		seen[i.ID] = true
	}
	return nil
}

// selected returns all that a query selects, page by page.
func selected(ctx context.Context, q query.Query, find finding) (items []BulkItem, err error) {
	const most = 100 // a page may be short, or empty, and have a next one
	cursor := ""
	for range most {
		page, next, err := find(ctx, Wanted{Query: q, Page: harrier.Page{Cursor: cursor, Limit: maxBulk}})
		if err != nil {
			return nil, err
		}
		if items = append(items, page...); next == "" && len(items) <= maxBulk {
			return items, nil
		}
		if cursor = next; len(items) > maxBulk {
			break
		}
	}
	return nil, harrier.Errorf(harrier.Invalid, "the query selects more than %d, or looks at too much; narrow it, such as by created:>-7d, and do it in parts", maxBulk)
}

// abreast is how many things of a bulk are changed at a time: changes that wait
// for the disk together wait once.
const abreast = 8

// bulk does one thing to each item. One that fails leaves the others alone.
func (s *Server) bulk(ctx context.Context, items []BulkItem, dry bool, do func(BulkStep) (Did, error)) BulkResult {
	out := BulkResult{DryRun: dry, Selected: len(items), Items: make([]BulkDone, len(items))}
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(abreast, len(items)) {
		wg.Go(func() {
			for i := range next {
				out.Items[i] = s.doOne(ctx, BulkStep{items[i].ID, items[i].Version, dry}, do)
			}
		})
	}
	for i := range items {
		next <- i
	}
	close(next)
	wg.Wait()
	for _, d := range out.Items {
		switch d.Status {
		case "done":
			out.Done++
		case "unchanged":
			out.Unchanged++
		default:
			out.Failed++
		}
	}
	return out
}

// doOne does one thing to one item. What it dies of is this item's problem alone.
func (s *Server) doOne(ctx context.Context, st BulkStep, do func(BulkStep) (Did, error)) (out BulkDone) {
	defer func() {
		if v := recover(); v != nil {
			s.cfg.Log.Error("a change of a bulk panicked", "panic", v, "trace_id", traceOf(ctx))
			out = BulkDone{ID: st.ID, Status: "failed", Problem: s.told(ctx, harrier.Errorf(harrier.Internal, "panicked"))}
		}
	}()
	did, err := do(st)
	switch {
	case err != nil:
		return BulkDone{ID: st.ID, Status: "failed", Problem: s.told(ctx, lost(ctx, err))}
	case !did.Changed:
		return BulkDone{ID: st.ID, Status: "unchanged", Version: did.Rev}
	}
	return BulkDone{ID: st.ID, Status: "done", Version: did.Rev}
}
