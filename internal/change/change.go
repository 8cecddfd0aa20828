package change

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// State is where a change stands.
type State string

// The states of changes.
const (
	Draft     State = "draft"
	Submitted State = "submitted"
	Live      State = "live"
	Rejected  State = "rejected"
)

// Origin says where a change comes from.
type Origin string

// The origins of changes.
const (
	Written    Origin = "written"  // by hand
	Imported   Origin = "import"   // from elsewhere, such as a branch of a repository
	RolledBack Origin = "rollback" // from the history
	Upgraded   Origin = "upgrade"  // from new content that ships
)

// Change is a set of files that come into force together.
type Change struct {
	Tenant     harrier.TenantID
	ID         harrier.ChangeID
	Title      string
	Origin     Origin
	State      State
	Author     harrier.PrincipalID
	AuthorName string
	// Hands are all who had a hand in it: they do not approve it.
	Hands        []harrier.PrincipalID
	CreatedAt    time.Time
	SubmittedAt  time.Time
	Reviewer     *harrier.PrincipalID
	ReviewerName string
	ReviewedAt   time.Time
	Comment      string
	// Alone tells that it was approved by somebody who had a hand in it,
	// because nobody else could.
	Alone bool
	// Version is its number in the history from when it is live; zero before.
	Version int64
	// Digest is of its files, what they replace and what they are.
	Digest string
	Rev    int64
	// Files are not set in lists.
	Files []File
}

// File is one file of a change.
type File struct {
	Path string
	// Text is what the file is to hold; Remove takes it away instead.
	Text   []byte
	Remove bool
	// Base is what was in force when the change was made, by digest; empty
	// where nothing was. BaseText is its text.
	Base     string
	BaseText []byte
}

// Digest is the digest of what the file is to hold; empty where it is removed.
func (f File) Digest() string {
	if f.Remove {
		return ""
	}
	return DigestOf(f.Text)
}

// DigestOf names a text.
func DigestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// digest is the digest of files, sorted by path.
func digest(files []File) string {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%q %s %s\n", f.Path, f.Base, f.Digest())
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Version is one entry of the history of a file.
type Version struct {
	Version int64
	Path    string
	Change  harrier.ChangeID
	// Digest is of what it held from then on; empty where it was removed.
	Digest string
	// Shipped is of what ships with Harrier at this path, as it was then.
	Shipped string
	At      time.Time
}

// Removed tells that the version is the absence of the file.
func (v Version) Removed() bool { return v.Digest == "" }

// Filter selects changes. Empty fields select all.
type Filter struct {
	State State
	Path  string
}

// Proposal is what somebody wants to change.
type Proposal struct {
	Title  string
	Origin Origin
	Files  []File
}

// The limits of a change.
const (
	maxFiles = 500
	maxFile  = document.MaxBytes
	maxTotal = 8 << 20
	maxTitle = 200
	maxPath  = 200
)

// check orders the files and says everything that is wrong with a proposal.
func (p *Proposal) check(kinds []Kind) error {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if strings.TrimSpace(p.Title) == "" || len(p.Title) > maxTitle {
		say("say in a title of at most %d bytes what the change is for", maxTitle)
	}
	if len(p.Files) == 0 || len(p.Files) > maxFiles {
		say("a change holds 1 to %d files; this one has %d", maxFiles, len(p.Files))
	}
	slices.SortStableFunc(p.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	total := 0
	for i, f := range p.Files {
		total += len(f.Text)
		switch {
		case pathProblem(f.Path) != "":
			say("%.80q is no path of a file: %s", f.Path, pathProblem(f.Path))
		case i > 0 && p.Files[i-1].Path == f.Path:
			say("%s is there twice", f.Path)
		case kindOf(kinds, f.Path) == nil:
			say("nothing is known of a file %s; files are %s", f.Path, places(kinds))
		case len(f.Text) > maxFile:
			say("%s has %d bytes, more than %d", f.Path, len(f.Text), maxFile)
		case f.Remove && len(f.Text) > 0:
			say("%s is removed and has a text; say one of both", f.Path)
		}
	}
	if total > maxTotal {
		say("the files have %d bytes, more than %d", total, maxTotal)
	}
	if len(wrong) > 0 {
		return harrier.Errorf(harrier.Invalid, "%s", strings.Join(wrong, "\n"))
	}
	return nil
}

// pathProblem says why a path names no file, or nothing. Paths are plain, so
// that no file system reads them otherwise.
func pathProblem(path string) string {
	if path == "" || len(path) > maxPath {
		return fmt.Sprintf("it must have 1 to %d bytes", maxPath)
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" || part[0] == '.' {
			return "write its parts with letters, digits, -, _ and . only, not beginning with a dot, and / between them"
		}
	}
	return ""
}
