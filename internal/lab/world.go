package lab

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"
)

// world is all that the vendors know: tables of JSON values, and the ledger of
// what was done. Every change is one line of the journal.
type world struct {
	mu      sync.Mutex // guards everything below
	tables  map[string]map[string]json.RawMessage
	ledger  ledger
	journal *journal // nil keeps everything in memory only
}

// cell is one value of one table. A nil Value removes it.
type cell struct {
	Table string          `json:"t"`
	Key   string          `json:"k"`
	Value json.RawMessage `json:"v,omitempty"`
}

// record is one change, as the journal keeps it.
type record struct {
	At time.Time `json:"at"`
	// Ports says where each vendor listens.
	Ports map[string]int `json:"ports,omitempty"`
	// Reset forgets everything before the cells of this record.
	Reset   bool       `json:"reset,omitempty"`
	Cells   []cell     `json:"cells,omitempty"`
	Effects []happened `json:"effects,omitempty"`
}

// edit is a change that is being made while the world is locked.
type edit struct {
	world *world
	line  record
}

func newWorld() *world {
	return &world{tables: make(map[string]map[string]json.RawMessage)}
}

// update makes one change and journals it. An error means that the change is
// in memory but not on disk; whoever asked must not be told that it succeeded.
func (w *world) update(at time.Time, f func(*edit)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := &edit{world: w, line: record{At: at.UTC()}}
	f(e)
	if w.journal == nil || e.line.empty() {
		return nil
	}
	return w.journal.append(e.line)
}

// view looks at the world without changing it.
func (w *world) view(f func(*edit)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(&edit{world: w})
}

// apply repeats a change that was read from a journal.
func (w *world) apply(line record) {
	if line.Reset {
		clear(w.tables)
		w.ledger = ledger{}
	}
	for _, c := range line.Cells {
		w.set(c)
	}
	for _, h := range line.Effects {
		w.ledger.add(h, line.At)
	}
}

// set stores or removes one value.
func (w *world) set(c cell) {
	if c.Value == nil {
		delete(w.tables[c.Table], c.Key)
		return
	}
	if w.tables[c.Table] == nil {
		w.tables[c.Table] = make(map[string]json.RawMessage)
	}
	w.tables[c.Table][c.Key] = c.Value
}

func (r record) empty() bool {
	return !r.Reset && len(r.Ports) == 0 && len(r.Cells) == 0 && len(r.Effects) == 0
}

// reset forgets everything.
func (e *edit) reset() {
	e.line = record{At: e.line.At, Reset: true}
	e.world.apply(e.line)
}

// put stores a value. Values are plain structs, so encoding cannot fail.
func (e *edit) put(table, key string, value any) {
	raw, err := json.Marshal(value)
	if err != nil {
		panic("lab: a value that is not JSON: " + err.Error())
	}
	c := cell{Table: table, Key: key, Value: raw}
	e.world.set(c)
	e.line.Cells = append(e.line.Cells, c)
}

// drop removes a value.
func (e *edit) drop(table, key string) {
	c := cell{Table: table, Key: key}
	e.world.set(c)
	e.line.Cells = append(e.line.Cells, c)
}

// happen adds an effect to the ledger.
func (e *edit) happen(h happened) {
	e.world.ledger.add(h, e.line.At)
	e.line.Effects = append(e.line.Effects, h)
}

// load returns a value of a table.
func load[T any](e *edit, table, key string) (T, bool) {
	var v T
	raw, ok := e.world.tables[table][key]
	if ok {
		mustDecode(raw, &v)
	}
	return v, ok
}

// list returns the values of a table in the order of their keys.
func list[T any](e *edit, table string) []T {
	rows := e.world.tables[table]
	keys := make([]string, 0, len(rows))
	for k := range rows {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := make([]T, len(keys))
	for i, k := range keys {
		mustDecode(rows[k], &out[i])
	}
	return out
}

// keys returns the keys of a table, sorted.
func (e *edit) keys(table string) []string {
	rows := e.world.tables[table]
	out := make([]string, 0, len(rows))
	for k := range rows {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// mustDecode reads what put wrote.
func mustDecode(raw json.RawMessage, into any) {
	if err := json.Unmarshal(raw, into); err != nil {
		panic("lab: the journal holds a value of another shape: " + err.Error())
	}
}

// next counts up for ever; ids are made of it.
func (e *edit) next() int64 {
	n, _ := load[int64](e, "lab/counters", "id")
	e.put("lab/counters", "id", n+1)
	return n + 1
}

// fold returns text for comparing names that are not case-sensitive.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
