package pager

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/internal/rounds"
)

// Dispatch is the run that sends a delivery: a playbook and its inputs.
type Dispatch struct {
	Tenant harrier.TenantID
	Run    harrier.RunID
	Alert  harrier.AlertID
	Case   harrier.CaseID
	// Priority orders dispatch, as for runs.
	Priority int
	Name     string
	Source   string
	Inputs   map[string]any
	// Link is what acknowledges it, and Hash by what it is found; it has no
	// purpose where there is none.
	Link links.Link
	Hash links.Hash
	// wakes tells that it is a page, of the delivery seq.
	wakes bool
	seq   int
}

// ways are the channels that reach a recipient, in order.
func (s Settings) ways(to recipient, via []string) (list []Channel) {
	if name, ok := strings.CutPrefix(to.name, "channel:"); ok {
		return []Channel{s.Channels[name]}
	}
	for _, name := range via {
		if c, ok := s.Channels[name]; ok && (to.reach[c.Kind] != "" || c.Kind == Page) {
			list = append(list, c)
		}
	}
	return list
}

// channels are those of a kind, by name.
func (s Settings) channels(kind string) (list []Channel) {
	for _, name := range slices.Sorted(maps.Keys(s.Channels)) {
		if c := s.Channels[name]; c.Kind == kind {
			list = append(list, c)
		}
	}
	return list
}

// stepKey tells the deliveries of a notification apart.
func stepKey(d Delivery) string { return fmt.Sprintf("%d", d.Seq) }

// sending is the run of a delivery. Everything that came from data is an input:
// none of it is ever part of the source.
func (s *Service) sending(n Notification, d Delivery, to recipient, c Channel) Dispatch {
	address, link, hash := s.link(n, d)
	out := Dispatch{
		Tenant: n.Tenant, Run: d.Run, Alert: n.Alert, Case: n.Case, Priority: priority(n.Severity), Name: "notify-" + c.Kind + ".playbook.yaml",
		Inputs: map[string]any{
			"to": cmp.Or(c.To, to.reach[c.Kind]), "title": fmt.Sprintf("[%s] %s", n.Severity, n.Title), "text": words(n, address),
			"key": n.ID.String(), "severity": pagerSeverity(n.Severity),
		},
		Link: link, Hash: hash, wakes: c.Kind == Page, seq: d.Seq,
	}
	out.Source = source(c, out.Inputs["to"] != "")
	return out
}

// words is what a person reads, with the link of the delivery where it has one.
func words(n Notification, link string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%s] %s\n", n.Severity, n.Title)
	if n.Text != "" {
		b.WriteString(n.Text + "\n")
	}
	if n.Round > 0 || n.Level > 0 {
		fmt.Fprintf(&b, "Nobody has acknowledged it yet: level %d, round %d.\n", n.Level+1, n.Round+1)
	}
	if n.Route.asks() {
		fmt.Fprintf(&b, "Take it on: harrier notification ack %s\n", n.ID)
		if link != "" {
			fmt.Fprintf(&b, "or %s\n", link)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// priority is that of a run for a severity.
func priority(severity string) int {
	if i := slices.Index([]string{"critical", "high", "medium"}, severity); i >= 0 {
		return i
	}
	return 3
}

// pagerSeverity is a severity in the words of pagers.
func pagerSeverity(severity string) string {
	return cmp.Or(map[string]string{"critical": "critical", "high": "error", "medium": "warning"}[severity], "info")
}

// source is the playbook that sends by a channel.
func source(c Channel, named bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, `harrier: 1
playbook: notify-%s
title: Tell somebody by %s
limits: {timeout: 1h}
inputs:
  to: {type: string, default: ""}
  title: {type: string, required: true}
  text: {type: string, required: true}
  key: {type: string, required: true}
  severity: {type: string, default: info}
steps:
  - id: sent
`, c.Kind, c.Kind)
	verb, with := "chat.post", "      channel: ${{ inputs.to }}\n      text: ${{ inputs.text }}\n"
	switch c.Kind {
	case Mail:
		verb, with = "mail.send", "      to: ${{ [inputs.to] }}\n      subject: ${{ inputs.title }}\n      body: ${{ inputs.text }}\n"
	case Page:
		verb = "oncall.page"
		with = "      title: ${{ inputs.title }}\n      dedup_key: ${{ inputs.key }}\n      severity: ${{ inputs.severity }}\n      details: ${{ inputs.text }}\n"
		if named {
			with += "      service: ${{ inputs.to }}\n"
		}
	}
	fmt.Fprintf(&b, "    uses: %s\n", verb)
	return b.String() + by(c) + "    with:\n" + with
}

// by says which connection a step uses.
func by(c Channel) string {
	if c.Connection == "" {
		return "    via: first\n"
	}
	return fmt.Sprintf("    connection: %q\n", c.Connection)
}

// commit writes what was decided, with the runs that send, at once. A delivery
// that cannot be sent, because nothing is connected, fails, and is looked at again.
func (s *Service) commit(ctx context.Context, t *turn) error {
	var sends []Dispatch
	var adds []func(context.Context, harrier.Tx) error
	for _, one := range t.sends {
		add, err := s.cfg.Starts.PrepareDispatch(ctx, one)
		if err == nil {
			adds, sends = append(adds, add), append(sends, one)
			continue
		}
		if harrier.KindOf(err) != harrier.Invalid && harrier.KindOf(err) != harrier.NotFound {
			return err
		}
		t.refused(one.Run, err, s.now())
	}
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.UpdateNotification(ctx, tx, t.n); err != nil {
			return err
		}
		for _, i := range t.changed {
			if err := s.cfg.Store.PutDelivery(ctx, tx, t.deliveries[i]); err != nil {
				return err
			}
		}
		for i, one := range sends {
			if err := s.dispatch(ctx, tx, t.n, one); err != nil {
				return err
			}
			if err := adds[i](ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// dispatch adds what belongs to the run of a delivery: its link, and that a page
// is followed.
func (s *Service) dispatch(ctx context.Context, tx harrier.Tx, n Notification, one Dispatch) error {
	if one.wakes {
		now := s.now()
		w := Wake{Tenant: n.Tenant, Notification: n.ID, Seq: one.seq, Due: now.Add(asking), CreatedAt: now}
		if err := s.cfg.Store.AddWake(ctx, tx, w); err != nil {
			return err
		}
		tx.OnCommit(func() { rounds.Nudge(s.hurry) })
	}
	if one.Link.Purpose == "" {
		return nil
	}
	return s.cfg.Store.AddLink(ctx, tx, one.Hash, one.Link)
}

// refused notes that the run of a delivery cannot start.
func (t *turn) refused(run harrier.RunID, err error, now time.Time) {
	for i, d := range t.deliveries {
		if d.Run == run {
			d.State, d.Why, d.Run, d.EndedAt = Failed, cut(err.Error(), maxTitle), harrier.RunID{}, now
			t.deliveries[i], t.n.Due = d, now
		}
	}
}
