package airlock

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Config says how a pool works. All fields may be zero.
type Config struct {
	// Program is what is started; empty means this program.
	Program string
	// Size is how many helpers there are at most; zero means one for each processor, at most 8.
	Size int
	// Jobs is how many jobs a helper does before it is replaced; zero means 200.
	Jobs int
	// Time bounds one job; zero means 10 seconds.
	Time time.Duration
	// Memory bounds one helper, in bytes; zero means 512 MiB.
	Memory int64
	// Log is told of helpers that failed; nil discards it.
	Log *slog.Logger
}

// Pool hands jobs to helpers. It starts none before the first job. It is safe
// for concurrent use.
type Pool struct {
	cfg    Config
	places chan struct{}

	mu     sync.Mutex // guards idle and closed
	idle   []*process
	closed bool
}

// NewPool returns a pool.
func NewPool(cfg Config) (*Pool, error) {
	if cfg.Program == "" {
		program, err := os.Executable()
		if err != nil {
			return nil, harrier.Errorf(harrier.Unavailable, "find this program, to start it again as a helper: %w", err)
		}
		cfg.Program = program
	}
	cfg.Size = cmp.Or(cfg.Size, min(runtime.GOMAXPROCS(0), 8))
	cfg.Jobs, cfg.Time, cfg.Memory = cmp.Or(cfg.Jobs, 200), cmp.Or(cfg.Time, 10*time.Second), cmp.Or(cfg.Memory, 512<<20)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Pool{cfg: cfg, places: make(chan struct{}, cfg.Size)}, nil
}

// Do has a helper do a job, waiting for one that is free. The error is that of
// the work; [harrier.Invalid] where the job took too long, too much memory, or
// crashed its helper, since another try would end in the same way; and
// [harrier.Unavailable] where ctx ended, or no helper can be started.
func (p *Pool) Do(ctx context.Context, job Job) (Answer, error) {
	select {
	case p.places <- struct{}{}:
		defer func() { <-p.places }()
	case <-ctx.Done():
		return Answer{}, harrier.Errorf(harrier.Unavailable, "no helper became free in time: %w", context.Cause(ctx))
	}
	for {
		h, used, err := p.take()
		if err != nil {
			return Answer{}, err
		}
		a, verdict, err := h.do(ctx, job)
		switch {
		case verdict == healthy:
			p.give(h)
		case verdict == deaf && used:
			continue // it had died while it waited; that says nothing about this job
		default:
			p.cfg.Log.Warn("a helper was lost", "kind", job.Kind, "bytes", len(job.Data), "err", err, "said", h.said())
		}
		return a, err
	}
}

// take returns a helper that waits, or starts one. used tells that it has worked before.
func (p *Pool) take() (h *process, used bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, false, harrier.Errorf(harrier.Unavailable, "the helpers have ended with the server")
	}
	if last := len(p.idle) - 1; last >= 0 {
		h, p.idle = p.idle[last], p.idle[:last]
		return h, true, nil
	}
	h, err = start(p.cfg)
	return h, false, err
}

// give takes a helper back, unless it has done its share.
func (p *Pool) give(h *process) {
	p.mu.Lock()
	keep := !p.closed && h.jobs < p.cfg.Jobs
	if keep {
		p.idle = append(p.idle, h)
	}
	p.mu.Unlock()
	if !keep {
		h.end()
	}
}

// Close ends the helpers that wait and those that work as soon as they are done.
func (p *Pool) Close() error {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, h := range idle {
		h.end()
	}
	return nil
}
