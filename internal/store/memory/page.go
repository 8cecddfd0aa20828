package memory

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier"
)

// place is where an item stands in a list.
type place struct {
	number int64
	id     [16]byte
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.number, q.number), bytes.Compare(p.id[:], q.id[:]))
}

// newest sorts items, the greatest place first, and cuts out a page.
func newest[T any](items []T, p harrier.Page, key func(T) place) ([]T, string, error) {
	slices.SortFunc(items, func(a, b T) int { return key(b).compare(key(a)) })
	if p.Cursor != "" {
		from, err := parseCursor(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		items = slices.DeleteFunc(items, func(item T) bool { return key(item).compare(from) >= 0 })
	}
	limit := min(p.Limit, 500)
	if limit <= 0 {
		limit = 50
	}
	if len(items) <= limit {
		return items, "", nil
	}
	last := key(items[limit-1])
	return items[:limit], fmt.Sprintf("%d.%x", last.number, last.id), nil
}

func parseCursor(text string) (p place, err error) {
	number, id, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(number, 10, 64)
	b, err2 := hex.DecodeString(id)
	if err != nil || err2 != nil || len(b) != len(p.id) {
		return p, harrier.Errorf(harrier.Invalid, "the cursor %q is none of this list's; leave it out to begin again", text)
	}
	return place{n, [16]byte(b)}, nil
}
