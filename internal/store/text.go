package store

import (
	"context"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
)

// WordsAtOnce is how many changes [Store.ReadWords] reads at most: it makes few
// segments of the index, and others wait milliseconds.
const WordsAtOnce = 256

const (
	// The most that is kept of an alert's and of a case's words, in bytes.
	alertWords = 8 << 10
	caseWords  = 64 << 10
)

// said is a thing whose words are to be read again.
type said struct {
	tenant, thing []byte
	noun          string
	words         string
	gone          bool
}

// ReadWords reads the words of what changed since it was last called, up to 256
// things, and tells how many changes there were. Several may call it; one works.
func (s *Store) ReadWords(ctx context.Context) (n int, err error) {
	s.wording.Lock()
	defer s.wording.Unlock()
	last, things, n, err := s.changedTexts(ctx)
	if err != nil || n == 0 {
		return 0, err
	}
	for i := range things {
		if err := s.readThing(ctx, &things[i]); err != nil {
			return 0, err
		}
	}
	return n, s.Write(ctx, func(tx harrier.Tx) error {
		for _, t := range things {
			if err := keepWords(ctx, tx, t); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `DELETE FROM text_queue WHERE seq <= $1`, last)
		return err
	})
}

// changedTexts lists what changed, each thing once.
func (s *Store) changedTexts(ctx context.Context) (last int64, things []said, n int, err error) {
	seen := map[string]bool{}
	err = s.readers.each(ctx, sqlf(`SELECT seq, tenant, noun, thing FROM text_queue ORDER BY seq LIMIT $1`, WordsAtOnce), func(r *rows) error {
		var t said
		if err := r.Scan(&last, &t.tenant, &t.noun, &t.thing); err != nil {
			return err
		}
		n++
		if key := t.noun + string(t.thing); !seen[key] {
			seen[key] = true
			things = append(things, t)
		}
		return nil
	})
	return last, things, n, err
}

// readThing reads the words of an alert or a case.
func (s *Store) readThing(ctx context.Context, t *said) error {
	if t.noun == "cases" {
		return s.readCase(ctx, t)
	}
	const text = `SELECT title, description, category, rule_name, external_id, finding FROM alerts WHERE tenant_id = $1 AND id = $2`
	var parts [5]string
	var finding json.RawMessage
	ok, err := s.readers.one(ctx, sqlf(text, t.tenant, t.thing), &parts[0], &parts[1], &parts[2], &parts[3], &parts[4], &finding)
	t.gone, t.words = !ok, cut(strings.Join(append(parts[:], findingWords(finding)...), "\n"), alertWords)
	return err
}

// findingWords are who and what an alert is about.
func findingWords(finding json.RawMessage) (words []string) {
	var f struct {
		Entities    []struct{ Key, Name string }
		Observables []struct{ Value string }
		Techniques  []string
	}
	if len(finding) == 0 || json.Unmarshal(finding, &f) != nil {
		return nil // an old alert, or one that nobody understood
	}
	for _, e := range f.Entities {
		words = append(words, e.Key)
		if !strings.EqualFold(e.Name, e.Key) {
			words = append(words, e.Name)
		}
	}
	for _, o := range f.Observables {
		words = append(words, o.Value)
	}
	return append(words, f.Techniques...)
}

// readCase reads what a case is called and what people said in it.
func (s *Store) readCase(ctx context.Context, t *said) error {
	const about = `SELECT title, summary, template FROM cases WHERE tenant_id = $1 AND id = $2`
	const comments = `SELECT text FROM case_entries WHERE tenant_id = $1 AND case_id = $2 AND kind = 'comment' ORDER BY seq DESC LIMIT 500`
	var title, summary, template string
	ok, err := s.readers.one(ctx, sqlf(about, t.tenant, t.thing), &title, &summary, &template)
	if err != nil || !ok {
		t.gone = !ok
		return err
	}
	words := []string{title, summary, template}
	err = s.readers.each(ctx, sqlf(comments, t.tenant, t.thing), func(r *rows) error {
		var one string
		err := r.Scan(&one)
		words = append(words, one)
		return err
	})
	t.words = cut(strings.Join(words, "\n"), caseWords)
	return err
}

// cut is the beginning of a text, whole characters only.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// keepWords keeps the words of a thing, or forgets them where it is gone.
func keepWords(ctx context.Context, tx harrier.Tx, t said) error {
	const find = `SELECT doc FROM text_docs WHERE tenant = $1 AND noun = $2 AND thing = $3`
	const add = `INSERT INTO text_docs (tenant, noun, thing) VALUES ($1, $2, $3) RETURNING doc`
	table := "alert_text"
	if t.noun == "cases" {
		table = "case_text"
	}
	var doc int64
	known, err := oneIn(ctx, tx, sqlf(find, t.tenant, t.noun, t.thing), &doc)
	switch {
	case err != nil:
		return err
	case t.gone && !known:
		return nil
	case t.gone:
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE rowid = $1`, doc); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM text_docs WHERE doc = $1`, doc)
		return err
	case !known:
		if _, err := oneIn(ctx, tx, sqlf(add, t.tenant, t.noun, t.thing), &doc); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO `+table+` (rowid, scope, said) VALUES ($1, $2, $3)`, doc, scopeOf(t.tenant), t.words)
		return err
	}
	_, err = tx.Exec(ctx, `INSERT OR REPLACE INTO `+table+` (rowid, scope, said) VALUES ($1, $2, $3)`, doc, scopeOf(t.tenant), t.words)
	return err
}
