package audit

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/harrier-soar/harrier"
)

// Leaf is a place in a log as it is kept. Row is nil where the row is gone.
type Leaf struct {
	Seq   int64
	Audit []byte
	Hash  []byte
	Row   *Record
}

// Pruning tells up to where rows were removed by policy, and which row certifies it.
type Pruning struct {
	Through     int64
	Certificate []byte
}

// Loose is a row without a place. Inserted tells that rows after it have one.
type Loose struct {
	Record
	Inserted bool
}

// Database is a database as whoever verifies it reads it: nothing in it is believed.
type Database interface {
	// Logs returns the tenants that have a log, a head or a key.
	Logs(ctx context.Context) ([][]byte, error)
	// Key returns the verifier key that is kept for a tenant, empty where none is.
	Key(ctx context.Context, tenant []byte) (string, error)
	// Leaves yields the places of a tenant in their order.
	Leaves(ctx context.Context, tenant []byte) iter.Seq2[Leaf, error]
	// Notes yields the heads of a tenant, the smallest first, as sizes and signed texts.
	Notes(ctx context.Context, tenant []byte) iter.Seq2[Head, error]
	// Prunings returns what was removed by policy.
	Prunings(ctx context.Context, tenant []byte) ([]Pruning, error)
	// Loose yields rows without a place, of all tenants.
	Loose(ctx context.Context) iter.Seq2[Loose, error]
}

// Verify checks every log of a database. An error means that it could not be
// read to the end; what was found until then is in the report.
func Verify(ctx context.Context, db Database, o Options) (Report, error) {
	report := Report{OK: true}
	known, err := o.read()
	if err != nil {
		return report, err
	}
	tenants, err := db.Logs(ctx)
	if err != nil {
		return report, err
	}
	tails := map[string]*LogReport{}
	for _, t := range tenants {
		l, err := verifyLog(ctx, db, t, known)
		if err != nil {
			l.found(at(Unreadable, l.Rows+1, ""), "the log cannot be read on: %s", err)
		}
		tails[string(t)] = &l
		delete(known.checkpoints, originPrefix+l.Tenant)
	}
	for from, list := range known.checkpoints {
		p := newProver(Checkpoint{Origin: from}.Tenant(), from, "", outside{keys: known.keys, text: known.text, checkpoints: map[string][]Checkpoint{from: list}})
		l := p.end()
		tails[from], tenants = &l, append(tenants, []byte(from))
	}
	err = verifyLoose(ctx, db, tails, &tenants)
	for _, t := range tenants {
		report.add(*tails[string(t)])
	}
	return report, err
}

// verifyLoose looks at the rows without a place.
func verifyLoose(ctx context.Context, db Database, logs map[string]*LogReport, tenants *[][]byte) error {
	for row, err := range db.Loose(ctx) {
		if err != nil {
			return err
		}
		l, ok := logs[string(row.Tenant)]
		if !ok {
			l = &LogReport{Tenant: idText[harrier.TenantID](row.Tenant)}
			logs[string(row.Tenant)] = l
			*tenants = append(*tenants, row.Tenant)
		}
		if row.Inserted {
			l.found(at(Inserted, 0, row.Name()), "row %s (%s) has no place, and rows after it have one", row.Name(), row.Action)
			continue
		}
		l.Unchained++
	}
	return nil
}

func verifyLog(ctx context.Context, db Database, tenant []byte, o outside) (LogReport, error) {
	name := idText[harrier.TenantID](tenant)
	key, err := db.Key(ctx, tenant)
	if err != nil {
		return LogReport{Tenant: name}, err
	}
	w := &walk{prover: newProver(name, originPrefix+name, key, o)}
	if w.prunings, err = db.Prunings(ctx, tenant); err != nil {
		return *w.LogReport, err
	}
	next, stop := iter.Pull2(db.Notes(ctx, tenant))
	defer stop()
	if err := w.heads(next); err != nil {
		return *w.LogReport, err
	}
	for leaf, err := range db.Leaves(ctx, tenant) {
		if err != nil {
			return *w.LogReport, err
		}
		w.leaf(leaf)
		if err := w.heads(next); err != nil {
			return *w.LogReport, err
		}
	}
	w.finish()
	return w.end(), nil
}

// walk goes through the places of a database.
type walk struct {
	*prover
	prunings []Pruning
	gone     int64 // places up to here lost their rows by policy, says the database
	place    int64 // of the last row in the table
	last     *Checkpoint
	ended    bool // there are no more heads
	certs    map[string]bool
}

