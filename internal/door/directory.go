package door

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Sources is where sources are kept.
type Sources interface {
	// DoorSources returns the enabled sources of kind webhook of all tenants.
	DoorSources(ctx context.Context) ([]harrier.Source, error)
}

// Secrets opens secrets.
type Secrets interface {
	// Reveal returns a secret, or a NotFound error.
	Reveal(ctx context.Context, tenant harrier.TenantID, name, field string) (harrier.Secret, error)
}

// entry is a source as the door knows it.
type entry struct {
	source   harrier.Source
	settings Settings
	secrets  []secret
	// fault is why nobody can come in, for the log.
	fault error
}

// directory knows which sources there are without asking the database for each
// request: whoever guesses names costs nothing.
type directory struct {
	sources Sources
	secrets Secrets
	log     *slog.Logger
	now     func() time.Time

	mu    sync.Mutex // guards what follows
	stale bool
	at    time.Time
	known register
}

// register holds the sources by what requests name them with.
type register struct {
	byID   map[string]*entry
	byName map[string]*entry
	// byToken finds senders that do not name a source, by the hash of their token.
	byToken map[[sha256.Size]byte]*entry
}

// fresh is how old what is known may be: changes of this process are known at once.
const fresh = 10 * time.Second

// look returns what is known, and loads it where it is old.
func (d *directory) look(ctx context.Context) (register, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	if d.known.byID != nil && !d.stale && now.Sub(d.at).Abs() < fresh {
		return d.known, nil
	}
	rows, err := d.sources.DoorSources(ctx)
	if err != nil {
		return register{}, err
	}
	reg := register{map[string]*entry{}, map[string]*entry{}, map[[sha256.Size]byte]*entry{}}
	for _, row := range rows {
		e, err := d.entry(ctx, row, now)
		if err != nil {
			return register{}, err
		}
		reg.add(e)
	}
	d.known, d.at, d.stale = reg, now, false
	return reg, nil
}

// entry is what was known of a source where it has not changed, or is found out now.
func (d *directory) entry(ctx context.Context, row harrier.Source, now time.Time) (*entry, error) {
	if old := d.known.byID[row.ID.String()]; old != nil && old.source.Rev == row.Rev && old.source.Tenant == row.Tenant && old.fault == nil {
		return old, nil
	}
	e := &entry{source: row}
	if e.settings, e.fault = ParseSettings(row.Settings); e.fault != nil {
		d.log.Error("a source is set up wrongly and takes nothing", "source", row.Name, "err", e.fault)
		return e, nil //nolint:nilerr // it is kept, and shut
	}
	for _, k := range e.settings.Auth.Keys {
		if !k.Until.IsZero() && !now.Before(k.Until) {
			continue
		}
		value, err := d.secrets.Reveal(ctx, row.Tenant, row.ID.String(), k.Field)
		switch {
		case harrier.KindOf(err) == harrier.NotFound:
			e.fault = err
			d.log.Error("a source lacks its secret and takes nothing", "source", row.Name, "field", k.Field)
		case err != nil:
			return nil, err
		default:
			e.secrets = append(e.secrets, secret{value, k.Until})
		}
	}
	return e, nil
}

// add makes a source known.
func (r register) add(e *entry) {
	r.byID[e.source.ID.String()] = e
	if e.source.Tenant == harrier.DefaultTenant { // a name says nothing of the tenant, an id does
		r.byName[e.source.Name] = e
	}
	if e.settings.Shape == "thehive" {
		for _, s := range e.secrets {
			r.byToken[sha256.Sum256([]byte(s.value.Reveal()))] = e
		}
	}
}

// named finds the source that a request names.
func (r register) named(name string) *entry {
	if e := r.byID[name]; e != nil {
		return e
	}
	return r.byName[name]
}

// Changed tells that sources or their secrets were changed.
func (d *Door) Changed() {
	d.directory.mu.Lock()
	defer d.directory.mu.Unlock()
	d.directory.stale = true
}
