package noise_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/noise"
)

func TestRead_takesTheExampleThatShips(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/noise.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, problems := noise.Read("noise.yaml", text)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	want := noise.Default()
	want.Correlation.Stop["user"] = append(want.Correlation.Stop["user"], "svc-backup")
	want.Correlation.Stop["domain"] = []string{"cdn.example"}
	want.Closing = mute.Closing{Threshold: 0.95, Sample: 0.05, MinSample: 10}
	want.Rules["close-backups"] = mute.Closing{Threshold: 0.9, Sample: 0.2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the example is not the defaults with what it says (-want +got):\n%s", diff)
	}
	rule := got.Of(mute.Closing{Rule: "close-backups", Owner: "kim"})
	if diff := cmp.Diff(mute.Closing{Rule: "close-backups", Owner: "kim", Threshold: 0.9, Sample: 0.2, MinSample: 10}, rule); diff != "" {
		t.Errorf("what holds for a rule -want +got:\n%s", diff)
	}
}

func TestRead_leavesWhatIsNotSaidAsItShips(t *testing.T) {
	t.Parallel()
	got, problems := noise.Read("noise.yaml", []byte("harrier: 1\n"))
	if diff := cmp.Diff(noise.Default(), got); problems.Err() != nil || diff != "" {
		t.Errorf("%v -want +got:\n%s", problems.Err(), diff)
	}
}

func TestRead_reportsEveryMistakeWithPlaceAndFix(t *testing.T) {
	t.Parallel()
	_, problems := noise.Read("noise.yaml", []byte(`harrier: 2
risks: {}
risk:
  half_life: soon
  threshold: many
correlation:
  kinds:
    hosts: {window: 1h}
    host: {weight: -1, frequent: 0}
  tags: nat
  stop: {host: [1]}
closing:
  threshold: 2
  rules: [a]
`))
	var got []string
	for _, p := range problems {
		if p.Fix == "" || p.Message == "" || p.Pos.Line < 1 {
			t.Errorf("a problem without place, message or fix: %+v", p)
		}
		got = append(got, p.Code)
	}
	want := []string{
		"version", "unknown-key", "wrong-value", "wrong-value", "unknown-key", "wrong-value", "wrong-value", "wrong-kind", "wrong-value", "wrong-value", "wrong-kind",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s\n%s", diff, problems.Error())
	}
	_, problems = noise.Read("noise.yaml", []byte("harrier: 1\nrisk: {threshold: 10}\n"))
	if err := problems.Err(); err == nil || !strings.Contains(err.Error(), "release must be above 0 and below the threshold") {
		t.Errorf("a threshold below release is taken: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("harrier: 1\nrisk: {half_life: 7d, threshold: 1e9}\ncorrelation: {kinds: {host: {window: 1h}}, stop: {ip: [a]}}\nclosing: {rules: {a: {sample: 1}}}")
	f.Fuzz(func(t *testing.T, text string) {
		s, problems := noise.Read("noise.yaml", []byte(text))
		if problems.Err() == nil && (s.Risk.Check() != nil || s.Correlation.Check() != nil) {
			t.Errorf("%q was taken: %+v", text, s)
		}
	})
}
