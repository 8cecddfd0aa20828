package exhibits_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/evidence"
	"github.com/harrier-soar/harrier/internal/exhibits"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/schema"
)

type keys struct{}

func (keys) DataKey(context.Context, harrier.TenantID, string) ([]byte, error) {
	return make([]byte, 32), nil
}

// room is the service over a real store.
type room struct {
	t       *testing.T
	store   *store.Store
	blobs   *evidence.Dir
	service *exhibits.Service
}

func open(t *testing.T) *room {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := evidence.Open(evidence.Config{Dir: t.TempDir(), Keys: keys{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(blobs.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	r := &room{t: t, store: s, blobs: blobs}
	r.service = exhibits.New(exhibits.Config{
		Rows: s, Blobs: blobs, Open: r.open, Now: time.Now,
		Carried: func(_ context.Context, mail []byte, sha256 string) (exhibits.File, error) {
			if sha256 != known {
				return exhibits.File{}, harrier.Errorf(harrier.NotFound, "the mail carries no such file")
			}
			return exhibits.File{Name: "in\nvoice.zip", MediaType: "application/zip", Content: append([]byte("out of "), mail...)}, nil
		},
	})
	return r
}

const known = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// open opens stored evidence.
func (r *room) open(ctx context.Context, tenant harrier.TenantID, id harrier.EvidenceID) (io.ReadCloser, error) {
	row, err := r.store.Evidence(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return r.blobs.Open(ctx, tenant, row.SHA256)
}

// do calls an action for a run.
func (r *room) do(name, run string, in map[string]any) (map[string]any, error) {
	r.t.Helper()
	for _, a := range r.service.Actions() {
		if a.Spec.Name != name {
			continue
		}
		out, err := a.Call(r.t.Context(), builtin.Request{Tenant: harrier.DefaultTenant, Run: harrier.DeriveID[harrier.RunID](run), Input: in})
		for _, v := range []map[string]any{out, a.Spec.Example} {
			if _, wrong := schema.Check(v, a.Spec.Output); err == nil && len(wrong) > 0 {
				r.t.Errorf("%s: %v", name, wrong)
			}
		}
		return out, err
	}
	r.t.Fatalf("there is no action %s", name)
	return nil, nil
}

// content reads evidence by the answer of an action.
func (r *room) content(out map[string]any) string {
	r.t.Helper()
	text, _ := out["evidence"].(string)
	id, err := harrier.ParseID[harrier.EvidenceID](text)
	if err != nil {
		r.t.Fatal(err)
	}
	f, err := r.open(r.t.Context(), harrier.DefaultTenant, id)
	if err != nil {
		r.t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		r.t.Fatal(err)
	}
	return string(data)
}

func TestKeep_makesTheSameEvidenceOfTheSameContent(t *testing.T) {
	t.Parallel()
	r := open(t)
	in := map[string]any{"content": base64.StdEncoding.EncodeToString([]byte("From: a\n\nb")), "media_type": "message/rfc822"}
	first, err := r.do("evidence.keep", "r1", in)
	if err != nil || r.content(first) != "From: a\n\nb" || first["name"] == "" {
		t.Fatalf("got %v, %v", first, err)
	}
	again, err := r.do("evidence.keep", "r1", in)
	if err != nil || again["evidence"] != first["evidence"] {
		t.Errorf("the step again gives %v, %v", again, err)
	}
	for _, bad := range []string{"", "###"} {
		if _, err := r.do("evidence.keep", "r1", map[string]any{"content": bad}); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%q gives %v; want Invalid", bad, err)
		}
	}
}

func TestExtract_takesWhatAStoredMailCarries(t *testing.T) {
	t.Parallel()
	r := open(t)
	mail, err := r.do("evidence.keep", "r1", map[string]any{"content": base64.StdEncoding.EncodeToString([]byte("a mail"))})
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.do("evidence.extract", "r1", map[string]any{"evidence": mail["evidence"], "sha256": known})
	if err != nil || r.content(out) != "out of a mail" || out["name"] != "in voice.zip" {
		t.Errorf("got %v, %v", out, err)
	}
	if _, err := r.do("evidence.extract", "r1", map[string]any{"evidence": mail["evidence"], "sha256": "00"}); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("another hash gives %v; want NotFound", err)
	}
	none := harrier.DeriveID[harrier.EvidenceID]("none").String()
	if _, err := r.do("evidence.extract", "r1", map[string]any{"evidence": none, "sha256": known}); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("evidence that is not there gives %v; want NotFound", err)
	}
}
