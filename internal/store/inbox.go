package store

import (
	"cmp"
	"context"
	"strconv"

	"github.com/harrier-soar/harrier"
)

const rawEventColumns = `tenant_id, id, source_id, received_at, content, meta, body, lane, backfill, state, reason, alert_id, attempts, ended_at`

func scanRawEvent(r harrier.Rows) (e harrier.RawEvent, err error) {
	err = r.Scan(&e.Tenant, &e.ID, &e.Source, &e.Received, &e.Content, &e.Meta, &e.Body, &e.Lane, &e.Backfill, &e.State, &e.Reason, &e.Alert,
		&e.Attempts, &e.EndedAt)
	return e, err
}

// AddRawEvents adds what a source delivered, pending, all of one source.
func (s *Store) AddRawEvents(ctx context.Context, tx harrier.Tx, events []harrier.RawEvent) error {
	const add = `INSERT INTO inbox (` + rawEventColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', '', NULL, 0, NULL)`
	const count = `INSERT INTO source_counts (tenant_id, source_id, accepted, last_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, source_id) DO UPDATE SET accepted = accepted + excluded.accepted, last_at = excluded.last_at`
	for i := range events {
		e := &events[i]
		if _, err := tx.Exec(ctx, add, e.Tenant[:], e.ID[:], e.Source[:], e.Received, e.Content, e.Meta, e.Body, e.Lane, e.Backfill); err != nil {
			return err
		}
	}
	if len(events) == 0 {
		return nil
	}
	last := events[len(events)-1]
	_, err := tx.Exec(ctx, count, last.Tenant[:], last.Source[:], len(events), last.Received)
	return err
}

// EndRawEvent writes what became of an event; one that has ended already stays
// as it is, and ended is false.
func (s *Store) EndRawEvent(ctx context.Context, tx harrier.Tx, e harrier.RawEvent) (ended bool, err error) {
	const end = `UPDATE inbox SET state = $3, reason = $4, alert_id = $5, ended_at = $6 WHERE tenant_id = $1 AND id = $2 AND state = 'pending'`
	counts := map[harrier.EventState]string{
		harrier.EventProcessed:   `UPDATE source_counts SET processed = processed + 1 WHERE tenant_id = $1 AND source_id = $2`,
		harrier.EventSuppressed:  `UPDATE source_counts SET suppressed = suppressed + 1 WHERE tenant_id = $1 AND source_id = $2`,
		harrier.EventQuarantined: `UPDATE source_counts SET quarantined = quarantined + 1 WHERE tenant_id = $1 AND source_id = $2`,
	}
	count := counts[e.State]
	if count == "" {
		return false, harrier.Errorf(harrier.Internal, "an event cannot end as %q", e.State)
	}
	n, err := tx.Exec(ctx, end, e.Tenant[:], e.ID[:], string(e.State), e.Reason, e.Alert, e.EndedAt)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.Exec(ctx, count, e.Tenant[:], e.Source[:])
	return true, err
}

// ReplayRawEvent makes an event that was quarantined or suppressed pending again.
func (s *Store) ReplayRawEvent(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.EventID) error {
	const again = `UPDATE inbox SET state = 'pending', reason = '', ended_at = NULL, attempts = attempts + 1
WHERE tenant_id = $1 AND id = $2 AND state IN ('quarantined', 'suppressed')`
	const count = `UPDATE source_counts SET quarantined = quarantined - $3, suppressed = suppressed - $4 WHERE tenant_id = $1 AND source_id = $2`
	var source harrier.SourceID
	var state harrier.EventState
	ok, err := oneIn(ctx, tx, sqlf(`SELECT source_id, state FROM inbox WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:]), &source, &state)
	switch {
	case err != nil:
		return err
	case !ok:
		return errNoEvent(id)
	}
	n, err := tx.Exec(ctx, again, tenant[:], id[:])
	if err != nil {
		return err
	}
	if n == 0 {
		return harrier.Errorf(harrier.Conflict, "event %s is %s; only what was quarantined or suppressed can be replayed", id, state)
	}
	_, err = tx.Exec(ctx, count, tenant[:], source[:], state == harrier.EventQuarantined, state == harrier.EventSuppressed)
	return err
}

// PendingEvents returns events of a lane that wait to be processed, of all
// tenants, after an id, in the order in which they were committed.
func (s *Store) PendingEvents(ctx context.Context, lane int, after harrier.EventID, limit int) ([]harrier.RawEvent, error) {
	const text = `SELECT ` + rawEventColumns + ` FROM inbox WHERE state = 'pending' AND lane = $1 AND id > $2 ORDER BY id LIMIT $3`
	return list(ctx, s.readers, sqlf(text, lane, after[:], limit), scanRawEvent)
}

// RawEvent returns one event with its bytes.
func (s *Store) RawEvent(ctx context.Context, tenant harrier.TenantID, id harrier.EventID) (harrier.RawEvent, error) {
	e, ok, err := first(ctx, s.readers, sqlf(`SELECT `+rawEventColumns+` FROM inbox WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:]), scanRawEvent)
	if err == nil && !ok {
		err = errNoEvent(id)
	}
	return e, err
}

