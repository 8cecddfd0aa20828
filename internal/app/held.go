package app

import (
	"sync"
	"sync/atomic"
)

// held is content that is replaced as a whole. Whoever reads it goes on with
// what was there.
type held[T any] struct{ value atomic.Pointer[T] }

// now is what is held; the zero value before the first set.
func (h *held[T]) now() (v T) {
	if p := h.value.Load(); p != nil {
		return *p
	}
	return v
}

func (h *held[T]) set(v T) { h.value.Store(&v) }

// late is content that is read when it is first asked for, and replaced as a whole.
type late[T any] struct {
	load func() (T, error)
	once sync.Mutex // held while it is read
	held held[*T]
}

// now is what is held, read if it was not yet. Where it cannot be read, it is
// tried again the next time.
func (l *late[T]) now() (T, error) {
	if p := l.held.now(); p != nil {
		return *p, nil
	}
	l.once.Lock()
	defer l.once.Unlock()
	if p := l.held.now(); p != nil {
		return *p, nil
	}
	v, err := l.load()
	if err == nil {
		l.held.set(&v)
	}
	return v, err
}

// set replaces what is held. It waits for a reading that is under way, so that
// this does not put the old back.
func (l *late[T]) set(v T) {
	l.once.Lock()
	defer l.once.Unlock()
	l.held.set(&v)
}
