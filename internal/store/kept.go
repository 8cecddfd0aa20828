package store

import (
	"sync"

	"github.com/harrier-soar/harrier"
)

// maxKept bounds how many rows of a kind are kept.
const maxKept = 4096

// kept holds rows that every call reads and that people seldom change. Only this
// process changes the database, so that a row is as it was read until a change
// commits here: whoever was told of a change never gets what was before it.
type kept[K comparable, V any] struct {
	mu sync.Mutex
	// age counts the changes; mu guards it and rows.
	age  uint64
	rows map[K]V
}

// get returns a row that is held, or reads it.
func (k *kept[K, V]) get(key K, read func() (V, error)) (V, error) {
	k.mu.Lock()
	row, ok := k.rows[key]
	age := k.age
	k.mu.Unlock()
	if ok {
		return row, nil
	}
	row, err := read()
	if err != nil {
		return row, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.age != age {
		return row, nil // it may have been read before the change
	}
	if k.rows == nil || len(k.rows) >= maxKept {
		k.rows = map[K]V{}
	}
	k.rows[key] = row
	return row, nil
}

// changes drops what is held when a change commits.
func (k *kept[K, V]) changes(tx harrier.Tx) {
	tx.OnCommit(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.age++
		clear(k.rows)
	})
}
