package enrich

import (
	"context"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/intel"
)

const (
	lanes = 4
	// atOnce is how many questions one connection is asked at once, and besides
	// how many of critical alerts, which do not wait for the others to end.
	atOnce, criticalAtOnce = 4, 2
	// mostWaiting bounds the questions that wait for one connection.
	mostWaiting = 2000
	// longestAsk bounds one question.
	longestAsk = 45 * time.Second
)

// askKey names a question: whose, to whom, about what.
type askKey struct {
	lineKey
	action, revision, value string
}

// lineKey names who is asked.
type lineKey struct {
	tenant     harrier.TenantID
	connection harrier.ConnectionID
}

// ask is a question that is under way, for all who want to know. The answer may
// be read once done is closed.
type ask struct {
	key      askKey
	tenant   harrier.TenantID
	alert    harrier.AlertID
	question intel.Question

	lane  int  // guarded by the desk's mu
	taken bool // guarded by the desk's mu

	done   chan struct{}
	answer intel.Answer
	err    *connector.Error
}

// line is the questions to one connection.
type line struct {
	lanes   [lanes][]*ask
	waiting int
	working [2]int // workers for everything, and for critical alerts only
}

// desk asks questions: each once at a time, the more severe alert's first, and
// a few at once per connection, so that one that hangs stops only itself. It
// remembers failures for a while, so that they are not repeated for every alert.
type desk struct {
	base    context.Context //nolint:containedctx // that of the workers, which outlive who asks
	consult func(ctx context.Context, a *ask, lane int) (intel.Answer, *connector.Error)
	now     func() time.Time
	workers sync.WaitGroup

	mu       sync.Mutex // guards what follows
	closed   bool
	underway map[askKey]*ask
	lines    map[lineKey]*line
	failures failures
}

func newDesk(base context.Context, consult func(context.Context, *ask, int) (intel.Answer, *connector.Error), now func() time.Time) *desk {
	return &desk{base: base, consult: consult, now: now, underway: map[askKey]*ask{}, lines: map[lineKey]*line{}, failures: failures{}}
}

// close waits for the workers, whose context has ended.
func (d *desk) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.workers.Wait()
}

// put asks a question, or joins those who ask it already.
func (d *desk) put(tenant harrier.TenantID, alert harrier.AlertID, lane int, q intel.Question) *ask {
	k := askKey{lineKey{tenant, q.Source.Connection}, q.Source.Action, q.Source.Revision, q.Value}
	d.mu.Lock()
	defer d.mu.Unlock()
	if known := d.underway[k]; known != nil {
		d.hurry(known, lane)
		return known
	}
	a := &ask{key: k, tenant: tenant, alert: alert, question: q, lane: lane, done: make(chan struct{})}
	if err := d.failures.get(k, lane, d.now()); err != nil {
		return a.end(intel.Answer{}, err)
	}
	if d.closed {
		return a.end(intel.Answer{}, connector.Errorf(connector.Unavailable, "Harrier is stopping"))
	}
	l := d.lines[k.lineKey]
	if l == nil {
		l = &line{}
		d.lines[k.lineKey] = l
	}
	if l.waiting >= mostWaiting && !d.shed(l, lane) {
		return a.end(intel.Answer{}, errCrowded(q.Source.Name))
	}
	d.underway[k] = a
	l.lanes[lane] = append(l.lanes[lane], a)
	l.waiting++
	d.hire(k.lineKey, l, lane)
	return a
}

func errCrowded(source string) *connector.Error {
	return connector.Errorf(connector.Limited, "too many look-ups wait for %s", source)
}

// end ends a question.
func (a *ask) end(answer intel.Answer, err *connector.Error) *ask {
	a.answer, a.err = answer, err
	close(a.done)
	return a
}

// hurry lets a question that waits be asked as soon as a more severe alert wants.
// The caller holds mu.
func (d *desk) hurry(a *ask, lane int) {
	if a.taken || lane >= a.lane {
		return
	}
	a.lane = lane
	l := d.lines[a.key.lineKey]
	l.lanes[lane] = append(l.lanes[lane], a) // its old place is skipped, see next
	d.hire(a.key.lineKey, l, lane)
}

// shed gives up the question that came last for the least severe alert, where
// that is less severe than lane. The caller holds mu.
func (d *desk) shed(l *line, lane int) bool {
	for low := lanes - 1; low > lane; low-- {
		for i := len(l.lanes[low]) - 1; i >= 0; i-- {
			a := l.lanes[low][i]
			l.lanes[low] = l.lanes[low][:i]
			if a.taken || a.lane != low {
				continue
			}
			a.taken = true
			l.waiting--
			delete(d.underway, a.key)
			a.end(intel.Answer{}, errCrowded(a.question.Source.Name))
			return true
		}
	}
	return false
}

// hire starts a worker where one more may work. The caller holds mu.
func (d *desk) hire(k lineKey, l *line, lane int) {
	most := lanes - 1
	kind := 0
	switch {
	case l.working[0] < atOnce:
	case lane == 0 && l.working[1] < criticalAtOnce:
		most, kind = 0, 1
	default:
		return
	}
	l.working[kind]++
	d.workers.Go(func() { d.work(k, l, most, kind) })
}

// work asks what waits in the lanes up to most until nothing does.
func (d *desk) work(k lineKey, l *line, most, kind int) {
	for {
		a, lane := d.next(k, l, most, kind)
		if a == nil {
			return
		}
		d.one(a, lane)
	}
}

// one asks one question. What panics has not answered.
func (d *desk) one(a *ask, lane int) {
	err := connector.Errorf(connector.Unavailable, "the look-up broke off")
	var answer intel.Answer
	defer func() {
		_ = recover()
		d.mu.Lock()
		delete(d.underway, a.key)
		if err != nil && d.base.Err() == nil {
			d.failures.put(a.key, lane, err, d.now())
		}
		d.mu.Unlock()
		a.end(answer, err)
	}()
	ctx, cancel := context.WithTimeout(d.base, longestAsk)
	defer cancel()
	answer, err = d.consult(ctx, a, lane)
}

// next takes the question that comes next; without one, the worker has left.
func (d *desk) next(k lineKey, l *line, most, kind int) (*ask, int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for lane := 0; lane <= most; lane++ {
		for len(l.lanes[lane]) > 0 {
			a := l.lanes[lane][0]
			l.lanes[lane][0] = nil
			l.lanes[lane] = l.lanes[lane][1:]
			if a.taken || a.lane != lane {
				continue
			}
			a.taken = true
			l.waiting--
			return a, lane
		}
	}
	l.working[kind]--
	if l.waiting == 0 && l.working == [2]int{} {
		delete(d.lines, k)
	}
	return nil, 0
}
