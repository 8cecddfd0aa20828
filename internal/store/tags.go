package store

import (
	"context"
	"strings"

	"github.com/harrier-soar/harrier"
)

// tagging is the words that people put on a thing of a noun.
type tagging struct {
	tenant harrier.TenantID
	noun   string
	thing  [16]byte
	tags   []string
}

// tag makes the words of a thing those by which it is found, in any case.
func tag(ctx context.Context, tx harrier.Tx, t tagging) error {
	const drop = `DELETE FROM tags WHERE tenant_id = $1 AND noun = $2 AND thing = $3 AND tag NOT IN (SELECT value FROM json_each($4))`
	const add = `INSERT INTO tags (tenant_id, noun, tag, thing) SELECT $1, $2, value, $3 FROM json_each($4) WHERE true ON CONFLICT DO NOTHING`
	folded := make([]string, len(t.tags))
	for i, word := range t.tags {
		folded[i] = strings.ToLower(word)
	}
	for _, text := range []string{drop, add} {
		if _, err := tx.Exec(ctx, text, t.tenant[:], t.noun, t.thing[:], listText(folded)); err != nil {
			return err
		}
	}
	return nil
}
