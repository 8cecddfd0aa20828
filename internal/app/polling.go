package app

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/door"
	"github.com/harrier-soar/harrier/internal/pull"
	"github.com/harrier-soar/harrier/schema"
)

// listAlerts is the verb of actions that can be asked for what is new.
const listAlerts = "siem.alerts"

// asker asks products by the actions of their connections.
type asker struct{ *App }

var (
	_ pull.Asker    = asker{}
	_ pull.Waiter   = asker{}
	_ pull.RowAsker = asker{}
)

// Ask implements [pull.Asker].
func (a asker) Ask(ctx context.Context, src harrier.Source, s pull.Settings, q pull.Question) (pull.Answer, error) {
	if src.Kind == "mailbox" {
		return a.askMailbox(ctx, src, s, q)
	}
	row, err := a.store.ConnectionByName(ctx, src.Tenant, s.Connection)
	if err != nil {
		return pull.Answer{}, err
	}
	spec, ok := a.actionOf(row.Connector, listAlerts)
	if !ok {
		return pull.Answer{}, harrier.Errorf(harrier.Invalid, "connector %s cannot be asked for alerts; choose a connection to a product that offers %s", row.Connector, listAlerts)
	}
	with := map[string]any{"since": q.Since.Format(time.RFC3339Nano), "until": q.Until.Format(time.RFC3339Nano)}
	if q.Page != "" {
		with["page"] = q.Page
	}
	out, err := a.read(ctx, row, spec, with)
	if err != nil {
		return pull.Answer{}, err
	}
	var got struct {
		Alerts []struct {
			ID        string          `json:"id"`
			ChangedAt time.Time       `json:"changed_at"`
			Alert     json.RawMessage `json:"alert"`
		} `json:"alerts"`
		Next      string `json:"next"`
		Truncated bool   `json:"truncated"`
	}
	if err := decodeInto(out, &got); err != nil {
		return pull.Answer{}, err
	}
	if got.Truncated {
		return pull.Answer{}, harrier.Errorf(harrier.Limited, "%s has more alerts in this time than it gives at once", row.Name)
	}
	ans := pull.Answer{Next: got.Next, Events: make([]pull.Event, len(got.Alerts))}
	for i, one := range got.Alerts {
		ans.Events[i] = pull.Event{ID: one.ID, At: one.ChangedAt, Content: "application/json", Body: one.Alert}
		if !one.ChangedAt.IsZero() {
			ans.Events[i].Version = one.ChangedAt.UTC().Format(time.RFC3339Nano)
		}
	}
	return ans, nil
}

// Taken implements [pull.Asker]: what products list needs no reply.
func (asker) Taken(context.Context, harrier.Source, pull.Settings, []pull.Event) error { return nil }

// actionOf finds the action by which a connector offers a verb.
func (a *App) actionOf(connector, verb string) (schema.ActionSpec, bool) {
	for _, spec := range a.products.actions {
		if spec.Connector == connector && spec.Verb == verb && !spec.Builtin {
			return spec, true
		}
	}
	return schema.ActionSpec{}, false
}

// read calls an action that only reads, outside any run, and waits for its answer.
func (a *App) read(ctx context.Context, row harrier.Connection, spec schema.ActionSpec, with map[string]any) (map[string]any, error) {
	switch {
	case !row.Enabled:
		return nil, harrier.Errorf(harrier.Unavailable, "connection %s is disabled", row.Name)
	case spec.Effect != harrier.Read:
		return nil, harrier.Errorf(harrier.Denied, "%s of %s does more than read", spec.Name, row.Name)
	}
	res, err := connections{a}.call(ctx, row, spec.Name, with)
	if err != nil {
		return nil, err
	}
	if !res.OK {
		return nil, harrier.Errorf(harrier.Unavailable, "%s: %s", row.Name, cmp.Or(res.Error, res.Class, "the call failed"))
	}
	return res.Output, nil
}

// decodeInto reads the output of an action.
func decodeInto(out map[string]any, into any) error {
	text, err := json.Marshal(out)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return harrier.Errorf(harrier.Unavailable, "the answer cannot be read: %w", err)
	}
	return nil
}

// checkMailbox says what is wrong with the settings of a mailbox of reports.
func checkMailbox(text json.RawMessage) (warning string, err error) {
	s, err := pull.ParseSettings(text)
	if err == nil && !strings.Contains(s.Mailbox, "@") {
		err = harrier.Errorf(harrier.Invalid, "the source cannot work so: mailbox: name the mailbox that people report to, as in --set mailbox=phishing@corp.example")
	}
	return "", err
}

// checkPoll says what is wrong with the settings of a source that is asked.
func checkPoll(text json.RawMessage) (warning string, err error) {
	_, err = pull.ParseSettings(text)
	return "", err
}

// RowsFrom implements [pull.RowAsker].
func (asker) RowsFrom(src harrier.Source) string {
	s, err := door.ParseSettings(src.Settings)
	if err != nil {
		return "" // the doctor tells
	}
	return s.RowsFrom
}

// rowsAction is the action of connectors that give the rows of a search by its id.
const rowsAction = "results"

// Rows implements [pull.RowAsker].
func (a asker) Rows(ctx context.Context, src harrier.Source, sid string) ([]json.RawMessage, error) {
	row, err := a.store.ConnectionByName(ctx, src.Tenant, a.RowsFrom(src))
	if err != nil {
		return nil, err
	}
	spec, err := connections(a).action(row, rowsAction)
	if err != nil {
		return nil, err
	}
	out, err := a.read(ctx, row, spec, map[string]any{"sid": sid})
	if err != nil {
		return nil, err
	}
	var got struct {
		Rows []json.RawMessage `json:"rows"`
	}
	err = decodeInto(out, &got)
	return got.Rows, err
}
