package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/figures"
)

var _ figures.Store = (*Store)(nil)

const (
	// lookedAt is about how many rows a figure is reckoned from.
	lookedAt = 20_000
	// mostLoads bounds how many people are listed.
	mostLoads = 500
)

// part begins a list of the rows of a table that came in a window: all of them,
// or so large a part, by chance, that there are about as many as are looked at.
// An id's last byte is as good as a die.
func (s *Store) part(ctx context.Context, l *listing, index string, a figures.Asked) (weight float64, err error) {
	const text = `SELECT count(*) FROM {table} INDEXED BY {index} WHERE tenant_id = $1 AND created_at >= $2 AND created_at < $3`
	from, to := micros(a.Window.From), micros(a.Window.To)
	var n int64
	q := sqlf(strings.NewReplacer("{table}", l.table, "{index}", index).Replace(text), a.Tenant[:], from, to)
	if _, err := s.searchers.one(ctx, q, &n); err != nil {
		return 0, err
	}
	l.where("created_at >= $", true, from).where("created_at < $", true, to)
	weight = 1
	if n > lookedAt {
		below := max(1, 256*lookedAt/n)
		weight = 256 / float64(below)
		l.where("substr(id, 16, 1) < $", true, []byte{byte(below)})
	}
	l.seen(s, a.Viewer)
	return weight, nil
}

// CaseFacts implements [figures.Store].
func (s *Store) CaseFacts(ctx context.Context, a figures.Asked) (out figures.Sample[figures.Case], err error) {
	l := &listing{table: "cases", args: []any{a.Tenant[:]}}
	l.text.WriteString(`SELECT template, severity, status, disposition, owner_id, owner_name, created_at, times FROM cases INDEXED BY cases_newest WHERE tenant_id = $1`)
	if out.Weight, err = s.part(ctx, l, "cases_newest", a); err != nil {
		return out, err
	}
	out.Rows, err = list(ctx, s.searchers, sqlf(l.text.String(), l.args...), func(r harrier.Rows) (c figures.Case, err error) {
		var times json.RawMessage
		if err := r.Scan(&c.Category, &c.Severity, &c.Status, &c.Disposition, &c.Owner.ID, &c.Owner.Name, &c.Opened, &times); err != nil || len(times) == 0 {
			return c, err
		}
		if err := json.Unmarshal(times, &c.Times); err != nil {
			return c, harrier.Errorf(harrier.Internal, "read the times of a case: %w", err)
		}
		return c, nil
	})
	return out, err
}

// AlertFacts implements [figures.Store].
func (s *Store) AlertFacts(ctx context.Context, a figures.Asked) (out figures.Sample[figures.Alert], checked figures.Checked, err error) {
	const closed = `EXISTS (SELECT 1 FROM closings k WHERE k.tenant_id = alerts.tenant_id AND k.alert_id = alerts.id)`
	const source = `coalesce((SELECT s.name FROM sources s WHERE s.tenant_id = alerts.tenant_id AND s.id = alerts.source_id), '')`
	l := &listing{table: "alerts", args: []any{a.Tenant[:]}}
	l.text.WriteString(`SELECT ` + source + `, severity, status, disposition, created_at, repeats, ` + closed + ` FROM alerts INDEXED BY alerts_newest WHERE tenant_id = $1`)
	if out.Weight, err = s.part(ctx, l, "alerts_newest", a); err != nil {
		return out, checked, err
	}
	out.Rows, err = list(ctx, s.searchers, sqlf(l.text.String(), l.args...), func(r harrier.Rows) (v figures.Alert, err error) {
		return v, r.Scan(&v.Source, &v.Severity, &v.Status, &v.Disposition, &v.Came, &v.Repeats, &v.ByRule)
	})
	if err != nil {
		return out, checked, err
	}
	reviews := newListing("count(*), coalesce(sum(agrees), 0)", "reviews", a.Tenant).
		where("state = $", true, "decided").
		where("closed_at >= $", true, micros(a.Window.From)).where("closed_at < $", true, micros(a.Window.To)).
		seen(s, a.Viewer)
	_, err = s.searchers.one(ctx, sqlf(reviews.text.String(), reviews.args...), &checked.Reviewed, &checked.Agreed)
	return out, checked, err
}

