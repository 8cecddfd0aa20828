package cli

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/harrier-soar/harrier/internal/picture"
)

// long is a decision in which everything is as long as it may be.
func long() picture.Decision {
	words := strings.Repeat("something is known to be bad and reaches ws-ceo ", 8)
	line := picture.Line{
		Stage: "known_bad", Rule: strings.Repeat("a-rule-with-a-name", 3), Says: words + strings.Repeat("x", 300), Weight: 44.55, Reliability: "B",
		Set: map[string]string{"route": "at least escalate", "severity": "at least high", "priority": "at least 1"}, Change: words, Without: "queue, low, priority 4",
		Evidence: map[string]any{
			"known.bad": []any{map[string]any{"value": "203.0.113.7", "providers": []any{"abuse.ch", "virustotal"}, "strength": 0.99, "listed": true}},
			"words":     words + "\x1b[31mred\u202e", "none": nil,
		},
	}
	void := line
	void.Weight, void.Void, void.Set = -15, words, nil
	return picture.Decision{
		Category: "data_loss", Severity: "critical", Priority: 1, Score: 99.5, Route: picture.Escalate, Reason: words,
		Guards: []string{picture.KnownBad, picture.ToProduction}, Provisional: true, Mute: words, Proof: []picture.Line{line, void}, Change: []string{words, words},
		Risk: map[string]float64{"host:" + strings.Repeat("h", 200): 99.5}, Rules: "0123456789ab",
	}
}

func TestDecisionText_fitsTheTerminalAndCannotSteerIt(t *testing.T) {
	t.Parallel()
	for _, width := range []int{40, 60, 80, 100} {
		var b strings.Builder
		decisionText(page{&b, paint(false), width}, strings.Repeat("A title that is long ", 10), long())
		if strings.ContainsAny(b.String(), "\x1b\u202e") {
			t.Errorf("at %d: what comes from outside steers the terminal", width)
		}
		for n, line := range strings.Split(b.String(), "\n") {
			if utf8.RuneCountInString(line) > width {
				t.Errorf("at %d: line %d has %d characters: %s", width, n+1, utf8.RuneCountInString(line), line)
			}
		}
	}
}

func TestDecisionText_saysTheSameWithoutColour(t *testing.T) {
	t.Parallel()
	var bare, colour strings.Builder
	decisionText(page{&bare, paint(false), 80}, "A title", long())
	decisionText(page{&colour, paint(true), 80}, "A title", long())
	text := colour.String()
	for strings.Contains(text, "\x1b[") {
		before, after, _ := strings.Cut(text, "\x1b[")
		_, after, _ = strings.Cut(after, "m")
		text = before + after
	}
	if text != bare.String() {
		t.Errorf("colours change what is said:\n%s\n%s", bare.String(), text)
	}
	for _, want := range []string{"▲ ESCALATE", "priority 1", "critical", "data loss", "Guarded", "Provisional", "not counted", "without it: queue, low, priority 4", "at least escalate, high, priority 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing is said of %q", want)
		}
	}
}
