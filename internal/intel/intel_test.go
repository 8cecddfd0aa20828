package intel_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/schema"
)

// vendors answers look-ups by the name of the source.
type vendors struct {
	verb    string
	sources []intel.Source
	answer  func(ctx context.Context, source string) (map[string]any, error)

	mu    sync.Mutex // guards what follows
	asked []string
	now   int
	most  int
}

// Sources implements intel.Lookups.
func (v *vendors) Sources(_ context.Context, tenant harrier.TenantID, verb string) ([]intel.Source, error) {
	if v.verb != "" && verb != v.verb {
		return nil, harrier.Errorf(harrier.Internal, "asked for %s", verb)
	}
	sources := make([]intel.Source, len(v.sources))
	for i, s := range v.sources {
		s.Connection = harrier.DeriveID[harrier.ConnectionID](tenant.String(), s.Name)
		sources[i] = s
	}
	return sources, nil
}

// Ask implements intel.Lookups.
func (v *vendors) Ask(ctx context.Context, _ builtin.Request, s intel.Source, in map[string]any) (map[string]any, error) {
	v.mu.Lock()
	v.asked = append(v.asked, fmt.Sprint(s.Name, " ", in))
	v.now++
	v.most = max(v.most, v.now)
	v.mu.Unlock()
	defer func() { v.mu.Lock(); v.now--; v.mu.Unlock() }()
	return v.answer(ctx, s.Name)
}

// said is a verdict as an answer.
func said(verdict string) map[string]any { return map[string]any{"verdict": verdict} }

func request(kind, value string) builtin.Request {
	return builtin.Request{Tenant: harrier.DefaultTenant, Mode: harrier.Live, Input: map[string]any{"type": kind, "value": value}}
}

// newService returns a service whose clock is the bubble's, or the world's.
func newService(v *vendors) *intel.Service {
	return intel.New(intel.Config{Lookups: v, Now: time.Now})
}

// lookup fails the test where a look-up does.
func lookup(t *testing.T, s *intel.Service, req builtin.Request) map[string]any {
	t.Helper()
	out, err := s.Lookup(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if _, wrong := schema.Check(out, s.Actions()[0].Spec.Output); len(wrong) > 0 {
		t.Errorf("the output %v does not fit its type: %v", out, wrong)
	}
	return out
}

func TestAction_exampleFitsItsType(t *testing.T) {
	t.Parallel()
	for _, a := range newService(&vendors{}).Actions() {
		if _, wrong := schema.Check(a.Spec.Example, a.Spec.Output); len(wrong) > 0 {
			t.Errorf("%s: %v", a.Spec.Name, wrong)
		}
	}
}

func TestLookup_listsEveryAnswerAndEveryFailure(t *testing.T) {
	t.Parallel()
	v := &vendors{sources: []intel.Source{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}, answer: func(_ context.Context, source string) (map[string]any, error) {
		switch source {
		case "a":
			return map[string]any{"verdict": "benign", "score": int64(0), "link": "https://a.example/x"}, nil
		case "b":
			return map[string]any{"verdict": "suspicious", "score": 40.5}, nil
		case "c":
			return nil, connector.Errorf(connector.Limited, "slow down")
		}
		return map[string]any{"score": 99.0}, nil // says nothing
	}}
	want := map[string]any{
		"type": "ip", "value": "192.0.2.1", "verdict": "suspicious", "score": 40.5, "answered": int64(2), "failed": int64(2),
		"sources": []any{
			map[string]any{"connection": "a", "status": "ok", "verdict": "benign", "score": 0.0, "link": "https://a.example/x"},
			map[string]any{"connection": "b", "status": "ok", "verdict": "suspicious", "score": 40.5},
			map[string]any{"connection": "c", "status": "failed", "error": "slow down"},
			map[string]any{"connection": "d", "status": "failed", "error": "the source answered without a verdict"},
		},
	}
	if diff := cmp.Diff(want, lookup(t, newService(v), request("ip", "192.0.2.1"))); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestLookup_isTheWorstOfTheAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, want string }{
		{"benign", "benign", "benign"}, {"benign", "unknown", "unknown"}, {"unknown", "suspicious", "suspicious"}, {"malicious", "benign", "malicious"},
	} {
		v := &vendors{sources: []intel.Source{{Name: c.a}, {Name: c.b}}, answer: func(_ context.Context, source string) (map[string]any, error) { return said(source), nil }}
		if got := lookup(t, newService(v), request("domain", "evil.example")); got["verdict"] != c.want {
			t.Errorf("%s and %s give %v, want %s", c.a, c.b, got["verdict"], c.want)
		}
	}
}

