package pager

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// maxDigest bounds the lines of a digest.
const maxDigest = 50

// grouped puts notifications together that go into one digest: those of a
// tenant, a route and a time.
func grouped(list []Notification) (groups [][]Notification) {
	for _, n := range list {
		i := slices.IndexFunc(groups, func(g []Notification) bool {
			return g[0].Tenant == n.Tenant && g[0].Route.Name == n.Route.Name && g[0].Due.Equal(n.Due)
		})
		if i < 0 {
			groups = append(groups, []Notification{n})
			continue
		}
		groups[i] = append(groups[i], n)
	}
	return groups
}

// digest tells several notifications together: each of those who are to be told
// gets one, which goes its way like any other. It is one transaction.
func (s *Service) digest(ctx context.Context, group []Notification) error {
	now, first := s.now(), group[0]
	title, text := digestText(group)
	var told []Notification
	why := "nobody could be told"
	for _, to := range s.recipients(ctx, first) {
		if to.why != "" {
			why = to.why
			continue
		}
		route := Route{Name: first.Route.Name, Urgent: first.Route.Urgent, Rounds: 1, Levels: []Level{{Tell: []string{to.name}, Via: first.Route.Levels[0].Via}}}
		told = append(told, Notification{
			Tenant: first.Tenant, ID: harrier.NewID[harrier.NotificationID](now), Kind: "digest", Severity: worst(group), Title: title, Text: text,
			Key: strings.Join([]string{"digest", first.ID.String(), to.name}, "/"), Route: route, Status: Pending, Due: now, CreatedAt: now, UpdatedAt: now, Rev: 1,
		})
	}
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		for _, n := range group {
			n.Status, n.Due, n.UpdatedAt, n.Note = Told, time.Time{}, now, "in a digest"
			if len(told) == 0 {
				n.Status, n.Note = Unheard, why
			}
			if err := s.cfg.Store.UpdateNotification(ctx, tx, n); err != nil {
				return err
			}
		}
		for _, n := range told {
			if err := s.cfg.Store.AddNotification(ctx, tx, n); err != nil {
				return err
			}
		}
		tx.OnCommit(s.Look)
		return nil
	})
}

// digestText is what a digest says, the worst first.
func digestText(group []Notification) (title, text string) {
	sorted := slices.Clone(group)
	slices.SortStableFunc(sorted, func(a, b Notification) int { return priority(a.Severity) - priority(b.Severity) })
	var b strings.Builder
	for i, n := range sorted {
		if i == maxDigest {
			fmt.Fprintf(&b, "and %d more: harrier notification list\n", len(sorted)-maxDigest)
			break
		}
		fmt.Fprintf(&b, "%s [%s] %s\n", n.CreatedAt.Format("15:04"), n.Severity, cut(n.Title, 120))
	}
	what := "notifications"
	if len(group) == 1 {
		what = "notification"
	}
	return fmt.Sprintf("%d %s", len(group), what), cut(strings.TrimSuffix(b.String(), "\n"), 2*maxText)
}

// worst is the highest severity among notifications.
func worst(group []Notification) string {
	return slices.MinFunc(group, func(a, b Notification) int { return priority(a.Severity) - priority(b.Severity) }).Severity
}
