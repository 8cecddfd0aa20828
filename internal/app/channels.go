package app

import (
	"cmp"
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/channel"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/schema"
)

// posts sends what is brought to people by the connections of the installation.
type posts struct{ *App }

var _ channel.Sender = posts{}

// Live implements [channel.Sender].
func (p posts) Live(ctx context.Context, tenant harrier.TenantID, run harrier.RunID) (bool, error) {
	row, err := p.store.Load(ctx, tenant, run)
	return row.Mode == harrier.Live, err
}

// Check implements [channel.Sender].
func (p posts) Check(ctx context.Context, c channel.Channel) error {
	_, _, err := p.by(ctx, c)
	return err
}

// by is the connection of a channel and the action that posts by it.
func (p posts) by(ctx context.Context, c channel.Channel) (row harrier.Connection, spec schema.ActionSpec, err error) {
	if row, err = p.store.ConnectionByName(ctx, c.Tenant, c.Connection); err != nil {
		return row, spec, err
	}
	if c.Kind == channel.Slack {
		if spec, ok := p.products.actions[row.Connector+".ask"]; ok && row.Connector == "slack" {
			return row, spec, nil
		}
		return row, spec, harrier.Errorf(harrier.Invalid, "connection %s is not one to Slack", c.Connection)
	}
	verb := map[string]string{channel.Mail: "mail.send", channel.Teams: "chat.post"}[c.Kind]
	if spec, ok := p.actionOf(row.Connector, verb); ok {
		return row, spec, nil
	}
	return row, spec, harrier.Errorf(harrier.Invalid, "connection %s cannot post: connector %s does not offer %s", c.Connection, row.Connector, verb)
}

// Send implements [channel.Sender]. The key of the message is the effect's, by
// which whoever looks finds out whether it was sent.
func (p posts) Send(ctx context.Context, c channel.Channel, m channel.Message) (string, error) {
	row, spec, err := p.by(ctx, c)
	if err != nil {
		return "", err
	}
	if !row.Enabled {
		return "", harrier.Errorf(harrier.Unavailable, "connection %s is disabled", row.Name)
	}
	with := map[string]any{"channel": m.Place, "text": m.Text}
	switch c.Kind {
	case channel.Slack:
		blocks, err := channel.SlackBlocks(m)
		if err != nil {
			return "", err
		}
		with["blocks"] = blocks
	case channel.Mail:
		with = map[string]any{"to": []any{m.Place}, "subject": m.Title, "body": m.Text}
	}
	out := p.caller.Call(ctx, engine.CallRequest{
		Tenant: c.Tenant, Mode: harrier.Live,
		Call: step.Call{
			Spec: spec, With: with, Attempt: 1, Key: m.Key,
			Target: step.Target{Connection: row.ID, Name: row.Name, Action: spec.Name, Address: row.BaseURL, Manifest: spec.ManifestHash, Rev: row.Rev},
		},
	})
	if out.Failure != nil {
		return "", harrier.Errorf(harrier.Unavailable, "%s: %s", row.Name, cmp.Or(out.Failure.Text, out.Failure.Class))
	}
	reference, _ := out.Output["message_id"].(string)
	return reference, nil
}