func TestLookup_neverLooksCleanWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	out := lookup(t, newService(&vendors{}), request("ip", "192.0.2.1"))
	if out["verdict"] != "unknown" || out["answered"] != int64(0) || out["failed"] != int64(0) {
		t.Errorf("without a source: %v", out)
	}
	v := &vendors{sources: []intel.Source{{Name: "denied"}, {Name: "limited"}}, answer: func(_ context.Context, source string) (map[string]any, error) {
		if source == "limited" {
			return nil, &connector.Error{Class: connector.Limited, Text: "slow down", After: time.Minute}
		}
		return nil, connector.Errorf(connector.Denied, "wrong key")
	}}
	_, err := newService(v).Lookup(t.Context(), request("ip", "192.0.2.1"))
	if e, ok := errors.AsType[*connector.Error](err); !ok || e.Class != connector.Limited || e.After != time.Minute || !strings.Contains(e.Text, "slow down") {
		t.Errorf("where all fail: %v", err)
	}
}

func TestLookup_asksByTheVerbOfTheTypeAndTheOneSpelling(t *testing.T) {
	t.Parallel()
	hash := strings.Repeat("ab", 32)
	for _, c := range []struct{ kind, value, verb, input string }{
		{"ip", "2001:DB8::0001", "intel.lookup_ip", "map[ip:2001:db8::1]"}, {"domain", "EVIL.example.", "intel.lookup_domain", "map[domain:evil.example]"},
		{"url", "https://evil.example/x", "intel.lookup_url", "map[url:https://evil.example/x]"}, {"hash", strings.ToUpper(hash), "intel.lookup_file", "map[hash:" + hash + "]"},
		{"file", hash, "intel.lookup_file", "map[hash:" + hash + "]"}, {"email", "a@evil.example", "intel.lookup_email", "map[email:a@evil.example]"},
	} {
		v := &vendors{verb: c.verb, sources: []intel.Source{{Name: "a"}}, answer: func(context.Context, string) (map[string]any, error) { return said("unknown"), nil }}
		if out := lookup(t, newService(v), request(c.kind, c.value)); out["type"] != c.kind {
			t.Errorf("%s: %v", c.kind, out)
		}
		if diff := cmp.Diff([]string{"a " + c.input}, v.asked); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.kind, diff)
		}
	}
	for kind, value := range map[string]string{"ip": "evil.example", "host": "x", "domain": "a b", "url": "", "hash": "xyz", "email": "nobody"} {
		if _, err := newService(&vendors{}).Lookup(t.Context(), request(kind, value)); harrier.KindOf(err) != harrier.Invalid || err == nil {
			t.Errorf("%s %q: %v", kind, value, err)
		}
	}
}

func TestLookup_keepsGoodAnswersForAsLongAsTheyHold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		verdict, fail := "malicious", false
		v := &vendors{sources: []intel.Source{{Name: "a", TTL: time.Hour}}, answer: func(context.Context, string) (map[string]any, error) {
			if fail {
				return nil, connector.Errorf(connector.Unavailable, "down")
			}
			return said(verdict), nil
		}}
		s := newService(v)
		calls := func(after time.Duration) int {
			<-time.After(after) // the bubble's clock
			before := len(v.asked)
			_, _ = s.Lookup(t.Context(), request("ip", "192.0.2.1"))
			return len(v.asked) - before
		}
		for i, step := range []struct {
			after   time.Duration
			verdict string
			fail    bool
			want    int
		}{
			{0, "malicious", false, 1}, {59 * time.Minute, "malicious", false, 0}, {time.Minute, "malicious", true, 1}, {0, "malicious", true, 1},
			{0, "unknown", false, 1}, {14 * time.Minute, "unknown", false, 0}, {time.Minute, "unknown", false, 1},
		} {
			verdict, fail = step.verdict, step.fail
			if got := calls(step.after); got != step.want {
				t.Errorf("step %d asks %d times, want %d", i, got, step.want)
			}
		}
	})
}

func TestLookup_sharesNothingBetweenTenantsRevisionsAndRecordings(t *testing.T) {
	t.Parallel()
	v := &vendors{sources: []intel.Source{{Name: "a", TTL: time.Hour, Revision: "1"}}, answer: func(context.Context, string) (map[string]any, error) { return said("benign"), nil }}
	s := newService(v)
	first := request("ip", "192.0.2.1")
	lookup(t, s, first)
	other, record, replay, shadow := first, first, first, first
	other.Tenant, record.Mode, replay.Mode, shadow.Mode = harrier.DeriveID[harrier.TenantID]("other"), harrier.RecordMode, harrier.Replay, harrier.Shadow
	for name, c := range map[string]struct {
		req  builtin.Request
		want int
	}{"the same": {first, 0}, "a shadow run": {shadow, 0}, "another tenant": {other, 1}, "a recording": {record, 1}, "a replay": {replay, 1}} {
		before := len(v.asked)
		if lookup(t, s, c.req); len(v.asked)-before != c.want {
			t.Errorf("%s asks %d times, want %d", name, len(v.asked)-before, c.want)
		}
	}
	v.sources[0].Revision = "2"
	before := len(v.asked)
	if lookup(t, s, first); len(v.asked)-before != 1 {
		t.Error("a changed connection's old answer was used")
	}
}

