package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/pull"
	"github.com/harrier-soar/harrier/schema"
)

// searchMail and getMail are the verbs by which mailboxes of reports are read.
const searchMail, getMail = "mail.search", "mail.get"

// incoming is a mail in a mailbox of reports.
type incoming struct {
	Mailbox  string    `json:"mailbox"`
	ID       string    `json:"id"`
	From     string    `json:"from"`
	Received time.Time `json:"received"`
}

// askMailbox reports the mails that a mailbox has received in a window. Each is
// an alert with the mail as evidence, as if it were reported by hand; the same
// bytes are the same alert, so that a crash doubles none. What the mailbox has
// sent itself is none.
func (a asker) askMailbox(ctx context.Context, src harrier.Source, s pull.Settings, q pull.Question) (pull.Answer, error) {
	row, err := a.store.ConnectionByName(ctx, src.Tenant, s.Connection)
	if err != nil {
		return pull.Answer{}, err
	}
	search, can1 := a.actionOf(row.Connector, searchMail)
	_, can2 := a.actionOf(row.Connector, getMail)
	if !can1 || !can2 {
		return pull.Answer{}, harrier.Errorf(harrier.Invalid, "connector %s reads no mailboxes; choose a connection to a mail system", row.Connector)
	}
	out, err := a.read(ctx, row, search, map[string]any{
		"mailboxes": []any{s.Mailbox}, "since": q.Since.Format(time.RFC3339Nano), "until": q.Until.Format(time.RFC3339Nano),
	})
	if err != nil {
		return pull.Answer{}, err
	}
	var got struct {
		Messages  []incoming `json:"messages"`
		Truncated bool       `json:"truncated"`
	}
	if err := decodeInto(out, &got); err != nil {
		return pull.Answer{}, err
	}
	if got.Truncated {
		return pull.Answer{}, harrier.Errorf(harrier.Limited, "%s has more mails in this time than it gives at once", s.Mailbox)
	}
	var ans pull.Answer
	for _, m := range got.Messages {
		if strings.EqualFold(m.From, s.Mailbox) {
			continue
		}
		unread, err := a.once(ctx, src, row, m)
		if err != nil {
			return pull.Answer{}, err
		}
		ans.Events = append(ans.Events, unread...)
	}
	return ans, nil
}

// Wait implements [pull.Waiter]: by the action of a connector that waits, such as
// IDLE of IMAP.
func (a asker) Wait(ctx context.Context, src harrier.Source, s pull.Settings, state string) (now string, can bool, err error) {
	row, err := a.store.ConnectionByName(ctx, src.Tenant, s.Connection)
	if err != nil {
		return "", false, err
	}
	spec, ok := a.waitOf(row.Connector)
	if !ok {
		return "", false, nil
	}
	with := map[string]any{"mailbox": s.Mailbox}
	if state != "" {
		with["state"] = state
	}
	out, err := a.read(ctx, row, spec, with)
	if err != nil {
		return "", false, err
	}
	var got struct {
		Offered bool   `json:"offered"`
		State   string `json:"state"`
	}
	err = decodeInto(out, &got)
	return got.State, got.Offered, err
}

// waitOf finds the action by which a connector waits.
func (a *App) waitOf(connector string) (schema.ActionSpec, bool) {
	for _, spec := range a.products.actions {
		if spec.Connector == connector && spec.Waits {
			return spec, true
		}
	}
	return schema.ActionSpec{}, false
}

// once reports a mail, unless that was done.
func (a asker) once(ctx context.Context, src harrier.Source, row harrier.Connection, m incoming) ([]pull.Event, error) {
	now := a.opt.Now().UTC().Truncate(time.Microsecond)
	e := harrier.RawEvent{Tenant: src.Tenant, Source: src.ID, ID: harrier.NewID[harrier.EventID](now), Received: now}
	known, err := a.store.DeliveryKnown(ctx, e, mailName(m))
	if err != nil || known {
		return nil, err
	}
	unread, err := a.report(ctx, row, m)
	if err != nil {
		return nil, err
	}
	if unread != nil {
		return []pull.Event{{ID: mailName(m), At: m.Received, Content: "application/json", Body: unread}}, nil
	}
	return nil, a.store.Write(ctx, func(tx harrier.Tx) error {
		_, _, err := a.store.ClaimDelivery(ctx, tx, e, mailName(m))
		return err
	})
}

// mailName is the name by which a mail is known again.
func mailName(m incoming) string { return "mail/" + m.Mailbox + "/" + m.ID }

// report fetches a mail and reports it. A mail that the product does not give
// whole is told of as an event instead: somebody has reported it.
func (a asker) report(ctx context.Context, row harrier.Connection, m incoming) (unread []byte, err error) {
	get, _ := a.actionOf(row.Connector, getMail)
	out, err := a.read(ctx, row, get, map[string]any{"mailbox": m.Mailbox, "message_id": m.ID})
	if err != nil {
		return nil, err
	}
	text, _ := out["raw"].(string)
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) == 0 {
		return json.Marshal(map[string]any{
			"id": mailName(m), "title": "A reported mail could not be fetched", "severity": "medium", "category": "phishing",
			"message": "It is in the mailbox " + m.Mailbox + ", and too large for its product to give whole.", "email": m.From, "time": m.Received,
		})
	}
	if taken, err := a.replied(ctx, row.Tenant, raw); err != nil || taken {
		return nil, err
	}
	by := harrier.Operator()
	by.ID, by.Name, by.Tenant = harrier.SystemPrincipal, "mailbox "+m.Mailbox, row.Tenant
	_, err = things(a).SubmitMail(ctx, by, api.SubmitMail{Name: "report.eml", Message: bytes.NewReader(raw)})
	return nil, err
}
