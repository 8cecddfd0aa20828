package api

import (
	"context"
	"net/http"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/change"
)

func (c Change) revision() int64 { return c.Rev }

// changeRoutes is the part of the table about changes of what decides.
func (s *Server) changeRoutes() []route {
	return []route{
		{"GET /v1/changes", harrier.ChangesRead, "listChanges", "List changes of playbooks, rules and the like, the newest first", call(s.changes)},
		{"POST /v1/changes", harrier.ChangesWrite, "proposeChange", "Propose files; nothing has an effect before a review", answering(http.StatusCreated, s.proposeChange)},
		{"GET /v1/changes/{id}", harrier.ChangesRead, "getChange", "Show a change, and what checkers and tests say of it", call(s.change)},
		{"PATCH /v1/changes/{id}", harrier.ChangesWrite, "editChange", "Give a draft other files", call(s.editChange)},
		{"POST /v1/changes/{id}/merge", harrier.ChangesWrite, "mergeChange", "Join a change with what was put into force since it was made", call(s.moveChange("merge"))},
		{"POST /v1/changes/{id}/submit", harrier.ChangesWrite, "submitChange", "Put a draft before a second person", call(s.moveChange("submit"))},
		{"POST /v1/changes/{id}/approve", harrier.ChangesReview, "approveChange", "Put a change into force as it was looked at", call(s.moveChange("approve"))},
		{"POST /v1/changes/{id}/reject", harrier.ChangesReview, "rejectChange", "Send a change back", call(s.moveChange("reject"))},
		{"POST /v1/rollbacks", harrier.ChangesWrite, "rollBack", "Propose to undo a version, and submit that", answering(http.StatusCreated, s.rollBack)},
		{"GET /v1/versions", harrier.ChangesRead, "listVersions", "List the versions of a file, the newest first", call(s.versions)},
		{"GET /v1/git", harrier.ChangesRead, "getGit", "Say where the repository is and how far it is", call(s.gitStatus)},
		{"POST /v1/git/export", harrier.ChangesManage, "exportGit", "Write the versions that the repository does not have", call(s.gitExport)},
		{"POST /v1/git/import", harrier.ChangesManage, "importGit", "Make a draft of a branch", answering(http.StatusCreated, s.gitImport)},
	}
}

type changesIn struct {
	Paged
	State change.State `query:"state" enum:"draft,submitted,live,rejected"`
	Path  string       `query:"path" maxLength:"200" doc:"Only those that change this file."`
}

func (s *Server) changes(ctx context.Context, in *changesIn) (List[Change], error) {
	return full(s.cfg.Ports.Changes.Changes(ctx, principal(ctx), change.Filter{State: in.State, Path: in.Path}, in.page()))
}

type changeIn struct {
	ID harrier.ChangeID `path:"id"`
}

func (s *Server) change(ctx context.Context, in *changeIn) (ChangeDetail, error) {
	return s.cfg.Ports.Changes.Change(ctx, principal(ctx), in.ID)
}

type proposeChangeIn struct{ Body ProposeChange }

func (s *Server) proposeChange(ctx context.Context, in *proposeChangeIn) (*reply[ChangeDetail], error) {
	c, err := s.cfg.Ports.Changes.ProposeChange(ctx, principal(ctx), in.Body)
	return &reply[ChangeDetail]{Body: c, Status: http.StatusCreated, Location: "/v1/changes/" + c.ID.String()}, err
}

type editChangeIn struct {
	ID   harrier.ChangeID `path:"id"`
	Body ProposeChange
}

func (s *Server) editChange(ctx context.Context, in *editChangeIn) (ChangeDetail, error) {
	if err := s.sameChange(ctx, in.ID); err != nil {
		return ChangeDetail{}, err
	}
	return s.cfg.Ports.Changes.EditChange(ctx, principal(ctx), in.ID, in.Body)
}

// sameChange holds If-Match against a change.
func (s *Server) sameChange(ctx context.Context, id harrier.ChangeID) error {
	if requestOf(ctx).ifMatch == "" {
		return nil
	}
	now, err := s.cfg.Ports.Changes.Change(ctx, principal(ctx), id)
	if err != nil {
		return err
	}
	return unchanged(ctx, now)
}

type moveChangeIn struct {
	ID   harrier.ChangeID `path:"id"`
	Body MoveChange
}

func (s *Server) moveChange(verb string) func(context.Context, *moveChangeIn) (ChangeDetail, error) {
	return func(ctx context.Context, in *moveChangeIn) (ChangeDetail, error) {
		if err := s.sameChange(ctx, in.ID); err != nil {
			return ChangeDetail{}, err
		}
		in.Body.Verb = verb
		return s.cfg.Ports.Changes.MoveChange(ctx, principal(ctx), in.ID, in.Body)
	}
}

type rollBackIn struct{ Body RollBack }

func (s *Server) rollBack(ctx context.Context, in *rollBackIn) (*reply[ChangeDetail], error) {
	c, err := s.cfg.Ports.Changes.RollBack(ctx, principal(ctx), in.Body)
	return &reply[ChangeDetail]{Body: c, Status: http.StatusCreated, Location: "/v1/changes/" + c.ID.String()}, err
}

type versionsIn struct {
	Path string `query:"path" required:"true" maxLength:"200"`
}

func (s *Server) versions(ctx context.Context, in *versionsIn) (List[ContentVersion], error) {
	list, err := s.cfg.Ports.Changes.Versions(ctx, principal(ctx), in.Path)
	return full(List[ContentVersion]{Items: list}, err)
}

type gitIn struct{}

func (s *Server) gitStatus(ctx context.Context, _ *gitIn) (GitStatus, error) {
	st, err := s.cfg.Ports.Git.GitStatus(ctx, principal(ctx))
	st.Branches = some(st.Branches)
	return st, err
}

func (s *Server) gitExport(ctx context.Context, _ *gitIn) (GitStatus, error) {
	st, err := s.cfg.Ports.Git.ExportGit(ctx, principal(ctx))
	st.Branches = some(st.Branches)
	return st, err
}

type importGitIn struct{ Body ImportGit }

func (s *Server) gitImport(ctx context.Context, in *importGitIn) (*reply[ChangeDetail], error) {
	c, err := s.cfg.Ports.Git.ImportGit(ctx, principal(ctx), in.Body)
	return &reply[ChangeDetail]{Body: c, Status: http.StatusCreated, Location: "/v1/changes/" + c.ID.String()}, err
}