func TestLookup_asksOnceForAllWhoWantTheSameAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		v := &vendors{sources: []intel.Source{{Name: "a"}, {Name: "b"}}, answer: func(context.Context, string) (map[string]any, error) {
			<-open
			return said("malicious"), nil
		}}
		s := newService(v)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if out := lookup(t, s, request("ip", "192.0.2.1")); out["verdict"] != "malicious" || out["answered"] != int64(2) {
					t.Errorf("output %v", out)
				}
			})
		}
		synctest.Wait()
		close(open)
		wg.Wait()
		if len(v.asked) != 2 {
			t.Errorf("two sources were asked %d times", len(v.asked))
		}
	})
}

func TestLookup_oneWhoGivesUpSpoilsNothingForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendors{sources: []intel.Source{{Name: "a"}}, answer: func(ctx context.Context, _ string) (map[string]any, error) {
			select {
			case <-ctx.Done():
				return nil, connector.Errorf(connector.Unknown, "cancelled")
			case <-time.After(time.Second):
				return said("benign"), nil
			}
		}}
		s := newService(v)
		impatient, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := s.Lookup(impatient, request("ip", "192.0.2.1")); err == nil {
				t.Error("whoever gave up got an answer")
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if out := lookup(t, s, request("ip", "192.0.2.1")); out["verdict"] != "benign" {
				t.Errorf("output %v", out)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()
		if len(v.asked) != 2 {
			t.Errorf("asked %v", v.asked)
		}
	})
}

func TestLookup_asksABoundedNumberAtOnceAndEndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendors{answer: func(ctx context.Context, source string) (map[string]any, error) {
			if source == "stuck" {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			<-time.After(time.Second) // the bubble's clock
			return said("benign"), nil
		}}
		for i := range 20 {
			v.sources = append(v.sources, intel.Source{Name: fmt.Sprint("s", i)})
		}
		v.sources = append(v.sources, intel.Source{Name: "stuck"})
		began := time.Now()
		req := request("ip", "192.0.2.1")
		req.Deadline = began.Add(10 * time.Second)
		out := lookup(t, intel.New(intel.Config{Lookups: v, Now: time.Now, Parallel: 4}), req)
		if v.most != 4 || out["answered"] != int64(20) || out["failed"] != int64(1) || time.Since(began) != 10*time.Second {
			t.Errorf("%d at once, %v after %s", v.most, out, time.Since(began))
		}
	})
}

func TestCache_forgetsWhatWasUsedLongestAgo(t *testing.T) {
	t.Parallel()
	v := &vendors{sources: []intel.Source{{Name: "a", TTL: time.Hour}}, answer: func(context.Context, string) (map[string]any, error) { return said("benign"), nil }}
	s := intel.New(intel.Config{Lookups: v, Now: time.Now, CacheSize: 2})
	for i, c := range []struct {
		value string
		want  int
	}{{"192.0.2.1", 1}, {"192.0.2.2", 1}, {"192.0.2.1", 0}, {"192.0.2.3", 1}, {"192.0.2.1", 0}, {"192.0.2.2", 1}} {
		before := len(v.asked)
		if lookup(t, s, request("ip", c.value)); len(v.asked)-before != c.want {
			t.Errorf("step %d: %s asks %d times, want %d", i, c.value, len(v.asked)-before, c.want)
		}
	}
}

func BenchmarkLookup_ofWhatIsKnown(b *testing.B) {
	v := &vendors{sources: []intel.Source{{Name: "a", TTL: time.Hour}, {Name: "b", TTL: time.Hour}}, answer: func(context.Context, string) (map[string]any, error) { return said("malicious"), nil }}
	s := newService(v)
	for b.Loop() {
		if _, err := s.Lookup(b.Context(), request("ip", "192.0.2.1")); err != nil {
			b.Fatal(err)
		}
	}
}

func TestLookup_tellsWhoIsBehindASourceAndHowReliableItIs(t *testing.T) {
	t.Parallel()
	v := &vendors{
		sources: []intel.Source{{Name: "a", Provider: "abuse.ch", Reliability: "B"}, {Name: "b", Provider: "other", Reliability: "F"}},
		answer: func(_ context.Context, source string) (map[string]any, error) {
			if source == "b" {
				return nil, connector.Errorf(connector.Unavailable, "no answer in time")
			}
			return said("malicious"), nil
		},
	}
	out := lookup(t, newService(v), request("domain", "evil.example"))
	want := []any{
		map[string]any{"connection": "a", "status": "ok", "verdict": "malicious", "provider": "abuse.ch", "reliability": "B"},
		map[string]any{"connection": "b", "status": "failed", "error": "no answer in time", "provider": "other", "reliability": "F"},
	}
	if diff := cmp.Diff(want, out["sources"]); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}