// heads compares the heads of the size that is reached.
func (w *walk) heads(next func() (Head, error, bool)) error {
	for !w.ended && (w.last == nil || w.last.Size <= w.Rows) {
		if w.last != nil {
			w.head(*w.last)
			w.last = nil
		}
		h, err, ok := next()
		if err != nil {
			return err
		}
		if w.ended = !ok; w.ended {
			return nil
		}
		c, err := ReadCheckpoint(h.Note)
		if err != nil || c.Size <= w.Size && w.Size > 0 {
			w.found(at(Forged, w.Rows, ""), "a checkpoint after place %d is none", w.Rows)
			continue
		}
		w.last = &c
	}
	return nil
}

// leaf looks at the next place.
func (w *walk) leaf(l Leaf) {
	if want := w.Rows + 1; l.Seq != want {
		w.found(at(Removed, want, ""), "the places %d to %d are gone", want, l.Seq-1)
		w.torn, w.Rows = true, l.Seq-1
	}
	kept := Hash{}
	if copy(kept[:], l.Hash); len(l.Hash) != len(kept) {
		w.found(at(Edited, l.Seq, idText[harrier.AuditID](l.Audit)), "the hash at place %d is none", l.Seq)
	}
	if l.Row == nil {
		w.missing(l)
		w.add(kept, kept, idText[harrier.AuditID](l.Audit))
		return
	}
	seen := LeafHash(l.Row.Line(l.Seq))
	if seen != kept {
		w.found(at(Edited, l.Seq, l.Row.Name()), "row %s (%s) at place %d is not what was chained", l.Row.Name(), l.Row.Action, l.Seq)
	}
	if l.Row.Place <= w.place {
		w.found(at(Moved, l.Seq, l.Row.Name()), "row %s stands in the table before a row that was chained earlier", l.Row.Name())
	}
	w.place = l.Row.Place
	if l.Row.Action == PruneAction {
		w.certify(*l.Row)
	}
	w.add(kept, seen, l.Row.Name())
}

// PruneAction is the action of a row that certifies that older rows were removed by policy.
const PruneAction = "audit.prune"

// Certificate is the data of such a row.
type Certificate struct {
	// Through is the last place whose row was removed, and Root the head of the
	// log of that size.
	Through int64  `json:"through"`
	Root    string `json:"root"`
}

// certify notes a certificate.
func (w *walk) certify(r Record) {
	var c Certificate
	if json.Unmarshal([]byte(r.Data), &c) != nil {
		return
	}
	for _, p := range w.prunings {
		if p.Through == c.Through && string(p.Certificate) == string(r.ID) {
			if w.certs == nil {
				w.certs = map[string]bool{}
			}
			w.certs[string(r.ID)] = true
		}
	}
}

// missing looks at a place without its row: is there a policy that took it?
func (w *walk) missing(l Leaf) {
	for _, p := range w.prunings {
		if l.Seq <= p.Through {
			w.Pruned++
			w.gone = max(w.gone, l.Seq)
			return
		}
	}
	w.found(at(Removed, l.Seq, idText[harrier.AuditID](l.Audit)), "row %s at place %d is gone", idText[harrier.AuditID](l.Audit), l.Seq)
}

// finish looks at what must be there when all places were seen.
func (w *walk) finish() {
	if w.gone > 0 && !w.certified() {
		w.found(at(Removed, w.gone, ""), "rows up to place %d are gone, and no chained row certifies that policy removed them", w.gone)
	}
	switch {
	case w.last != nil && w.last.Size > w.Rows:
		size := w.last.Size
		w.found(at(Removed, w.Rows+1, ""), "the places %d to %d are gone: a signed checkpoint knows of them", w.Rows+1, size)
	case w.Rows > w.Size && w.key != nil:
		w.found(at(Inserted, w.Size+1, w.names()), "the places from %d to %d were not signed", w.Size+1, w.Rows)
	}
	if w.key == nil && w.Rows > 0 {
		w.found(at(Forged, 0, ""), "there is no verifier key, so that no signature can be verified; bring it: --key")
	}
}

// certified reports whether a chained row certifies all that policy removed.
func (w *walk) certified() bool {
	for _, p := range w.prunings {
		if p.Through >= w.gone && w.certs[string(p.Certificate)] {
			return true
		}
	}
	return false
}
