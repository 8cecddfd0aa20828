package transport

import (
	"time"

	"github.com/harrier-soar/harrier"
)

// Count is how many calls of a day a connection has used.
type Count struct {
	Tenant     harrier.TenantID
	Connection harrier.ConnectionID
	// Day is its beginning, in UTC.
	Day  time.Time
	Used int
}

// Counts returns what connections with a limit per day have used of today.
func (t *Transport) Counts() []Count {
	today := dayOf(t.cfg.Now())
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []Count
	for key, q := range t.quotas {
		if used := q.of(today); used > 0 && !key.id.IsZero() {
			list = append(list, Count{key.tenant, key.id, today, used})
		}
	}
	return list
}

// Restore counts calls that another process made before. What was counted here
// already counts too.
func (t *Transport) Restore(list []Count) {
	today := dayOf(t.cfg.Now())
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range list {
		if c.Day.Equal(today) {
			t.quota(linkKey{tenant: c.Tenant, id: c.Connection}).add(today, c.Used)
		}
	}
}

// Used returns how many calls of today a connection has used, as far as its
// calls of a day are limited.
func (t *Transport) Used(tenant harrier.TenantID, id harrier.ConnectionID) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if q := t.quotas[linkKey{tenant: tenant, id: id}]; q != nil {
		return q.of(dayOf(t.cfg.Now()))
	}
	return 0
}

// quota returns the count of a connection, which outlives its changes. The
// caller holds mu.
func (t *Transport) quota(key linkKey) *quota {
	if !key.id.IsZero() {
		key.name = ""
	}
	q := t.quotas[key]
	if q == nil {
		q = &quota{}
		t.quotas[key] = q
	}
	return q
}

func dayOf(now time.Time) time.Time { return now.UTC().Truncate(24 * time.Hour) }

// of returns what was used of a day.
func (q *quota) of(day time.Time) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !day.Equal(q.day) {
		return 0
	}
	return q.used
}

// add counts calls of a day.
func (q *quota) add(day time.Time, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !day.Equal(q.day) {
		q.day, q.used = day, 0
	}
	q.used += n
}
