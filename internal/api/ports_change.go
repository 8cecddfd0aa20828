package api

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/change"
)

// Git exchanges what is in force with a repository.
type Git interface {
	// GitStatus says where the repository is and how far it is.
	GitStatus(ctx context.Context, by harrier.Principal) (GitStatus, error)
	// ExportGit writes the versions that the repository does not have, signed.
	ExportGit(ctx context.Context, by harrier.Principal) (GitStatus, error)
	// ImportGit makes a draft of a branch. What was changed here meanwhile in
	// another way is Conflict.
	ImportGit(ctx context.Context, by harrier.Principal, in ImportGit) (ChangeDetail, error)
}

// Changes puts playbooks, rules and the like under four eyes.
type Changes interface {
	// Changes lists changes, the newest first.
	Changes(ctx context.Context, by harrier.Principal, f change.Filter, p harrier.Page) (List[Change], error)
	// Change returns a change with its files, and what checkers and tests say of it now.
	Change(ctx context.Context, by harrier.Principal, id harrier.ChangeID) (ChangeDetail, error)
	// ProposeChange makes a draft. One with problems is kept, and says them.
	ProposeChange(ctx context.Context, by harrier.Principal, in ProposeChange) (ChangeDetail, error)
	// EditChange gives a draft other files; one that is submitted or live is Conflict.
	EditChange(ctx context.Context, by harrier.Principal, id harrier.ChangeID, in ProposeChange) (ChangeDetail, error)
	// MoveChange merges, submits, approves or rejects a change as it was looked at.
	MoveChange(ctx context.Context, by harrier.Principal, id harrier.ChangeID, in MoveChange) (ChangeDetail, error)
	// RollBack proposes to undo a version, which is a change like any other.
	RollBack(ctx context.Context, by harrier.Principal, in RollBack) (ChangeDetail, error)
	// Versions lists the versions of a file, the newest first.
	Versions(ctx context.Context, by harrier.Principal, path string) ([]ContentVersion, error)
}
