package app

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/erasure"
)

// papers are the contents of evidence, which are looked through and removed.
type papers struct{ *App }

var _ erasure.Files = papers{}

// FilesOf implements [erasure.Files].
func (p papers) FilesOf(ctx context.Context, tenant harrier.TenantID, values []string, after harrier.EvidenceID) ([]erasure.File, error) {
	return p.store.FilesOf(ctx, tenant, values, after)
}

// RemoveFile implements [erasure.Files].
func (p papers) RemoveFile(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.EvidenceID) (bool, error) {
	return p.store.RemoveFile(ctx, tx, tenant, id)
}

const (
	// paper is how much of a file is looked through in one piece, and overlap how
	// much of it again with the next, so that no identifier falls between two.
	paper, overlap = 1 << 20, 4 << 10
)

// Names implements [erasure.Files]. Contents that are gone, or damaged, name nobody.
func (p papers) Names(ctx context.Context, tenant harrier.TenantID, sha256 string, f *erasure.Finder) (bool, error) {
	r, err := p.blobs.Open(ctx, tenant, sha256)
	if err != nil {
		p.opt.Log.WarnContext(ctx, "a file cannot be looked through for an erasure", "sha256", sha256, "err", err)
		return false, nil
	}
	defer func() { _ = r.Close() }()
	piece := make([]byte, 0, paper+overlap)
	for {
		n, err := io.ReadFull(r, piece[len(piece):cap(piece)])
		piece = piece[:len(piece)+n]
		switch {
		case f.InFile(piece):
			return true, nil
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return false, nil
		case err != nil:
			p.opt.Log.WarnContext(ctx, "a file cannot be looked through for an erasure", "sha256", sha256, "err", err)
			return false, nil
		}
		keep := piece[len(piece)-overlap:]
		piece = append(piece[:0], keep...)
	}
}

// openErasing makes what erases what is stored about people.
func (a *App) openErasing(ctx context.Context) error {
	a.erasing = erasure.New(erasure.Config{
		Rows: a.store, Tables: a.store, Files: papers{a}, Others: a.others(harrier.RetentionManage), Log: a.opt.Log, Now: a.opt.Now,
		Code: func(t harrier.TenantID, id string) string { return a.store.CodeOf(t, strings.ToLower(id)) },
	})
	return a.erasing.Start(ctx)
}

// subjects answers the API's questions about what is stored about people.
type subjects struct{ *App }

var _ api.Subjects = subjects{}

// Erasures implements [api.Subjects].
func (s subjects) Erasures(ctx context.Context, by harrier.Principal) ([]api.Erasure, error) {
	rows, err := s.erasing.List(ctx, by.Tenant)
	list := make([]api.Erasure, len(rows))
	for i, row := range rows {
		list[i] = api.ErasureOf(row)
	}
	return list, err
}

// Erasure implements [api.Subjects].
func (s subjects) Erasure(ctx context.Context, by harrier.Principal, id harrier.ErasureID) (api.Erasure, error) {
	e, err := s.erasing.Get(ctx, by.Tenant, id)
	return api.ErasureOf(e), err
}

// Erase implements [api.Subjects].
func (s subjects) Erase(ctx context.Context, by harrier.Principal, in api.EraseSubject) (api.Erasure, error) {
	e, err := s.erasing.Ask(ctx, by, in.Subject, in.Reason)
	return api.ErasureOf(e), err
}

// DecideErasure implements [api.Subjects].
func (s subjects) DecideErasure(ctx context.Context, by harrier.Principal, id harrier.ErasureID, agree bool) (api.Erasure, error) {
	e, err := s.erasing.Decide(ctx, by, id, agree)
	return api.ErasureOf(e), err
}

// ExportSubject implements [api.Subjects].
func (s subjects) ExportSubject(ctx context.Context, by harrier.Principal, subject []string, w io.Writer) error {
	return s.erasing.Export(ctx, by, s.store, subject, w)
}
