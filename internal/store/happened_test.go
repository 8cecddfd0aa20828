package store

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// watcher is somebody who reads what happens.
type watcher struct {
	Happened
	told int
}

// AZ-09: whatever happens in two tenants, to restricted things and others, while
// people become members and stop being it, nobody is told of what they do not
// see at that moment, and everybody of what they see.
func TestHappened_tellsEverybodyOfWhatTheySeeAlone(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	dice := rand.New(rand.NewPCG(1, 9))
	other := harrier.DeriveID[harrier.TenantID]("other")
	l.write(func(tx harrier.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO tenants (id, name, created_at) VALUES ($1, 'other', 0) ON CONFLICT DO NOTHING`, other[:])
		return err
	})
	nouns := []string{"alerts", "cases"}
	var all []*watcher
	for _, tenant := range []harrier.TenantID{l.tenant, other} {
		for _, name := range []string{"a", "b"} {
			all = append(all, &watcher{Happened: Happened{Tenant: tenant, Viewer: harrier.DeriveID[harrier.PrincipalID](name), Nouns: nouns}})
		}
	}
	h := &chance{library: l, dice: dice}
	for range 60 {
		h.changed = map[[16]byte]string{}
		l.write(func(tx harrier.Tx) error {
			for range 1 + dice.IntN(80) {
				if err := h.happen(tx, all[dice.IntN(len(all))]); err != nil {
					return err
				}
			}
			return nil
		})
		for _, w := range all {
			l.look(w, h.changed)
		}
	}
	for _, w := range all {
		if w.told < 300 {
			t.Errorf("%s of %s was told of %d things only", w.Viewer, w.Tenant, w.told)
		}
	}
}

// chance makes changes, and knows of what.
type chance struct {
	*library
	dice    *rand.Rand
	cases   []harrier.Case
	changed map[[16]byte]string
}

// happen makes one change by chance.
func (l *chance) happen(tx harrier.Tx, who *watcher) error {
	ctx := l.t.Context()
	name := fmt.Sprint(l.dice.Uint64())
	if len(l.cases) == 0 || l.dice.IntN(3) == 0 {
		c := harrier.Case{
			Tenant: who.Tenant, ID: harrier.DeriveID[harrier.CaseID](name), Title: "c", Severity: "high", Status: "open", Data: []byte(`{}`), Restricted: l.dice.IntN(2) == 0, CreatedAt: l.now, UpdatedAt: l.now,
		}
		c, err := l.OpenCase(ctx, tx, c)
		l.cases = append(l.cases, c)
		l.changed[c.ID] = "cases"
		return err
	}
	i := l.dice.IntN(len(l.cases))
	c := &l.cases[i]
	member := casework.Member{Tenant: c.Tenant, Case: c.ID, Principal: who.Viewer, Name: "m", AddedAt: l.now, AddedBy: who.Viewer}
	switch l.dice.IntN(4) {
	case 0:
		return l.PutMember(ctx, tx, member)
	case 1:
		_, err := l.DropMember(ctx, tx, member)
		return err
	case 2:
		c.Restricted = l.dice.IntN(2) == 0
		if err := l.UpdateCase(ctx, tx, *c); err != nil {
			return err
		}
		c.Rev++
		l.changed[c.ID] = "cases"
		return nil
	}
	a := harrier.Alert{
		Tenant: c.Tenant, ID: harrier.DeriveID[harrier.AlertID](name), Source: harrier.DeriveID[harrier.SourceID]("s"), ExternalID: name, Title: "a", Severity: "low", Status: "new", Data: []byte(`{}`), CreatedAt: l.now, UpdatedAt: l.now,
	}
	if _, _, err := l.Submit(ctx, tx, a); err != nil {
		return err
	}
	l.changed[a.ID] = "alerts"
	_, err := l.LinkAlert(ctx, tx, CaseLink{Tenant: c.Tenant, Case: c.ID, Alert: a.ID, At: l.now})
	return err
}

// look reads what a watcher is told of, and holds it against what they see.
func (l *library) look(w *watcher, changed map[[16]byte]string) {
	l.t.Helper()
	got := map[[16]byte]bool{}
	for {
		found, last, err := l.Store.Happened(l.t.Context(), w.Happened)
		if err != nil {
			l.t.Fatal(err)
		}
		for _, v := range found {
			got[v.Thing] = true
		}
		if last == w.After {
			break
		}
		w.After = last
	}
	w.told += len(got)
	for id, noun := range changed {
		err := l.SeeCase(l.t.Context(), w.Tenant, w.Viewer, harrier.CaseID(id))
		if noun == "alerts" {
			err = l.SeeAlert(l.t.Context(), w.Tenant, w.Viewer, harrier.AlertID(id))
		}
		if (err == nil) != got[id] {
			l.t.Fatalf("%s of %s was told of %s %x: %t, and seeing it gives %v", w.Viewer, w.Tenant, noun, id, got[id], err)
		}
	}
	for id := range got {
		if changed[id] == "" {
			l.t.Fatalf("%s was told of %x, to which nothing happened", w.Viewer, id)
		}
	}
}

// What is gone, or too much to read, is told to be lost.
func TestHappened_saysWhatIsLost(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	lost := func(after int64) bool {
		t.Helper()
		is, err := l.HappenedLost(t.Context(), l.tenant, after)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if lost(0) || !lost(7) {
		t.Error("of an empty list nothing is lost, and what was never there is")
	}
	fill := func(n int) {
		l.write(func(tx harrier.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO happened (tenant_id, noun, thing, kind) SELECT $1, 'alerts', randomblob(16), 'created'
FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < $2) SELECT n FROM c)`, l.tenant[:], n)
			return err
		})
	}
	fill(mostBehind)
	if lost(0) {
		t.Error("what is all there is lost")
	}
	fill(1)
	if !lost(0) || lost(1) {
		t.Error("more than anybody reads is not lost, or what can be read is")
	}
	fill(100_000)
	var kept int64
	if _, err := l.readers.one(t.Context(), sqlf(`SELECT count(*) FROM happened`), &kept); err != nil || kept < 100_000 || kept >= 101_000 {
		t.Errorf("%d are kept, %v", kept, err)
	}
	if newest, err := l.HappenedLast(t.Context()); err != nil || newest != 110_001 || lost(newest) {
		t.Errorf("the newest is %d, %v", newest, err)
	}
}
