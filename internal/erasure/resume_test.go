package erasure_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/erasure"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// cut is a store whose process ends at a change.
type cut struct {
	*store.Store
	left int
	late bool // the change is committed, and nobody hears of it
}

var errCut = errors.New("the process ended")

func (c *cut) Write(ctx context.Context, change func(harrier.Tx) error) error {
	if c.left--; c.left < 0 && !c.late {
		return errCut
	}
	err := c.Store.Write(ctx, change)
	if c.left < 0 {
		return errCut
	}
	return err
}

// noFiles are no files.
type noFiles struct{}

func (noFiles) FilesOf(context.Context, harrier.TenantID, []string, harrier.EvidenceID) ([]erasure.File, error) {
	return nil, nil
}
func (noFiles) Names(context.Context, harrier.TenantID, string, *erasure.Finder) (bool, error) {
	return false, nil
}
func (noFiles) RemoveFile(context.Context, harrier.Tx, harrier.TenantID, harrier.EvidenceID) (bool, error) {
	return false, nil
}

// PRV-03: an erasure that is cut off anywhere, before or after a commit, goes on
// and ends with nothing left, each row counted once, and one certificate.
func TestErase_goesOnWhereverItWasCutOff(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		for at := range 12 {
			t.Run(fmt.Sprint(late, at), func(t *testing.T) {
				t.Parallel()
				st, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = st.Close() })
				const rows = 450 // more than two batches
				words(t, st, rows)
				c := &cut{Store: st, left: 1 << 30, late: late}
				s := erasure.New(erasure.Config{
					Rows: c, Tables: st, Files: noFiles{}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
					Code: func(harrier.TenantID, string) string { return "code" },
				})
				ann, bob := harrier.Operator(), harrier.Operator()
				bob.ID = harrier.PrincipalID{9}
				e, err := s.Ask(t.Context(), ann, []string{"user:quillfeather"}, "request")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.Decide(t.Context(), bob, e.ID, true); err != nil {
					t.Fatal(err)
				}
				c.left = at
				_ = s.Pass(t.Context()) // ends where it was cut off
				c.left = 1 << 30
				if err := s.Pass(t.Context()); err != nil {
					t.Fatal(err)
				}
				if e, err = s.Get(t.Context(), ann.Tenant, e.ID); err != nil || e.State != erasure.Done || e.Rows != rows || e.Kept != 0 {
					t.Errorf("it ended as %+v, %v", e, err)
				}
				certificates, _, err := st.AuditTrail(t.Context(), ann.Tenant, harrier.AuditFilter{Action: "erasure.certificate"}, harrier.Page{})
				if err != nil || len(certificates) != 1 {
					t.Errorf("%d certificates, %v", len(certificates), err)
				}
			})
		}
	}
}

// words adds mutes that name the person.
func words(t *testing.T, st *store.Store, n int) {
	t.Helper()
	err := st.Write(t.Context(), func(tx harrier.Tx) error {
		for i := range n {
			const text = `INSERT INTO mutes (tenant_id, id, verb, fields, starts_at, ends_at, owner, reason, created_by, created_by_name, created_at, ended_by, renewed, hits, overruled, rev)
VALUES ($1, $2, 'silence', '{}', 1, 2, '', $3, $2, '', 1, '', 0, 0, 0, 1)`
			id := harrier.NewID[harrier.MuteID](time.Now())
			if _, err := tx.Exec(t.Context(), text, harrier.DefaultTenant[:], id[:], strings.Repeat("x", i%7)+" for Quillfeather"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