const (
	// eventSlice is how many events are looked at in one read, and eventSlices how
	// many reads make a page, however few of them are chosen.
	eventSlice, eventSlices = 5000, 4
)

// RawEvents returns what sources delivered, the newest first. A page may be
// short, or empty, and have a next one: nothing fitted in what was looked at.
func (s *Store) RawEvents(ctx context.Context, tenant harrier.TenantID, f harrier.EventFilter, p harrier.Page) (items []harrier.RawEvent, next string, err error) {
	want := sizeOf(p)
	for range eventSlices {
		var some []harrier.RawEvent
		if some, next, err = s.eventSlice(ctx, tenant, f, harrier.Page{Limit: want - len(items), Cursor: p.Cursor}); err != nil {
			return nil, "", err
		}
		if items = append(items, some...); next == "" || len(items) == want {
			break
		}
		p.Cursor = next
	}
	return items, next, nil
}

// eventSlice is a part of a page.
func (s *Store) eventSlice(ctx context.Context, tenant harrier.TenantID, f harrier.EventFilter, p harrier.Page) ([]harrier.RawEvent, string, error) {
	l := newListing(rawEventColumns, "inbox", tenant).
		where("state = 'quarantined'", f.State == harrier.EventQuarantined, nil).
		where("state = $", f.State != "" && f.State != harrier.EventQuarantined, string(f.State)).
		where("source_id = $", !f.Source.IsZero(), f.Source).
		where("alert_id = $", !f.Alert.IsZero(), f.Alert)
	end := ""
	if f.Alert.IsZero() && f.State != harrier.EventQuarantined && (f.State != "" || !f.Source.IsZero()) {
		bottom, ok, err := s.eventsBelow(ctx, tenant, p.Cursor)
		if err != nil {
			return nil, "", err
		}
		if ok {
			l.where("id >= $", true, bottom.id[:])
			end = bottom.cursor()
		}
	}
	l.seen(s, f.Viewer)
	if err := l.newestID(p); err != nil {
		return nil, "", err
	}
	items, next, err := page(ctx, s.readers, l, scanRawEvent, func(e harrier.RawEvent) place { return at(e.Received, e.ID) })
	return items, cmp.Or(next, end), err
}

// eventsBelow is where a slice of the events before a cursor ends; ok is false
// where the events do.
func (s *Store) eventsBelow(ctx context.Context, tenant harrier.TenantID, cursor string) (bottom place, ok bool, err error) {
	l := newListing("id", "inbox", tenant)
	if cursor != "" {
		from, err := parseCursor(cursor)
		if err != nil {
			return bottom, false, err
		}
		l.where("id < $", true, from.id[:])
	}
	l.text.WriteString(" ORDER BY id DESC LIMIT 1 OFFSET " + strconv.Itoa(eventSlice-1))
	var id harrier.EventID
	ok, err = s.readers.one(ctx, sqlf(l.text.String(), l.args...), &id)
	bottom.id = id
	return bottom, ok, err
}

func errNoEvent(id harrier.EventID) error {
	return harrier.Errorf(harrier.NotFound, "event %s does not exist", id)
}
