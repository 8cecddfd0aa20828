package store

import (
	"context"
	"errors"
	"time"

	"github.com/harrier-soar/harrier"
)

const (
	// readConns is how many reads run at the same time.
	readConns = 4
	// searchConns is how many queries of people run at the same time.
	searchConns = 2
	// maxRead bounds a read: a longer one would keep the log from restarting.
	maxRead = 2 * time.Second
)

// readPool lends read-only connections.
type readPool struct {
	path   string
	idle   chan *conn
	closed chan struct{}
}

func openReaders(ctx context.Context, path string, conns int) (*readPool, error) {
	p := &readPool{path: path, idle: make(chan *conn, conns), closed: make(chan struct{})}
	for range conns {
		c, err := openConn(ctx, path, forReading)
		if err != nil {
			p.close()
			return nil, err
		}
		p.idle <- c
	}
	return p, nil
}

// close waits for the reads that are under way.
func (p *readPool) close() {
	close(p.closed)
	for len(p.idle) > 0 {
		(<-p.idle).close()
	}
}

// read lends a connection to f for at most maxRead. Each query sees what was
// committed when it began; f asks one.
func (p *readPool) read(ctx context.Context, f func(context.Context, *conn) error) error {
	var c *conn
	select {
	case <-p.closed:
		return errClosed()
	case <-ctx.Done():
		return fault(context.Cause(ctx))
	case c = <-p.idle:
	}
	limited, cancel := context.WithTimeoutCause(ctx, maxRead, errSlowRead)
	defer cancel()
	err := f(limited, c)
	p.giveBack(context.WithoutCancel(ctx), c)
	return fault(err)
}

var errSlowRead = errors.New("the read took longer than 2 s")

// giveBack returns a connection, or a new one in place of one that an
// interrupted query has made unusable.
func (p *readPool) giveBack(ctx context.Context, c *conn) {
	if !c.usable() {
		if fresh, err := openConn(ctx, p.path, forReading); err == nil {
			c.close()
			c = fresh
		}
	}
	p.idle <- c
}

// each calls f for every row of a query.
func (p *readPool) each(ctx context.Context, q statementText, f func(*rows) error) error {
	return p.read(ctx, func(ctx context.Context, c *conn) error {
		found, err := c.query(ctx, q.text, q.args)
		if err != nil {
			return err
		}
		defer func() { _ = found.Close() }()
		for found.Next() {
			if err := f(found); err != nil {
				return err
			}
		}
		return found.Err()
	})
}

// statementText is a statement and its arguments.
type statementText struct {
	text string
	args []any
}

// sqlf pairs a statement with its arguments.
func sqlf(text string, args ...any) statementText { return statementText{text, args} }

// one scans the only row of a query; ok is false where there is none.
func (p *readPool) one(ctx context.Context, q statementText, dest ...any) (ok bool, err error) {
	err = p.each(ctx, q, func(r *rows) error {
		ok = true
		return r.Scan(dest...)
	})
	return ok, err
}

// list reads the rows of a query into a slice.
func list[T any](ctx context.Context, p *readPool, q statementText, scan func(harrier.Rows) (T, error)) ([]T, error) {
	var items []T
	err := p.each(ctx, q, func(r *rows) error {
		item, err := scan(r)
		items = append(items, item)
		return err
	})
	return items, err
}

// first reads the one row of a query; ok is false where there is none.
func first[T any](ctx context.Context, p *readPool, q statementText, scan func(harrier.Rows) (T, error)) (item T, ok bool, err error) {
	err = p.each(ctx, q, func(r *rows) error {
		ok = true
		item, err = scan(r)
		return err
	})
	return item, ok, err
}

// oneIn scans the only row of a query inside a change; ok is false where there is none.
func oneIn(ctx context.Context, tx harrier.Tx, q statementText, dest ...any) (ok bool, err error) {
	found, err := tx.Query(ctx, q.text, q.args...)
	if err != nil {
		return false, err
	}
	defer func() { _ = found.Close() }()
	if !found.Next() {
		return false, found.Err()
	}
	return true, found.Scan(dest...)
}
