package app

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/ship"
	"github.com/harrier-soar/harrier/internal/transport"
	"github.com/harrier-soar/harrier/internal/webhook"
)

// shipSecret is the field of the vault that holds the secret of a web hook.
const shipSecret = "secret"

// courier ships audit rows through the transport, under its rules.
type courier struct{ *App }

var _ ship.Wire = courier{}

// connection is a target as the transport knows it.
func (c courier) connection(t ship.Target) transport.Connection {
	conn := transport.Connection{ID: t.ID, Tenant: t.Tenant, Name: "audit target " + t.Name, Connector: "audit", BaseURL: t.Address, CA: []byte(t.CA), AllowPrivate: ranges(t.AllowPrivate)}
	if t.Kind == ship.Syslog {
		conn.BaseURL = "tcp://" + t.Address
	}
	return conn
}

// Send implements [ship.Wire].
func (c courier) Send(ctx context.Context, t ship.Target, b ship.Batch) error {
	env := c.transport.Env(c.connection(t), transport.Call{Mode: harrier.Live, Action: "audit.ship", Effect: harrier.Disclose})
	if t.Kind == ship.Webhook {
		return c.post(ctx, t, b, env.HTTP.Do)
	}
	plain, err := env.Dial(ctx, "tcp", t.Address)
	if err != nil {
		return err
	}
	defer func() { _ = plain.Close() }() // what matters was answered
	host, _, err := net.SplitHostPort(t.Address)
	if err != nil {
		return err
	}
	conn, err := env.Secure(ctx, plain, host)
	if err != nil {
		return err
	}
	self, err := os.Hostname()
	if err != nil {
		self = "-"
	}
	if _, err := conn.Write(b.Frames(self, c.opt.Now())); err != nil {
		return err
	}
	return taken(conn)
}

// taken says that all was sent and waits until the other side says so too. In
// syslog nothing is acknowledged; a server that closes in order has read to the end.
func taken(conn net.Conn) error {
	w, ok := conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.New("the connection cannot be ended in order")
	}
	if err := w.CloseWrite(); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(conn, 1<<16)); err != nil {
		return harrier.Errorf(harrier.Unavailable, "the log server did not end the connection in order, so that it is not known whether it has read all: %w", err)
	}
	return nil
}

// post sends a batch to a web hook.
func (c courier) post(ctx context.Context, t ship.Target, b ship.Batch, do func(*http.Request) (*http.Response, error)) error {
	now := c.opt.Now()
	body, err := b.Body(t, now)
	if err != nil {
		return err
	}
	secret, err := c.vault.Reveal(ctx, t.Tenant, t.ID.String(), shipSecret)
	if err != nil {
		return err
	}
	id := b.ID(t)
	res, err := postSigned(ctx, do, t.Address, webhook.Posting{ID: id, At: now, Body: body, Secrets: []harrier.Secret{secret}})
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // only its status matters
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return harrier.Errorf(harrier.Unavailable, "the web hook answered %s", res.Status)
	}
	return nil
}

// AuditTargets implements [api.AuditTargets].
func (t trails) AuditTargets(ctx context.Context, by harrier.Principal) ([]api.AuditTarget, error) {
	rows, err := t.store.AuditTargets(ctx, by.Tenant)
	list := make([]api.AuditTarget, len(rows))
	for i, row := range rows {
		list[i] = api.AuditTargetOf(row)
	}
	return list, err
}

// AddAuditTarget implements [api.AuditTargets].
func (t trails) AddAuditTarget(ctx context.Context, by harrier.Principal, in api.AddAuditTarget) (api.AuditTarget, error) {
	now := t.opt.Now().UTC().Truncate(time.Microsecond)
	row := ship.Target{
		Tenant: by.Tenant, ID: harrier.NewID[harrier.ConnectionID](now), Name: in.Name, Kind: in.Kind, Address: in.Address, CA: in.CA,
		AllowPrivate: append([]string{}, in.AllowPrivate...), CreatedAt: now,
	}
	if err := errors.Join(row.Check()); err != nil {
		return api.AuditTarget{}, err
	}
	if err := courier(t).connection(row).Check(); err != nil {
		return api.AuditTarget{}, err
	}
	out := api.AuditTargetOf(row)
	if row.Kind == ship.Webhook {
		secret := webhook.NewSecret()
		if err := t.vault.Put(ctx, by.Tenant, row.ID.String(), shipSecret, secret); err != nil {
			return api.AuditTarget{}, err
		}
		out.Secret = secret.Reveal() // shown this once
	}
	return out, t.store.Write(ctx, func(tx harrier.Tx) error {
		if err := t.store.AddAuditTarget(ctx, tx, row); err != nil {
			return err
		}
		return t.audit(ctx, tx, by, deed{action: "audit_target.add", target: row.ID.String(), data: map[string]any{"name": row.Name, "kind": row.Kind}})
	})
}

// RemoveAuditTarget implements [api.AuditTargets].
func (t trails) RemoveAuditTarget(ctx context.Context, by harrier.Principal, name string) error {
	rows, err := t.store.AuditTargets(ctx, by.Tenant)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Name != name {
			continue
		}
		err := t.store.Write(ctx, func(tx harrier.Tx) error {
			if err := t.store.RemoveAuditTarget(ctx, tx, by.Tenant, row.ID); err != nil {
				return err
			}
			return t.audit(ctx, tx, by, deed{action: "audit_target.remove", target: row.ID.String(), data: map[string]any{"name": name, "through": row.Cursor}})
		})
		if err == nil {
			err = t.vault.Delete(ctx, by.Tenant, row.ID.String(), "")
		}
		return err
	}
	return harrier.Errorf(harrier.NotFound, "there is no target %s; harrier audit ship list", name)
}
