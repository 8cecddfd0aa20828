package app

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/change"
	"github.com/harrier-soar/harrier/internal/gitrepo"
)

const (
	// signersFile lists whose signature on a commit counts as a review.
	signersFile = "allowed_signers"
	// maxExport bounds the versions that one call exports.
	maxExport = 500
)

var _ api.Git = revisions{}

// readSigners checks a list of signers.
func readSigners(name string, text []byte) (map[string]string, document.Problems) {
	signers, err := gitrepo.Signers(text)
	if err != nil {
		return nil, document.Problems{change.Problem(name, "signers", err.Error(), "write each key as ssh-keygen prints it, with a name before it")}
	}
	return signers, nil
}

// repository opens the repository and the key that signs what is exported, for
// whoever may change what is in force.
func (d revisions) repository(ctx context.Context, by harrier.Principal) (*gitrepo.Repo, ed25519.PrivateKey, error) {
	const name, field = "git", "signing_key"
	if err := change.Own(by); err != nil {
		return nil, nil, err
	}
	secret, err := d.vault.Reveal(ctx, harrier.DefaultTenant, name, field)
	if err != nil && harrier.KindOf(err) == harrier.NotFound {
		seed := make([]byte, ed25519.SeedSize)
		_, _ = rand.Read(seed) // never fails since Go 1.24
		secret = harrier.NewSecret(base64.StdEncoding.EncodeToString(seed))
		err = d.vault.Put(ctx, harrier.DefaultTenant, name, field, secret)
	}
	if err != nil {
		return nil, nil, err
	}
	seed, err := base64.StdEncoding.DecodeString(secret.Reveal())
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, nil, harrier.Errorf(harrier.Internal, "the signing key in the vault is none")
	}
	repo, err := gitrepo.Open(filepath.Join(d.opt.Dir, "content.git"))
	return repo, ed25519.NewKeyFromSeed(seed), err
}

// publicOf is the public part of a key.
func publicOf(key ed25519.PrivateKey) gitrepo.Key {
	pub, _ := key.Public().(ed25519.PublicKey)
	return gitrepo.Key{PublicKey: pub}
}

// GitStatus implements [api.Git].
func (d revisions) GitStatus(ctx context.Context, by harrier.Principal) (api.GitStatus, error) {
	d.git.Lock()
	defer d.git.Unlock()
	repo, key, err := d.repository(ctx, by)
	if err != nil {
		return api.GitStatus{}, err
	}
	return d.gitStatus(ctx, repo, publicOf(key))
}

func (d revisions) gitStatus(ctx context.Context, repo *gitrepo.Repo, key gitrepo.Key) (api.GitStatus, error) {
	st := api.GitStatus{Path: repo.Dir(), Branch: gitrepo.Branch, Key: key.String(), Fingerprint: key.Fingerprint()}
	head, there, err := repo.Head(key.Fingerprint())
	if err != nil {
		return st, err
	}
	if there {
		st.Commit, st.Exported = head.Hash, head.Version
	}
	if st.Version, err = d.changes.Latest(ctx); err != nil {
		return st, err
	}
	st.Branches, err = repo.Branches()
	return st, err
}

// ExportGit implements [api.Git].
func (d revisions) ExportGit(ctx context.Context, by harrier.Principal) (api.GitStatus, error) {
	d.git.Lock()
	defer d.git.Unlock()
	repo, key, err := d.repository(ctx, by)
	if err != nil {
		return api.GitStatus{}, err
	}
	head, there, err := repo.Head(publicOf(key).Fingerprint())
	if err != nil {
		return api.GitStatus{}, err
	}
	files := map[string][]byte{}
	if there {
		files = head.Files
	}
	latest, err := d.changes.Latest(ctx)
	if err != nil {
		return api.GitStatus{}, err
	}
	for n := head.Version + 1; n <= latest && n <= head.Version+maxExport; n++ {
		c, err := d.store.ChangeByVersion(ctx, harrier.DefaultTenant, n)
		if err != nil {
			return api.GitStatus{}, err
		}
		for _, f := range c.Files {
			delete(files, f.Path)
			if !f.Remove {
				files[f.Path] = f.Text
			}
		}
		if _, err := repo.Write(key, gitrepo.Entry{Version: n, Title: c.Title, Author: c.AuthorName, At: c.ReviewedAt, Files: files}); err != nil {
			return api.GitStatus{}, err
		}
	}
	return d.gitStatus(ctx, repo, publicOf(key))
}

