package app

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/door"
	"github.com/harrier-soar/harrier/internal/mapping"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// G1: what a sender of syslog sent is stored as it came, under its source.
func TestMessages_areStoredAsEventsOfTheirSource(t *testing.T) {
	t.Parallel()
	a, err := Open(t.Context(), Options{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	by := harrier.Operator()
	r := reporters{a}
	_, err = r.AddSource(ctx, by, api.AddSource{Name: "fw", Product: "syslog", Settings: map[string]any{"listen": "nowhere"}})
	if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), "cidrs: name who may send") || !strings.Contains(err.Error(), "listen: use an address") {
		t.Errorf("wrong settings: %v", err)
	}
	made, err := r.AddSource(ctx, by, api.AddSource{
		Name: "fw", Product: "syslog", TimeZone: "Europe/Berlin", Settings: map[string]any{"listen": "127.0.0.1:0", "cidrs": "127.0.0.1"},
	})
	if err != nil || !strings.Contains(made.Warning, "tls") {
		t.Fatalf("made %+v, %v; want a warning about plain TCP", made, err)
	}
	var address string
	poll(t, func() bool {
		for _, l := range a.listen.Listeners() {
			address = l.Address
		}
		return address != ""
	})
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("<134>Mar  1 12:00:00 gw CEF:0|v|p|1|id|name|8|src=192.0.2.1\n")); err != nil {
		t.Fatal(err)
	}
	poll(t, func() bool {
		src, err := r.Source(ctx, by, "fw")
		return err == nil && src.Counts.Accepted == 1
	})
	// What is counted as stored is counted after the commit.
	poll(t, func() bool {
		var alerts []api.Alert
		poll(t, func() bool {
			list, err := things{a}.Alerts(ctx, by, harrier.AlertFilter{}, harrier.Page{Limit: 10})
			alerts = list.Items
			return err == nil && len(alerts) > 0
		})
		if len(alerts) != 1 || alerts[0].Title != "name" || alerts[0].Severity != "high" {
			t.Errorf("alerts %+v, want one that the mapping of CEF makes", alerts)
		}
		diagnosis, err := r.TestSource(ctx, by, "fw")
		var told strings.Builder
		for _, c := range diagnosis.Checks {
			told.WriteString(c.Detail + "\n")
		}
		return err == nil && diagnosis.OK && strings.Contains(told.String(), "1 read, 1 stored, 0 dropped") && strings.Contains(told.String(), address)
	})
}

// The products that send syslog can be set up as the catalogue says, by naming who may send.
func TestMessages_productsOfSyslogAreComplete(t *testing.T) {
	t.Parallel()
	catalogue, err := door.LoadCatalogue(content.FS)
	if err != nil {
		t.Fatal(err)
	}
	set, problems := mapping.Load(content.FS)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, p := range catalogue.All() {
		if p.Kind != "syslog" {
			continue
		}
		text := strings.TrimSuffix(strings.TrimSpace(string(p.Settings)), "}") + `,"cidrs":"192.0.2.0/24"}`
		if _, err := checkSyslog([]byte(text)); err != nil {
			t.Errorf("product %s: %v", p.Name, err)
		}
		if _, known := set.Get(p.Mapping); p.Mapping != "" && !known {
			t.Errorf("product %s names the mapping %s, which does not exist", p.Name, p.Mapping)
		}
	}
}

// What was lost is told by an alert, once in a while for each source.
func TestMessages_lossesAreAlerts(t *testing.T) {
	t.Parallel()
	a, err := Open(t.Context(), Options{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	src := harrier.Source{Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.SourceID](time.Now()), Name: "fw"}
	l := &losses{app: a, untold: make(map[harrier.SourceID]int64), told: make(map[harrier.SourceID]time.Time)}
	for range 3 {
		l.add(t.Context(), src, 7, "the queue was full")
	}
	counts, err := a.store.SourceCounts(t.Context(), harrier.DefaultTenant)
	if err != nil || len(counts) != 1 || counts[0].Accepted != 1 {
		t.Errorf("counts %+v, %v; want one event that tells of the losses", counts, err)
	}
	if l.untold[src.ID] != 14 {
		t.Errorf("%d losses wait to be told, want 14", l.untold[src.ID])
	}
}

// poll waits for a condition.
func poll(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("it does not come")
		}
	}
}
