package audit

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"golang.org/x/mod/sumdb/note"
)

// Config is what a sequencer is made of. Log, Clock and Chained may be left out.
type Config struct {
	Store   Store
	Secrets Secrets
	Witness Witness
	Log     *slog.Logger
	Now     func() time.Time
	// Clock tells whether somebody keeps the machine's clock right.
	Clock func() string
	// Chained is called when rows have got their places.
	Chained func()
}

// Sequencer gives audit rows their places and signs the heads. It is safe for
// concurrent use.
type Sequencer struct {
	cfg  Config
	mu   sync.Mutex // guards what follows, and that one pass runs at a time
	logs map[harrier.TenantID]*chain
	// last is the place of the row that was chained last; negative where that is not known.
	last int64
}

// chain is the log of one tenant.
type chain struct {
	tree   *tree
	signer note.Signer
}

const (
	// every is how often is looked for new rows: a row is signed within a second.
	every = 500 * time.Millisecond
	// atOnce bounds how many rows share a commit.
	atOnce = 1000
)

// NewSequencer returns a sequencer.
func NewSequencer(cfg Config) *Sequencer {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = func() string { return "unknown" }
	}
	if cfg.Chained == nil {
		cfg.Chained = func() {}
	}
	return &Sequencer{cfg: cfg, logs: map[harrier.TenantID]*chain{}, last: -1}
}

// Run chains what comes until ctx ends, and then what is left.
func (s *Sequencer) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for last := ""; ; {
		err := s.Pass(ctx)
		switch {
		case ctx.Err() != nil:
			return s.end(ctx)
		case err == nil:
			last = ""
		case err.Error() != last: // it is told once, not twice a second
			last = err.Error()
			s.cfg.Log.LogAttrs(ctx, slog.LevelError, "the audit trail is not being chained", slog.Any("err", err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return s.end(ctx)
		}
	}
}

// end chains what was written until the end. Where that fails, the next start does it.
func (s *Sequencer) end(ctx context.Context) error {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = s.Pass(last)
	return context.Cause(ctx)
}

// Pass chains all that is there.
func (s *Sequencer) Pass(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last < 0 {
		last, err := s.cfg.Store.LastChained(ctx)
		if err != nil {
			return err
		}
		s.last = last
	}
	for n := atOnce; n == atOnce; {
		rows, err := s.cfg.Store.UnchainedAudit(ctx, s.last, atOnce)
		if err != nil {
			return err
		}
		if n = len(rows); n == 0 {
			return nil
		}
		if err := s.chain(ctx, rows); err != nil {
			s.last = -1
			return err
		}
		s.last = rows[n-1].Place
		s.cfg.Chained()
	}
	return nil
}

// chain gives rows their places, of all tenants in one change: the order of
// places is that in which rows were committed.
func (s *Sequencer) chain(ctx context.Context, rows []Record) error {
	byTenant, order := map[harrier.TenantID][]Record{}, []harrier.TenantID(nil)
	for _, r := range rows {
		if len(r.Tenant) != len(harrier.TenantID{}) {
			return harrier.Errorf(harrier.Internal, "audit row %s has no tenant; somebody has changed the database", r.Name())
		}
		id := harrier.TenantID(r.Tenant)
		if byTenant[id] == nil {
			order = append(order, id)
		}
		byTenant[id] = append(byTenant[id], r)
	}
	grown, heads, add := make([]*chain, len(order)), make([]Checkpoint, len(order)), make([]Chaining, len(order))
	for i, id := range order {
		l, err := s.log(ctx, id)
		if err != nil {
			return err
		}
		if grown[i], heads[i], add[i], err = l.grow(id, byTenant[id], s.cfg.Now(), s.cfg.Clock()); err != nil {
			return err
		}
	}
	err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		for _, c := range add {
			if err := s.cfg.Store.ChainAudit(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	for i, id := range order {
		if err != nil {
			delete(s.logs, id) // whether it was committed is not known: it is read again
			continue
		}
		s.logs[id] = grown[i]
		if err := s.cfg.Witness.Keep(heads[i]); err != nil {
			s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "the checkpoint of the audit trail was not kept beside the database", slog.Any("err", err))
		}
	}
	return err
}

// grow adds rows to a log, which itself stays as it was.
func (l *chain) grow(tenant harrier.TenantID, rows []Record, now time.Time, clock string) (*chain, Checkpoint, Chaining, error) {
	t, add := l.tree.clone(), Chaining{Tenant: tenant}
	for _, r := range rows {
		h := LeafHash(r.Line(t.size + 1))
		t.add(h)
		add.Links = append(add.Links, Link{t.size, r.ID, h})
	}
	head, err := Checkpoint{Origin: origin(tenant), Size: t.size, Root: t.root(), At: now, Clock: clock}.sign(l.signer)
	add.Size, add.Head = t.size, Head{head.Note, t.bytes()}
	return &chain{t, l.signer}, head, add, err
}

// log returns the log of a tenant as it stands.
func (s *Sequencer) log(ctx context.Context, tenant harrier.TenantID) (*chain, error) {
	if l, ok := s.logs[tenant]; ok {
		return l, nil
	}
	head, err := s.cfg.Store.AuditHead(ctx, tenant)
	if err != nil {
		return nil, err
	}
	signer, verifier, err := s.key(ctx, tenant, head.Note != "")
	if err != nil {
		return nil, err
	}
	l := &chain{&tree{}, signer}
	if head.Note != "" {
		if l.tree, err = head.open(verifier); err != nil {
			return nil, err
		}
	}
	if err := s.compare(ctx, tenant, verifier, l.tree); err != nil {
		return nil, err
	}
	s.logs[tenant] = l
	return l, nil
}

// open reads a kept head. Only what this installation has signed is gone on from.
func (h Head) open(v note.Verifier) (*tree, error) {
	c, err := ReadCheckpoint(h.Note)
	if err == nil {
		err = c.Signed(v)
	}
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "the head of the audit log was tampered with; run harrier audit verify: %w", err)
	}
	t, err := readTree(c.Size, h.Edges)
	if err == nil && t.root() != c.Root {
		err = harrier.Errorf(harrier.Internal, "the kept edges of the audit log are not those of its head")
	}
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "the head of the audit log was tampered with; run harrier audit verify: %w", err)
	}
	return t, nil
}

