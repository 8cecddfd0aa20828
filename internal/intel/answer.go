package intel

import (
	"slices"
	"time"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/schema"
)

// unknownHolds is how long an answer that says nothing is kept at most: what is
// new today is known tomorrow.
const unknownHolds = 15 * time.Minute

// Answer is what one source says: an opinion, or facts.
type Answer struct {
	// Verdict is empty where facts were asked for.
	Verdict string `json:"verdict,omitempty"`
	// Score is nil where the source tells none.
	Score *float64 `json:"score,omitempty"`
	Link  string   `json:"link,omitempty"`
	// Name is what the source calls it, such as a family of malware.
	Name string `json:"name,omitempty"`
	// Facts is the whole answer, where facts were asked for.
	Facts map[string]any `json:"facts,omitempty"`
	// At is when the source said so, and Until how long that holds.
	At    time.Time `json:"-"`
	Until time.Time `json:"-"`
}

// answerOf reads the answer to a verb. One without a verdict is no answer.
func answerOf(out map[string]any) (Answer, error) {
	verdict, _ := out["verdict"].(string)
	if !slices.Contains(schema.Verdicts(), verdict) {
		return Answer{}, connector.Errorf(connector.Drift, "the source answered without a verdict")
	}
	a := Answer{Verdict: verdict}
	switch score := out["score"].(type) {
	case float64:
		a.Score = &score
	case int64:
		a.Score = new(float64(score))
	}
	a.Link, _ = out["link"].(string)
	if a.Name, _ = out["family"].(string); a.Name == "" {
		if categories, _ := out["categories"].([]any); len(categories) > 0 {
			a.Name, _ = categories[0].(string)
		}
	}
	return a, nil
}

// holds is how long the answer is kept where the source's answers hold for ttl.
func (a Answer) holds(ttl time.Duration) time.Duration {
	if a.Verdict == "unknown" {
		return min(ttl, unknownHolds)
	}
	return ttl
}

// into writes the answer into what a playbook sees of its source.
func (a Answer) into(one map[string]any) {
	one["verdict"] = a.Verdict
	if a.Score != nil {
		one["score"] = *a.Score
	}
	if a.Link != "" {
		one["link"] = a.Link
	}
}
