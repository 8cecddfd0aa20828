package gitrepo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/harrier-soar/harrier"
)

// The limits of what is read.
const (
	maxBlob    = 1 << 20
	maxBytes   = 64 << 20
	maxEntries = 5000
	maxDepth   = 4
	maxHistory = 10_000
)

// Branches lists the branches, Harrier's own left out.
func (r *Repo) Branches() ([]string, error) {
	refs, err := r.store.IterReferences()
	if err != nil {
		return nil, unreadable(err)
	}
	var list []string
	err = refs.ForEach(func(ref *plumbing.Reference) error {
		if len(list) == maxEntries {
			return storer.ErrStop
		}
		if n := ref.Name(); n.IsBranch() && n.Short() != Branch {
			list = append(list, n.Short())
		}
		return nil
	})
	return list, wrap(err)
}

// Read returns the last commit of a branch, and the last one before it that
// Harrier itself wrote and signed with a key.
func (r *Repo) Read(branch, own string) (tip, base Commit, err error) {
	name := plumbing.NewBranchReferenceName(branch)
	if name.Validate() != nil || branch == Branch {
		return tip, base, harrier.Errorf(harrier.Invalid, "%.70q is no branch that can be imported", branch)
	}
	ref, err := r.store.Reference(name)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return tip, base, harrier.Errorf(harrier.NotFound, "there is no branch %.70s in %s; push it there", branch, r.dir)
	}
	if err != nil || ref.Type() != plumbing.HashReference {
		return tip, base, unreadable(fmt.Errorf("branch %s is no plain branch: %w", branch, err))
	}
	if tip, err = r.commit(ref.Hash()); err != nil {
		return tip, base, err
	}
	base, err = r.base(ref.Hash(), own)
	return tip, base, err
}

// base looks back for what Harrier wrote, level by level.
func (r *Repo) base(from plumbing.Hash, own string) (Commit, error) {
	seen := map[plumbing.Hash]bool{from: true}
	for queue := []plumbing.Hash{from}; len(queue) > 0 && len(seen) < maxHistory; {
		c, err := object.GetCommit(r.store, queue[0])
		if err != nil {
			return Commit{}, unreadable(err)
		}
		if versionOf(c.Message) > 0 && signerOf(c) == own {
			return r.commit(queue[0])
		}
		queue = queue[1:]
		for _, p := range c.ParentHashes {
			if !seen[p] {
				seen[p] = true
				queue = append(queue, p)
			}
		}
	}
	return Commit{}, harrier.Errorf(harrier.Conflict, "the branch does not come from the branch %s of this repository; make it from there: git switch -c NAME %s", Branch, Branch)
}

// signerOf is the fingerprint of the key that signed a commit, or nothing.
func signerOf(c *object.Commit) string {
	payload := &plumbing.MemoryObject{}
	if c.PGPSignature == "" || c.EncodeWithoutSignature(payload) != nil {
		return ""
	}
	text, err := contentOf(payload)
	if err != nil || len(text) > maxBlob {
		return ""
	}
	key, ok := verify(c.PGPSignature, text)
	if !ok {
		return ""
	}
	return key.Fingerprint()
}

// commit reads a commit with its files.
func (r *Repo) commit(hash plumbing.Hash) (Commit, error) {
	c, err := object.GetCommit(r.store, hash)
	if err != nil {
		return Commit{}, unreadable(err)
	}
	out := Commit{Hash: hash.String(), Message: c.Message, Version: versionOf(c.Message), Signer: signerOf(c), Files: map[string][]byte{}}
	w := walk{repo: r, out: out.Files}
	return out, w.tree("", c.TreeHash, 1)
}

// walk reads the files of a tree.
type walk struct {
	repo           *Repo
	out            map[string][]byte
	entries, bytes int64
}

func (w *walk) tree(prefix string, hash plumbing.Hash, depth int) error {
	if depth > maxDepth {
		return harrier.Errorf(harrier.Invalid, "%.100s lies deeper than %d folders", prefix, maxDepth)
	}
	obj, err := w.repo.store.EncodedObject(plumbing.TreeObject, hash)
	if err != nil {
		return unreadable(err)
	}
	if obj.Size() > maxBlob {
		return harrier.Errorf(harrier.Invalid, "the folder %.100q has too many entries", prefix)
	}
	t := &object.Tree{}
	if err := t.Decode(obj); err != nil {
		return unreadable(err)
	}
	for _, e := range t.Entries {
		if w.entries++; w.entries > maxEntries {
			return harrier.Errorf(harrier.Invalid, "the branch has more than %d files", maxEntries)
		}
		path := prefix + e.Name
		if e.Name == "" || e.Name == "." || e.Name == ".." || strings.EqualFold(e.Name, ".git") || strings.ContainsAny(e.Name, "/\\\x00:") {
			return harrier.Errorf(harrier.Invalid, "the name %.100q in the branch is no name of a file", path)
		}
		switch e.Mode {
		case filemode.Dir:
			err = w.tree(path+"/", e.Hash, depth+1)
		case filemode.Regular, filemode.Deprecated, filemode.Executable:
			err = w.blob(path, e.Hash)
		case filemode.Symlink, filemode.Submodule, filemode.Empty:
			err = harrier.Errorf(harrier.Invalid, "%.100q is a link or a submodule; only files are taken", path)
		default:
			err = harrier.Errorf(harrier.Invalid, "%.100q is of an unknown sort", path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// blob reads one file.
func (w *walk) blob(path string, hash plumbing.Hash) error {
	size, err := w.repo.store.EncodedObjectSize(hash)
	if err != nil {
		return unreadable(err)
	}
	if w.bytes += size; size > maxBlob || w.bytes > maxBytes {
		return harrier.Errorf(harrier.Invalid, "%.100q has %d bytes; a file has at most %d, and a branch %d", path, size, maxBlob, maxBytes)
	}
	obj, err := w.repo.store.EncodedObject(plumbing.BlobObject, hash)
	if err != nil {
		return unreadable(err)
	}
	w.out[path], err = contentOf(obj)
	return wrap(err)
}
