package ship

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
)

// desk is a shipper with one target over rows in memory.
type desk struct {
	*Shipper
	t      *testing.T
	now    time.Time
	target Target
	rows   int64
	broken error // of the wire
	sent   []string
	told   []string
	dead   error // of the store
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), target: Target{Tenant: harrier.DefaultTenant, ID: harrier.ConnectionID{1}, Name: "siem", Kind: Syslog}}
	d.Shipper = New(Config{Store: d, Wire: d, Alarms: d, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now }})
	return d
}

func (d *desk) Write(_ context.Context, change func(harrier.Tx) error) error {
	before, told := d.target, d.told
	err := errors.Join(change(nil), d.dead)
	if err != nil {
		d.target, d.told = before, told
	}
	return err
}

func (d *desk) AuditTargets(context.Context, harrier.TenantID) ([]Target, error) {
	return []Target{d.target}, nil
}

func (d *desk) PutAuditTarget(_ context.Context, _ harrier.Tx, t Target) error {
	d.target = t
	return nil
}

func (d *desk) AuditHead(context.Context, harrier.TenantID) (audit.Head, error) {
	c := audit.Checkpoint{Origin: "harrier-audit/" + harrier.DefaultTenant.String(), Size: d.rows, At: d.now, Clock: "unknown"}
	return audit.Head{Note: fmt.Sprintf("%s\n%d\n%s\n%s unknown\n\n— x\n", c.Origin, c.Size, c.Root, d.now.Format(time.RFC3339Nano))}, nil
}

func (d *desk) AuditKey(context.Context, harrier.TenantID) (string, error) { return "", nil }

func (d *desk) AuditLeaves(_ context.Context, _ harrier.TenantID, from, to int64) (list []audit.Leaf, err error) {
	for seq := from; seq <= to; seq++ {
		list = append(list, audit.Leaf{Seq: seq, Row: &audit.Record{At: d.now.UnixMicro(), Action: "a", Target: "line\n<1>1 forged " + strconv.FormatInt(seq, 10)}})
	}
	return list, nil
}

func (d *desk) Send(_ context.Context, _ Target, b Batch) error {
	if d.broken != nil {
		return d.broken
	}
	d.sent = append(d.sent, fmt.Sprintf("%d-%d", b.From, b.To))
	return nil
}

func (d *desk) Tell(_ context.Context, _ harrier.Tx, _ harrier.TenantID, body []byte) error {
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	d.told = append(d.told[:len(d.told):len(d.told)], fmt.Sprint(v["status"]))
	return nil
}

func TestPass_sendsAllInOrderAndOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, n := range []int64{450, 0, 3} {
		d.rows += n
		if err := d.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(d.sent, " "); got != "1-200 201-400 401-450 451-453" || d.target.Cursor != 453 {
		t.Errorf("sent %s, cursor %d", got, d.target.Cursor)
	}
}

// What was sent and not noted is sent again, with the same name.
func TestPass_sendsAgainWhatWasNotNoted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.rows, d.dead = 5, errors.New("killed")
	if err := d.Pass(t.Context()); err == nil {
		t.Fatal("the fault was not seen")
	}
	d.dead, d.now = nil, d.now.Add(time.Hour)
	if err := d.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(d.sent, " "); got != "1-5 1-5" {
		t.Errorf("sent %s", got)
	}
}

// AUD-03: a target that takes nothing any more is one alert, which ends when it has everything.
func TestPass_tellsOnceOfATargetThatTakesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.rows = 1
	pass := func(minutes int) {
		for range minutes * 6 {
			d.now = d.now.Add(10 * time.Second)
			_ = d.Pass(t.Context())
		}
	}
	pass(10)
	d.rows, d.broken = 2, errors.New("connection refused")
	pass(4)
	if len(d.told) != 0 || d.target.Failures == 0 {
		t.Fatalf("told %v after 4 minutes and %d failures", d.told, d.target.Failures)
	}
	if n := d.target.Failures; n > 12 {
		t.Errorf("%d attempts in 4 minutes, want fewer and fewer", n)
	}
	pass(60)
	if got := strings.Join(d.told, " "); got != "new" {
		t.Fatalf("told %q", got)
	}
	d.broken = nil
	pass(3)
	if got := strings.Join(d.told, " "); got != "new closed" || d.target.Cursor != 2 || d.target.Error != "" {
		t.Errorf("told %q, %+v", got, d.target)
	}
}

// AUD-06: a row cannot end its message or begin another.
func TestFrames_cannotBeBrokenOutOf(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.rows = 3
	head, err := audit.ReadCheckpoint(must(d.AuditHead(t.Context(), harrier.DefaultTenant)).Note)
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.batch(t.Context(), d.target, head)
	if err != nil {
		t.Fatal(err)
	}
	rest, n := b.Frames("ho st\n", d.now), 0
	for len(rest) > 0 {
		length, after, ok := bytes.Cut(rest, []byte(" "))
		size, err := strconv.Atoi(string(length))
		if !ok || err != nil || size > len(after) {
			t.Fatalf("no frame: %q", rest)
		}
		if m := string(after[:size]); strings.Contains(m, "\n") || !strings.HasPrefix(m, "<110>1 2026-11-02T00:00:00.000000Z host harrier - ") {
			t.Errorf("message %q", m)
		}
		rest, n = after[size:], n+1
	}
	if n != 4 {
		t.Errorf("%d messages, want 3 rows and the checkpoint", n)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestCheck_refusesTargetsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, c := range []Target{
		{Name: "A", Kind: Syslog, Address: "h:1"}, {Name: "a", Kind: "x", Address: "h:1"}, {Name: "a", Kind: Syslog, Address: "h"},
		{Name: "a", Kind: Syslog, Address: "h:1/x"}, {Name: "a", Kind: Webhook, Address: "http://h/"}, {Name: "a", Kind: Webhook, Address: "https://u:p@h/"},
		{Name: "a", Kind: Syslog, Address: "h:1", AllowPrivate: []string{"10.0.0.1"}},
	} {
		if err := c.Check(); harrier.KindOf(err) != harrier.Invalid || err == nil {
			t.Errorf("%+v: got %v", c, err)
		}
	}
	if err := (Target{Name: "a", Kind: Syslog, Address: "log.example:6514"}).Check(); err != nil {
		t.Error(err)
	}
}
