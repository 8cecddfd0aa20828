package store

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/retention"
)

// listTexts asks for every list of the store, with each filter by itself, and
// returns the texts of what was asked.
func listTexts(t *testing.T, s *Store) []string {
	t.Helper()
	v, pages := reflect.ValueOf(s), 0
	for _, m := range v.Methods() {
		k := m.Type()
		if n := k.NumIn(); n < 3 || k.In(n-1) != reflect.TypeFor[harrier.Page]() {
			continue
		}
		pages++
		args := make([]reflect.Value, k.NumIn())
		for j := range args {
			args[j] = reflect.New(k.In(j)).Elem()
		}
		args[0] = reflect.ValueOf(t.Context())
		m.Call(args)
		args[len(args)-1] = reflect.ValueOf(harrier.Page{Cursor: place{1, [16]byte{1}}.cursor()})
		m.Call(args)
		for j := 2; j < len(args)-1; j++ {
			if k.In(j).Kind() != reflect.Struct {
				continue
			}
			for f := range k.In(j).NumField() {
				args[j] = reflect.New(k.In(j)).Elem()
				fill(args[j].Field(f))
				m.Call(args)
			}
		}
	}
	if pages < 15 {
		t.Errorf("only %d lists were found", pages)
	}
	var texts []string
	for range readConns {
		_ = s.readers.read(t.Context(), func(_ context.Context, c *conn) error {
			texts = append(texts, slices.Collect(maps.Keys(c.statements))...)
			return nil
		})
	}
	return texts
}

// fill gives a filter a value.
func fill(v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1, 0)))
		return
	case bool:
		v.SetBool(true)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Array:
		v.Index(0).SetUint(1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	}
}

// unbounded tells why a plan reads more of a large table the larger it is: it
// walks the table, or all rows of the tenant without an order that a limit ends.
func unbounded(text string, plan []string) string {
	ordered := !slices.ContainsFunc(plan, func(line string) bool { return strings.Contains(line, "TEMP B-TREE FOR ORDER") })
	_, condition, _ := strings.Cut(text, "WHERE tenant_id = $1")
	for _, line := range plan {
		table, how, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(line, "SEARCH "), "SCAN "), " ")
		switch {
		case slices.Contains([]string{"legal_holds", "h", "connections", "principals", "CONSTANT", "family", "json_each", "absence_moves"}, table):
			continue // people make these one by one, or they are what is asked
		case strings.HasPrefix(line, "SCAN "):
			return line
		case !strings.HasSuffix(how, "(tenant_id=?)"):
			continue
		case !ordered || !strings.Contains(text, "LIMIT") || strings.HasPrefix(text, "DELETE") || strings.Contains(condition, "< $2"):
			return line
		}
	}
	return ""
}

// explain returns the plan of a statement, line by line.
func explain(t *testing.T, tx harrier.Tx, text string) []string {
	t.Helper()
	args := make([]any, 20)
	plan, err := listIn(t.Context(), tx, sqlf("EXPLAIN QUERY PLAN "+text, args...), func(r harrier.Rows) (string, error) {
		var id, parent, none int64
		var line string
		err := r.Scan(&id, &parent, &none, &line)
		return line, err
	})
	if err != nil {
		t.Errorf("%s: %v", text, err)
	}
	return plan
}

// No list and no removal reads more of the store the more is in it: whoever asks
// would wait, and of a removal everybody, since there is one writer.
func TestPlans_readNoMoreTheMoreThereIs(t *testing.T) {
	t.Parallel()
	s := openTest(t, Config{})
	texts := listTexts(t, s)
	err := s.Write(t.Context(), func(tx harrier.Tx) error {
		for _, p := range retention.Defaults() {
			text := window(p.Class)
			if text == "" {
				continue
			}
			more, err := s.removal(t.Context(), tx, p.Class)
			if err != nil {
				return err
			}
			texts = append(append(texts, text), more...)
		}
		for _, p := range []keyPurge{indicatorPurge(), leasePurge()} {
			texts = append(texts, p.find, p.remove)
		}
		slices.Sort(texts)
		texts = slices.Compact(texts)
		for _, text := range texts {
			if line := unbounded(text, explain(t, tx, text)); line != "" {
				t.Errorf("%s\n\t%s", text, line)
			}
		}
		if len(texts) < 100 {
			t.Errorf("only %d statements were found", len(texts))
		}
		for _, text := range []string{
			`DELETE FROM alert_entities WHERE tenant_id = $1 AND role = $2`, `SELECT id FROM inbox WHERE tenant_id = $1 ORDER BY received_at DESC, id DESC LIMIT $2`,
			`SELECT id FROM alerts WHERE title = $1`, `SELECT id FROM inbox WHERE tenant_id = $1 AND received_at < $2 ORDER BY id LIMIT $3`,
		} {
			if unbounded(text, explain(t, tx, text)) == "" {
				t.Errorf("%s passes, and reads all of a tenant", text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
