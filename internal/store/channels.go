package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/channel"
)

var _ channel.Store = (*Store)(nil)

const channelColumns = `tenant_id, id, name, kind, connection, place, assign, settings, created_at, updated_at, rev`

func scanChannel(r harrier.Rows) (c channel.Channel, err error) {
	var settings json.RawMessage
	err = r.Scan(&c.Tenant, &c.ID, &c.Name, &c.Kind, &c.Connection, &c.Place, &c.Assign, &settings, &c.CreatedAt, &c.UpdatedAt, &c.Rev)
	if err == nil {
		err = json.Unmarshal(settings, &c.Settings)
	}
	return c, err
}

// Channels implements [channel.Rows].
func (s *Store) Channels(ctx context.Context, tenant harrier.TenantID) ([]channel.Channel, error) {
	return list(ctx, s.readers, sqlf(`SELECT `+channelColumns+` FROM channels WHERE tenant_id = $1 ORDER BY name`, tenant[:]), scanChannel)
}

// ChannelByID implements [channel.Rows].
func (s *Store) ChannelByID(ctx context.Context, id harrier.ChannelID) (channel.Channel, error) {
	c, ok, err := first(ctx, s.readers, sqlf(`SELECT `+channelColumns+` FROM channels WHERE id = $1`, id[:]), scanChannel)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "channel %s does not exist", id)
	}
	return c, err
}

// SetChannel implements [channel.Rows].
func (s *Store) SetChannel(ctx context.Context, tx harrier.Tx, c channel.Channel) error {
	const text = `INSERT INTO channels (` + channelColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)
ON CONFLICT (tenant_id, name) DO UPDATE SET kind = excluded.kind, connection = excluded.connection, place = excluded.place, assign = excluded.assign,
settings = excluded.settings, updated_at = excluded.updated_at, rev = rev + 1`
	settings, err := json.Marshal(c.Settings)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the settings of channel %s: %w", c.Name, err)
	}
	_, err = tx.Exec(ctx, text, c.Tenant[:], c.ID[:], c.Name, c.Kind, c.Connection, c.Place, c.Assign, string(settings), c.CreatedAt, c.UpdatedAt)
	return err
}

// RemoveChannel implements [channel.Rows].
func (s *Store) RemoveChannel(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, name string) error {
	n, err := tx.Exec(ctx, `DELETE FROM channels WHERE tenant_id = $1 AND name = $2`, tenant[:], name)
	if err == nil && n == 0 {
		return harrier.Errorf(harrier.NotFound, "channel %q does not exist", name)
	}
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM channel_people WHERE tenant_id = $1 AND channel = $2`, tenant[:], name)
	}
	return err
}

// ChannelPeople implements [channel.People].
func (s *Store) ChannelPeople(ctx context.Context, tenant harrier.TenantID, name string) ([]channel.Person, error) {
	const text = `SELECT tenant_id, channel, account, principal, name, added_at FROM channel_people WHERE tenant_id = $1 AND channel = $2 ORDER BY account`
	return list(ctx, s.readers, sqlf(text, tenant[:], name), func(r harrier.Rows) (p channel.Person, err error) {
		err = r.Scan(&p.Tenant, &p.Channel, &p.Account, &p.Principal, &p.Name, &p.AddedAt)
		return p, err
	})
}

// SetPerson implements [channel.People].
func (s *Store) SetPerson(ctx context.Context, tx harrier.Tx, p channel.Person) error {
	const text = `INSERT INTO channel_people (tenant_id, channel, account, principal, name, added_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, channel, account) DO UPDATE SET principal = excluded.principal, name = excluded.name, added_at = excluded.added_at`
	_, err := tx.Exec(ctx, text, p.Tenant[:], p.Channel, p.Account, p.Principal[:], p.Name, p.AddedAt)
	return err
}

// RemovePerson implements [channel.People].
func (s *Store) RemovePerson(ctx context.Context, tx harrier.Tx, p channel.Person) error {
	n, err := tx.Exec(ctx, `DELETE FROM channel_people WHERE tenant_id = $1 AND channel = $2 AND account = $3`, p.Tenant[:], p.Channel, p.Account)
	if err == nil && n == 0 {
		err = harrier.Errorf(harrier.NotFound, "channel %s has no account %q", p.Channel, p.Account)
	}
	return err
}

// EndChannelPeople takes a person out of all channels, as when they leave.
func (s *Store) EndChannelPeople(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, person harrier.PrincipalID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM channel_people WHERE tenant_id = $1 AND principal = $2`, tenant[:], person[:])
}

// DuePosts implements [channel.Posts].
func (s *Store) DuePosts(ctx context.Context, now time.Time, limit int) ([]harrier.Approval, error) {
	const text = `SELECT ` + approvalColumns + ` FROM approvals WHERE status = 'pending' AND post_at IS NOT NULL AND post_at <= $1 ORDER BY post_at, id LIMIT $2`
	return list(ctx, s.readers, sqlf(text, now, limit), scanApproval)
}

// PostAt implements [channel.Posts]. What was escalated meanwhile stays due.
func (s *Store) PostAt(ctx context.Context, tx harrier.Tx, a harrier.Approval) error {
	_, err := tx.Exec(ctx, `UPDATE approvals SET post_at = $3, escalate_at = $5 WHERE tenant_id = $1 AND id = $2 AND rev = $4`,
		a.Tenant[:], a.ID[:], a.PostAt, a.Rev, a.EscalateAt)
	return err
}

// Posted implements [channel.Posts].
func (s *Store) Posted(ctx context.Context, tx harrier.Tx, p channel.Post) error {
	const text = `INSERT INTO channel_posts (tenant_id, approval_id, channel, address, at, reference) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`
	_, err := tx.Exec(ctx, text, p.Tenant[:], p.Approval[:], p.Channel, p.Address, p.At, p.Reference)
	return err
}

// PostsOf implements [channel.Posts].
func (s *Store) PostsOf(ctx context.Context, tenant harrier.TenantID, id harrier.ApprovalID) ([]channel.Post, error) {
	const text = `SELECT tenant_id, approval_id, channel, address, at, reference FROM channel_posts WHERE tenant_id = $1 AND approval_id = $2 ORDER BY channel, address`
	return list(ctx, s.readers, sqlf(text, tenant[:], id[:]), func(r harrier.Rows) (p channel.Post, err error) {
		err = r.Scan(&p.Tenant, &p.Approval, &p.Channel, &p.Address, &p.At, &p.Reference)
		return p, err
	})
}

// ClaimRequest implements [channel.Requests].
func (s *Store) ClaimRequest(ctx context.Context, tx harrier.Tx, digest [32]byte, at time.Time) error {
	n, err := tx.Exec(ctx, `INSERT INTO channel_requests (digest, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, digest[:], at)
	if err == nil && n == 0 {
		err = harrier.Errorf(harrier.Conflict, "this request was taken before")
	}
	return err
}

// ForgetRequests removes what was remembered of requests before a time.
func (s *Store) ForgetRequests(ctx context.Context, tx harrier.Tx, before time.Time, limit int) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM channel_requests WHERE digest IN (SELECT digest FROM channel_requests WHERE at < $1 LIMIT $2)`, before, limit)
}
