package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/page"
	"github.com/harrier-soar/harrier/internal/rota"
)

// watchkeeping leaves one of everything that belongs to a shift.
func (o *office) watchkeeping() relics {
	o.t.Helper()
	now := o.clock.now()
	c := rota.Change{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.OnCallID](now), Kind: rota.KindAbsence, Person: "kim", From: now, Until: now.Add(time.Hour),
		Reason: "ill", CreatedBy: harrier.LocalOperator, CreatedByName: "local-operator", CreatedAt: now,
	}
	err := o.store.Write(o.t.Context(), func(tx harrier.Tx) error { return o.store.AddOnCall(o.t.Context(), tx, c) })
	if err != nil {
		o.t.Fatal(err)
	}
	return relics{"oncall": {c.ID.String()}}
}

// A file that is wrong keeps Harrier from starting, because nobody would be told.
func TestOpen_refusesARotaThatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, page.FileName), []byte("harrier: 1\nrotas: {soc: {zone: Mars}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, err := Open(t.Context(), Options{Dir: dir}); harrier.KindOf(err) != harrier.Invalid || a != nil {
		t.Errorf("got %v; want Invalid", err)
	}
}
