package daemon

import (
	"context"
	"errors"
	"sync"
)

// group runs functions side by side; the first that fails ends them all.
type group struct {
	wg     sync.WaitGroup
	cancel context.CancelCauseFunc

	mu   sync.Mutex // guards errs
	errs []error
}

func newGroup(ctx context.Context) (*group, context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	return &group{cancel: cancel}, ctx
}

// run starts f.
func (g *group) run(f func() error) {
	g.wg.Go(func() {
		if err := f(); err != nil {
			g.mu.Lock()
			g.errs = append(g.errs, err)
			g.mu.Unlock()
			g.cancel(err)
		}
	})
}

// wait waits for all and returns every failure.
func (g *group) wait() error {
	g.wg.Wait()
	g.cancel(nil)
	return errors.Join(g.errs...)
}