// loads are the lists of what people have to do: whose it is, how much, and
// since when. Of what is nobody's no more than maxCount is counted.
func (s *Store) loads(a figures.Asked, withAlerts bool) []*listing {
	cases := newListing("owner_id, owner_name, count(*), 0, 0, min(created_at)", "cases", a.Tenant).where("status <> $", true, "closed").seen(s, a.Viewer)
	cases.text.WriteString(" GROUP BY owner_id")
	alerts := &listing{table: "alerts", args: []any{a.Tenant[:]}}
	alerts.text.WriteString("SELECT owner, owner_name, 0, count(*), 0, min(created_at) FROM alerts INDEXED BY alerts_by_owner WHERE tenant_id = $1 AND owner IS NOT NULL")
	alerts.where("status <> $", true, "closed").seen(s, a.Viewer).text.WriteString(" GROUP BY owner")
	unowned := &listing{table: "alerts", args: []any{a.Tenant[:]}}
	unowned.text.WriteString("SELECT NULL, '', 0, count(*), 0, min(created_at) FROM (SELECT created_at FROM alerts INDEXED BY alerts_newest WHERE tenant_id = $1 AND owner IS NULL AND observed = 0")
	unowned.where("status <> $", true, "closed").seen(s, a.Viewer).text.WriteString(" ORDER BY created_at DESC, id DESC LIMIT " + strconv.Itoa(maxCount+1) + ")")
	tasks := &listing{table: "case_tasks", args: []any{a.Tenant[:]}}
	tasks.text.WriteString("SELECT assignee_id, assignee_name, 0, 0, count(*), NULL FROM case_tasks INDEXED BY case_tasks_open WHERE tenant_id = $1 AND status = 'open' AND assignee_id IS NOT NULL AND EXISTS (SELECT 1 FROM cases k WHERE k.tenant_id = case_tasks.tenant_id AND k.id = case_tasks.case_id AND k.status <> 'closed')")
	tasks.seen(s, a.Viewer).text.WriteString(" GROUP BY assignee_id")
	if !withAlerts {
		return []*listing{cases, tasks}
	}
	return []*listing{cases, alerts, unowned, tasks}
}

// Loads implements [figures.Store].
func (s *Store) Loads(ctx context.Context, a figures.Asked, alerts bool) ([]figures.Load, error) {
	people := map[harrier.PrincipalID]*figures.Load{}
	for _, l := range s.loads(a, alerts) {
		err := s.searchers.each(ctx, sqlf(l.text.String(), l.args...), func(r *rows) error {
			var one figures.Load
			if err := r.Scan(&one.Person.ID, &one.Person.Name, &one.Cases, &one.Alerts, &one.Tasks, &one.Oldest); err != nil {
				return err
			}
			merge(people, one)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if err := s.breaches(ctx, a, people); err != nil {
		return nil, err
	}
	return ranked(people), nil
}

// merge adds a part of what somebody has to do.
func merge(people map[harrier.PrincipalID]*figures.Load, one figures.Load) {
	if one.Cases+one.Alerts+one.Tasks == 0 {
		return
	}
	if one.Person.ID.IsZero() && one.Alerts > maxCount {
		one.Alerts, one.More = maxCount, true
	}
	was, ok := people[one.Person.ID]
	if !ok {
		people[one.Person.ID] = &one
		return
	}
	was.Cases, was.Alerts, was.Tasks, was.More = was.Cases+one.Cases, was.Alerts+one.Alerts, was.Tasks+one.Tasks, was.More || one.More
	if was.Oldest.IsZero() || !one.Oldest.IsZero() && one.Oldest.Before(was.Oldest) {
		was.Oldest = one.Oldest
	}
}

// breaches counts the promises about open cases that were missed, by who answers
// for the case.
func (s *Store) breaches(ctx context.Context, a figures.Asked, people map[harrier.PrincipalID]*figures.Load) error {
	l := &listing{table: "cases", args: []any{a.Tenant[:]}}
	l.text.WriteString("SELECT owner_id, count(*) FROM cases CROSS JOIN case_clocks k ON k.tenant_id = cases.tenant_id AND k.case_id = cases.id WHERE cases.tenant_id = $1 AND k.missed = 1 AND k.ended_at IS NULL")
	l.where("cases.status <> $", true, "closed").seen(s, a.Viewer).text.WriteString(" GROUP BY owner_id")
	return s.searchers.each(ctx, sqlf(l.text.String(), l.args...), func(r *rows) error {
		var id harrier.PrincipalID
		var n int64
		if err := r.Scan(&id, &n); err != nil {
			return err
		}
		if p, ok := people[id]; ok {
			p.Breached = n
		}
		return nil
	})
}

// ranked lists people, whoever has most cases first.
func ranked(people map[harrier.PrincipalID]*figures.Load) []figures.Load {
	all := make([]figures.Load, 0, len(people))
	for _, p := range people {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b figures.Load) int {
		return cmp.Or(cmp.Compare(b.Cases, a.Cases), cmp.Compare(b.Alerts, a.Alerts), cmp.Compare(b.Tasks, a.Tasks), bytes.Compare(a.Person.ID[:], b.Person.ID[:]))
	})
	return all[:min(len(all), mostLoads)]
}