// compare looks whether the database has all that it once had. One that was
// rolled back goes on, and its audit trail says so from then on.
func (s *Sequencer) compare(ctx context.Context, tenant harrier.TenantID, v note.Verifier, t *tree) error {
	text, err := s.cfg.Witness.Last(tenant)
	if err != nil || text == "" {
		return err
	}
	c, err := ReadCheckpoint(text)
	if err == nil {
		err = c.Signed(v)
	}
	if err != nil || c.Size < t.size || c.Size == t.size && c.Root == t.root() {
		return nil //nolint:nilerr // what this installation did not sign is no witness; verify tells of it
	}
	s.cfg.Log.LogAttrs(ctx, slog.LevelError, "the audit trail is not that of the last checkpoint; was an old copy of the database restored?",
		slog.Int64("rows", t.size), slog.Int64("rows_then", c.Size))
	data, err := json.Marshal(map[string]any{"rows": t.size, "rows_then": c.Size, "root_then": c.Root.String()})
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode an audit row: %w", err)
	}
	now := s.cfg.Now()
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		return s.cfg.Store.Audit(ctx, tx, harrier.AuditEntry{
			Tenant: tenant, ID: harrier.NewID[harrier.AuditID](now), At: now.UTC().Truncate(time.Microsecond),
			Actor: harrier.SystemPrincipal, ActorName: "system", Action: "audit.rolled_back", Target: c.Origin, Data: data,
		})
	})
	if err != nil {
		return err
	}
	return s.cfg.Witness.SetAside(c)
}
