package api

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/change"
)

var (
	_ Changes = (*world)(nil)
	_ Git     = (*world)(nil)
)

func (w *world) theChange() ChangeDetail {
	c := change.Change{ID: fixed[harrier.ChangeID]("change"), Title: "Ask before blocking", Origin: change.Written, State: change.Draft, CreatedAt: epoch(), Rev: 1}
	return ChangeDetailOf(c, change.Findings{})
}

func (w *world) Changes(_ context.Context, by harrier.Principal, _ change.Filter, _ harrier.Page) (List[Change], error) {
	return page(w, by, w.theChange().Change)
}

func (w *world) Change(_ context.Context, by harrier.Principal, id harrier.ChangeID) (ChangeDetail, error) {
	return w.theChange(), w.find(by, "change", id.String(), id == w.theChange().ID)
}

func (w *world) ProposeChange(context.Context, harrier.Principal, ProposeChange) (ChangeDetail, error) {
	w.change("ProposeChange")
	return w.theChange(), w.broken
}

func (w *world) EditChange(ctx context.Context, by harrier.Principal, id harrier.ChangeID, _ ProposeChange) (ChangeDetail, error) {
	w.change("EditChange")
	return w.Change(ctx, by, id)
}

func (w *world) MoveChange(ctx context.Context, by harrier.Principal, id harrier.ChangeID, _ MoveChange) (ChangeDetail, error) {
	w.change("MoveChange")
	return w.Change(ctx, by, id)
}

func (w *world) RollBack(context.Context, harrier.Principal, RollBack) (ChangeDetail, error) {
	w.change("RollBack")
	return w.theChange(), w.broken
}

func (w *world) Versions(_ context.Context, by harrier.Principal, path string) ([]ContentVersion, error) {
	list, err := page(w, by, ContentVersion{Version: 1, Path: path, At: epoch()})
	return list.Items, err
}

func (w *world) GitStatus(_ context.Context, by harrier.Principal) (GitStatus, error) {
	return GitStatus{Branch: "live"}, w.broken
}

func (w *world) ExportGit(ctx context.Context, by harrier.Principal) (GitStatus, error) {
	w.change("ExportGit")
	return w.GitStatus(ctx, by)
}

func (w *world) ImportGit(context.Context, harrier.Principal, ImportGit) (ChangeDetail, error) {
	w.change("ImportGit")
	return w.theChange(), w.broken
}

// changeBodies are requests of the routes of changes.
func changeBodies() map[string]string {
	const files = `{"title":"t","files":[{"path":"organisation.yaml","text":"harrier: 1"}]}`
	return map[string]string{
		"POST /v1/changes": files, "PATCH /v1/changes/{id}": files, "POST /v1/rollbacks": `{"version":1}`, "POST /v1/git/export": ``, "POST /v1/git/import": `{"branch":"work"}`,
		"POST /v1/changes/{id}/submit": `{}`, "POST /v1/changes/{id}/merge": `{}`, "POST /v1/changes/{id}/approve": `{"digest":"sha256:0"}`, "POST /v1/changes/{id}/reject": `{"digest":"sha256:0"}`,
	}
}
