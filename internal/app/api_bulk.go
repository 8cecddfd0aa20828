package app

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/triage"
)

// bulk does what many things are asked at once.
type bulk struct{ *App }

var _ api.Bulk = bulk{}

// DoAlert implements [api.Bulk].
func (b bulk) DoAlert(ctx context.Context, by harrier.Principal, st api.BulkStep, op api.AlertOp) (api.Did, error) {
	id, err := harrier.ParseID[harrier.AlertID](st.ID)
	if err != nil {
		return api.Did{}, err
	}
	desk := triage.NewDesk(b.store, b.cases, b.opt.Now)
	if st.Dry {
		desk = desk.Rehearsal()
	}
	todo, err := b.alertOp(ctx, by, op)
	if err != nil {
		return api.Did{}, err
	}
	a, changed, err := desk.Apply(ctx, by, id, st.Rev, todo)
	return api.Did{Rev: a.Rev, Changed: changed}, err
}

// alertOp is what the desk is asked.
func (b bulk) alertOp(ctx context.Context, by harrier.Principal, op api.AlertOp) (out triage.Op, err error) {
	switch {
	case op.Close != nil:
		out.Close = &triage.Closing{Disposition: op.Close.Disposition, Reason: op.Close.Reason}
	case op.Reopen != nil:
		out.Reopen = op.Reopen.Reason
	case op.Assign != nil:
		out.Assign, err = b.person(ctx, by, op.Assign.To)
	case op.Tag != nil:
		out.AddTags, out.RemoveTags = op.Tag.Add, op.Tag.Remove
	case op.Case != "":
		out.Case, err = files(b).id(ctx, by, op.Case)
	default:
		out.Severity = op.Severity
	}
	return out, err
}

// DoCase implements [api.Bulk].
func (b bulk) DoCase(ctx context.Context, by harrier.Principal, st api.BulkStep, op api.CaseOp) (api.Did, error) {
	id, err := files(b).id(ctx, by, st.ID)
	if err != nil {
		return api.Did{}, err
	}
	cases := b.cases
	if st.Dry {
		cases = cases.Rehearsal()
	}
	todo, err := b.caseOp(ctx, by, op)
	if err != nil {
		return api.Did{}, err
	}
	c, changed, err := cases.Apply(ctx, by, id, st.Rev, todo)
	return api.Did{Rev: c.Rev, Changed: changed}, err
}

// caseOp is what the service of cases is asked.
func (b bulk) caseOp(ctx context.Context, by harrier.Principal, op api.CaseOp) (casework.Op, error) {
	edit := &casework.Edit{}
	switch {
	case op.Close != nil:
		return casework.Op{Close: &casework.Closing{Disposition: op.Close.Disposition, Reason: op.Close.Reason}}, nil
	case op.Reopen != nil:
		return casework.Op{Reopen: &casework.Correction{Reason: op.Reopen.Reason, Disposition: op.Reopen.Disposition}}, nil
	case op.Status != nil:
		return casework.Op{Status: &casework.Turn{To: op.Status.To, Reason: op.Status.Reason}}, nil
	case op.Assign != nil:
		owner, err := b.person(ctx, by, op.Assign.To)
		edit.Owner = owner
		return casework.Op{Edit: edit}, err
	case op.Tag != nil:
		edit.AddTags, edit.RemoveTags = op.Tag.Add, op.Tag.Remove
	case op.Watch != nil && *op.Watch:
		edit.Watch = &harrier.Person{ID: by.ID, Name: by.Name}
	case op.Watch != nil:
		edit.Unwatch = &harrier.Person{ID: by.ID}
	default:
		edit.Severity = &op.Severity
	}
	return casework.Op{Edit: edit}, nil
}

// person is who somebody means: themselves, an account by its name, or a
// principal of their tenant by id; nobody for nothing.
func (b bulk) person(ctx context.Context, by harrier.Principal, text string) (*harrier.Person, error) {
	switch text {
	case "":
		return &harrier.Person{}, nil
	case "me":
		return &harrier.Person{ID: by.ID, Name: by.Name}, nil
	}
	id, err := harrier.ParseID[harrier.PrincipalID](text)
	if err != nil {
		account, err := b.access.Find(ctx, by, text)
		if err != nil {
			return nil, err
		}
		id = account.ID
	}
	p, err := principals{b.App}.Principal(ctx, by.Tenant, id)
	return &harrier.Person{ID: id, Name: p.Name}, err
}