// ImportGit implements [api.Git].
func (d revisions) ImportGit(ctx context.Context, by harrier.Principal, in api.ImportGit) (api.ChangeDetail, error) {
	d.git.Lock()
	defer d.git.Unlock()
	repo, key, err := d.repository(ctx, by)
	if err != nil {
		return api.ChangeDetail{}, err
	}
	tip, base, err := repo.Read(in.Branch, publicOf(key).Fingerprint())
	if err != nil {
		return api.ChangeDetail{}, err
	}
	files, err := d.imported(tip, base)
	if err != nil {
		return api.ChangeDetail{}, err
	}
	title, _, _ := strings.Cut(strings.TrimSpace(tip.Message), "\n")
	title = strings.ToValidUTF8(title, "")
	c, found, err := d.changes.Propose(ctx, by, change.Proposal{Title: strings.ToValidUTF8(title[:min(len(title), 200)], ""), Origin: change.Imported, Files: files})
	if err != nil {
		return api.ChangeDetail{}, err
	}
	signer, err := d.signer(tip, files)
	if err != nil || signer == "" || found.Err() != nil {
		return api.ChangeDetailOf(c, found), err
	}
	c, err = d.changes.ApproveSigned(ctx, by, c, change.Signature{Name: signer, Fingerprint: tip.Signer, Commit: tip.Hash})
	return d.shown(ctx, c, err)
}

// imported returns what a branch changes since it was made. What was changed
// here meanwhile is merged; where both changed the same lines, that is a Conflict.
func (d revisions) imported(tip, base gitrepo.Commit) ([]change.File, error) {
	paths := slices.Sorted(maps.Keys(tip.Files))
	for path := range base.Files {
		if _, there := tip.Files[path]; !there {
			paths = append(paths, path)
		}
	}
	var files []change.File
	var both []string
	for _, path := range paths {
		was, had := base.Files[path]
		want, has := tip.Files[path]
		now, err := fs.ReadFile(d.changes.Team(), path)
		here := err == nil
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
			return nil, harrier.Errorf(harrier.Unavailable, "read %s: %w", path, err)
		}
		switch {
		case had == has && bytes.Equal(was, want), here == has && bytes.Equal(now, want):
		case had == here && bytes.Equal(was, now):
			files = append(files, change.File{Path: path, Text: want, Remove: !has})
		case had && has && here:
			merged, clean := change.Join(path, was, now, want)
			if !clean {
				both = append(both, path)
			}
			files = append(files, change.File{Path: path, Text: merged})
		default:
			both = append(both, path)
		}
	}
	if len(both) > 0 {
		return nil, harrier.Errorf(harrier.Conflict, "the branch and somebody here changed the same: %s; export, merge the branch %s into yours with git, and import again", strings.Join(both, ", "), gitrepo.Branch)
	}
	return files, nil
}

// signer is who signed a commit, of those whose signature counts as a review;
// empty where it does not. Nobody makes oneself a signer.
func (d revisions) signer(tip gitrepo.Commit, files []change.File) (string, error) {
	if tip.Signer == "" || slices.ContainsFunc(files, func(f change.File) bool { return f.Path == signersFile }) {
		return "", nil
	}
	text, err := fs.ReadFile(d.changes.Team(), signersFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", harrier.Errorf(harrier.Unavailable, "read %s: %w", signersFile, err)
	}
	signers, err := gitrepo.Signers(text)
	return signers[tip.Signer], err
}
