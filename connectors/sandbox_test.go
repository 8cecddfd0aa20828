package connectors_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/lab"
	"github.com/harrier-soar/harrier/schema"
)

// attachment is what is in the one file that is stored.
const attachment = "<html>sign in</html>"

// hashOf returns the SHA-256 of a text.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// handed returns arguments as whoever calls a connector hands them over: with
// what is in a stored file instead of its id.
func handed(spec schema.ActionSpec, in map[string]any) map[string]any {
	out := maps.Clone(in)
	for _, f := range spec.Input {
		if _, given := in[f.Name]; given && f.Type.Kind == schema.EvidenceID {
			out[f.Name] = base64.StdEncoding.EncodeToString([]byte(attachment))
		}
	}
	return out
}

func TestCAPE_runsFilesAndLinksAndTellsWhatTheyDid(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.know(
		lab.Knowledge{Type: "file", Value: hashOf(attachment), Verdict: "malicious", Family: "Dridex"},
		lab.Knowledge{Type: "url", Value: "https://odd.example/", Verdict: "suspicious"},
		lab.Knowledge{Type: "url", Value: "https://good.example/", Verdict: "benign"},
	)
	file := s.must("cape.submit_file", map[string]any{"evidence": harrier.NewID[harrier.EvidenceID](time.Now()).String(), "name": "in/voice.html"}, "k")
	if file["verdict"] != "malicious" || file["family"] != "Dridex" || !cmp.Equal(file["techniques"], []any{"T1566.002"}) || len(file["observables"].([]any)) != 2 {
		t.Errorf("a file: got %v", file)
	}
	if n := s.counted("task.file", hashOf(attachment)); n != 1 {
		t.Errorf("the sandbox got the file %d times as it was", n)
	}
	for link, want := range map[string]string{
		evilLink: "malicious", "https://odd.example/": "suspicious", "https://good.example/": "unknown", "https://unseen.example/": "unknown",
	} {
		if out := s.must("cape.submit_url", map[string]any{"url": link}, "k"+link); out["verdict"] != want || out["report_id"] == "" {
			t.Errorf("%s: got %v, want %s", link, out, want)
		}
	}
}

func TestCAPE_aSmallReportIsEnough(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.envs["cape"].Settings["report"] = "litereport"
	if out := s.must("cape.submit_url", map[string]any{"url": evilLink}, "k"); out["verdict"] != "malicious" || out["score"] != 100.0 {
		t.Errorf("got %v, want malicious by its score", out)
	}
}

func TestCAPE_aReportIsNotFinishedBeforeItIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scene := scenario()
	scene.Looks = 2
	if err := s.Seed(scene); err != nil {
		t.Fatal(err)
	}
	input := map[string]any{"url": evilLink, "public": false}
	first, err := s.connectors["cape"].Do(t.Context(), s.envs["cape"], connector.Request{Action: "submit_url", Input: input, Key: "k"})
	if err != nil || first.Pending == nil {
		t.Fatalf("got %+v, %v; want word that it is under way", first, err)
	}
	found := s.must("cape.find_task", map[string]any{"custom": "k"}, "")
	id := map[string]any{"report_id": found["report_id"]}
	for i, want := range []bool{false, false, true} {
		out := s.must("cape.report", id, "")
		if out["finished"] != want || (out["verdict"] == "malicious") != want {
			t.Errorf("look %d: got %v, want finished %v", i+1, out, want)
		}
	}
	if _, err := s.do("cape.report", map[string]any{"report_id": "99999"}, ""); err == nil || err.Class != connector.NotFound {
		t.Errorf("another task: got %v, want not_found", err)
	}
}

func TestCAPE_aSubmissionWhoseAnswerWasLostIsFound(t *testing.T) {
	t.Parallel()
	for kind, happened := range map[lab.Kind]bool{lab.ExecutedThenReset: true, lab.Truncated: true, lab.Drift: true, lab.ResetBefore: false} {
		s := newSite(t)
		s.distrust("cape", lab.Rule{Kind: kind, Path: "create", From: "task_ids", To: "ids"})
		input := map[string]any{"evidence": harrier.NewID[harrier.EvidenceID](time.Now()).String()}
		if out, err := s.do("cape.submit_file", input, "k"); err == nil || err.Class != connector.Unknown {
			t.Fatalf("%s: got %v, %v; want unknown", kind, out, err)
		}
		if got := s.probe("cape.submit_file", input, "k"); got != happened {
			t.Errorf("%s: the probe says %v, the world %v", kind, got, happened)
		}
	}
}

func TestCAPE_refusalsWith200AreRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	empty := connector.Request{Action: "submit_file", Input: map[string]any{"evidence": "", "public": false}, Key: "k"}
	_, err := s.connectors["cape"].Do(t.Context(), s.envs["cape"], empty)
	if e := connector.AsError(err); e == nil || e.Class != connector.Invalid || !strings.Contains(e.Text, "Error adding task") {
		t.Errorf("an empty file: got %v, want invalid in the product's words", err)
	}
}
