package app

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/change"
)

// revisions answers the API's questions about changes.
type revisions struct{ *App }

var _ api.Changes = revisions{}

// Changes implements [api.Changes].
func (d revisions) Changes(ctx context.Context, by harrier.Principal, f change.Filter, p harrier.Page) (api.List[api.Change], error) {
	list, next, err := d.changes.Changes(ctx, by, f, p)
	return mapped(list, next, err, api.ChangeOf)
}

// Change implements [api.Changes].
func (d revisions) Change(ctx context.Context, by harrier.Principal, id harrier.ChangeID) (api.ChangeDetail, error) {
	c, err := d.changes.Change(ctx, by, id)
	if err != nil {
		return api.ChangeDetail{}, err
	}
	return d.shown(ctx, c, nil)
}

// shown is a change with what is found in it now.
func (d revisions) shown(ctx context.Context, c change.Change, err error) (api.ChangeDetail, error) {
	if err != nil {
		return api.ChangeDetail{}, err
	}
	found, err := d.changes.Examine(ctx, c)
	return api.ChangeDetailOf(c, found), err
}

// ProposeChange implements [api.Changes].
func (d revisions) ProposeChange(ctx context.Context, by harrier.Principal, in api.ProposeChange) (api.ChangeDetail, error) {
	c, found, err := d.changes.Propose(ctx, by, in.Proposal())
	return api.ChangeDetailOf(c, found), err
}

// EditChange implements [api.Changes].
func (d revisions) EditChange(ctx context.Context, by harrier.Principal, id harrier.ChangeID, in api.ProposeChange) (api.ChangeDetail, error) {
	c, err := d.changes.Change(ctx, by, id)
	if err != nil {
		return api.ChangeDetail{}, err
	}
	c, found, err := d.changes.Edit(ctx, by, c, in.Proposal())
	return api.ChangeDetailOf(c, found), err
}

// MoveChange implements [api.Changes].
func (d revisions) MoveChange(ctx context.Context, by harrier.Principal, id harrier.ChangeID, in api.MoveChange) (api.ChangeDetail, error) {
	c, err := d.changes.Change(ctx, by, id)
	if err != nil {
		return api.ChangeDetail{}, err
	}
	if in.Verb == "merge" {
		c, found, err := d.changes.Merge(ctx, by, c)
		return api.ChangeDetailOf(c, found), err
	}
	said := change.Decision{Digest: in.Digest, Comment: in.Comment}
	switch in.Verb {
	case "submit":
		c, err = d.changes.Submit(ctx, by, c)
	case "approve":
		c, err = d.changes.Approve(ctx, by, c, said)
	case "reject":
		c, err = d.changes.Reject(ctx, by, c, said)
	default:
		err = harrier.Errorf(harrier.Internal, "a change cannot be moved by %q", in.Verb)
	}
	return d.shown(ctx, c, err)
}

// RollBack implements [api.Changes].
func (d revisions) RollBack(ctx context.Context, by harrier.Principal, in api.RollBack) (api.ChangeDetail, error) {
	c, found, err := d.changes.Rollback(ctx, by, in.Version)
	return api.ChangeDetailOf(c, found), err
}

// Versions implements [api.Changes].
func (d revisions) Versions(ctx context.Context, by harrier.Principal, path string) ([]api.ContentVersion, error) {
	list, err := d.changes.History(ctx, by, path)
	out := make([]api.ContentVersion, len(list))
	for i, v := range list {
		out[i] = api.ContentVersionOf(v)
	}
	return out, err
}
