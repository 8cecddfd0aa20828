package gitrepo

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/harrier-soar/harrier"
)

// Branch is the branch that Harrier writes; nobody else should.
const Branch = "live"

// trailer ends the message of a commit that Harrier wrote, with the number of the version.
const trailer = "Harrier-Version: "

// Repo is a bare repository. It is not safe for concurrent use.
type Repo struct {
	dir   string
	store *filesystem.Storage
}

// Open opens a repository, which is made where it does not exist.
func Open(dir string) (*Repo, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "make the repository %s: %w", dir, err)
	}
	r := &Repo{dir, filesystem.NewStorage(osfs.New(dir, osfs.WithBoundOS()), cache.NewObjectLRU(8<<20))}
	if _, err := os.Stat(filepath.Join(dir, "HEAD")); !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	const config = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
	err := r.store.Init()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600)
	}
	if err == nil {
		err = r.store.SetReference(plumbing.NewSymbolicReference(plumbing.HEAD, plumbing.NewBranchReferenceName(Branch)))
	}
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "make the repository %s: %w", dir, err)
	}
	return r, nil
}

// Dir is where the repository is.
func (r *Repo) Dir() string { return r.dir }

// Commit is a commit as it is read.
type Commit struct {
	Hash    string
	Message string
	// Version is the number in a commit that Harrier wrote; zero in others.
	Version int64
	// Signer is who signed it, by the fingerprint of the key; empty where
	// nobody did, or the signature is not good.
	Signer string
	Files  map[string][]byte
}

// Entry is a version to be written.
type Entry struct {
	Version int64
	Title   string
	Author  string
	At      time.Time
	Files   map[string][]byte
}

// Head returns the last commit that Harrier wrote; ok is false where there is none.
func (r *Repo) Head(own string) (c Commit, ok bool, err error) {
	ref, err := r.store.Reference(plumbing.NewBranchReferenceName(Branch))
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return c, false, nil
	}
	if err != nil {
		return c, false, unreadable(err)
	}
	if c, err = r.commit(ref.Hash()); err != nil {
		return c, false, err
	}
	if c.Version == 0 || c.Signer != own {
		return c, false, harrier.Errorf(harrier.Conflict, "the last commit %.12s of the branch %s was not written by this installation; move the branch away: git branch -m %s other", c.Hash, Branch, Branch)
	}
	return c, true, nil
}

// Write adds a version to the branch, signed.
func (r *Repo) Write(key ed25519.PrivateKey, e Entry) (string, error) {
	tree, err := r.writeTree(e.Files)
	if err != nil {
		return "", err
	}
	who := object.Signature{Name: name(e.Author), Email: "harrier@localhost", When: e.At.UTC()}
	c := &object.Commit{Author: who, Committer: who, TreeHash: tree, Message: fmt.Sprintf("%s\n\n%s%d\n", line(e.Title), trailer, e.Version)}
	branch := plumbing.NewBranchReferenceName(Branch)
	old, err := r.store.Reference(branch)
	switch {
	case err == nil:
		c.ParentHashes = []plumbing.Hash{old.Hash()}
	case !errors.Is(err, plumbing.ErrReferenceNotFound):
		return "", unreadable(err)
	}
	payload := &plumbing.MemoryObject{}
	if err := c.EncodeWithoutSignature(payload); err != nil {
		return "", unreadable(err)
	}
	text, err := contentOf(payload)
	if err != nil {
		return "", unreadable(err)
	}
	c.PGPSignature = sign(key, text)
	obj := r.store.NewEncodedObject()
	if err := c.Encode(obj); err != nil {
		return "", unreadable(err)
	}
	hash, err := r.store.SetEncodedObject(obj)
	if err != nil {
		return "", unreadable(err)
	}
	return hash.String(), wrap(r.store.CheckAndSetReference(plumbing.NewHashReference(branch, hash), old))
}

// line is a text on one line, and name one that fits into a commit.
func line(text string) string { return strings.Join(strings.Fields(text), " ") }

func name(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("<>\n\r\x00", r) {
			return -1
		}
		return r
	}, text)
}

// writeTree writes files, by path.
func (r *Repo) writeTree(files map[string][]byte) (plumbing.Hash, error) {
	t := &object.Tree{}
	below := map[string]map[string][]byte{}
	for path, text := range files {
		first, rest, deeper := strings.Cut(path, "/")
		if deeper {
			if below[first] == nil {
				below[first] = map[string][]byte{}
			}
			below[first][rest] = text
			continue
		}
		obj := r.store.NewEncodedObject()
		obj.SetType(plumbing.BlobObject)
		w, err := obj.Writer()
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			return plumbing.ZeroHash, unreadable(err)
		}
		hash, err := r.store.SetEncodedObject(obj)
		if err != nil {
			return hash, unreadable(err)
		}
		t.Entries = append(t.Entries, object.TreeEntry{Name: first, Mode: filemode.Regular, Hash: hash})
	}
	for folder, files := range below {
		hash, err := r.writeTree(files)
		if err != nil {
			return hash, err
		}
		t.Entries = append(t.Entries, object.TreeEntry{Name: folder, Mode: filemode.Dir, Hash: hash})
	}
	slices.SortFunc(t.Entries, func(a, b object.TreeEntry) int { return strings.Compare(ordered(a), ordered(b)) })
	obj := r.store.NewEncodedObject()
	if err := t.Encode(obj); err != nil {
		return plumbing.ZeroHash, unreadable(err)
	}
	hash, err := r.store.SetEncodedObject(obj)
	return hash, wrap(err)
}

// ordered is a name as Git orders it: a folder as if it ended with a slash.
func ordered(e object.TreeEntry) string {
	if e.Mode == filemode.Dir {
		return e.Name + "/"
	}
	return e.Name
}

// contentOf is all of an object.
func contentOf(o plumbing.EncodedObject) ([]byte, error) {
	reader, err := o.Reader()
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }()
	return io.ReadAll(io.LimitReader(reader, maxBlob+1))
}

func unreadable(err error) error {
	return harrier.Errorf(harrier.Unavailable, "the repository cannot be read or written: %w", err)
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return unreadable(err)
}

// versionOf reads the number in the message of a commit.
func versionOf(message string) int64 {
	_, after, ok := strings.Cut(message, "\n"+trailer)
	if !ok {
		return 0
	}
	text, _, _ := strings.Cut(after, "\n")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0
	}
	return n
}
