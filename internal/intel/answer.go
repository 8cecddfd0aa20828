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

// answer is what one source thinks.
type answer struct {
	verdict string
	// score is nil where the source tells none.
	score *float64
	link  string
}

// answerOf reads the answer to a verb. One without a verdict is no answer.
func answerOf(out map[string]any) (answer, error) {
	verdict, _ := out["verdict"].(string)
	if !slices.Contains(schema.Verdicts(), verdict) {
		return answer{}, connector.Errorf(connector.Drift, "the source answered without a verdict")
	}
	a := answer{verdict: verdict}
	switch score := out["score"].(type) {
	case float64:
		a.score = &score
	case int64:
		a.score = new(float64(score))
	}
	a.link, _ = out["link"].(string)
	return a, nil
}

// holds is how long the answer is kept where the source's answers hold for ttl.
func (a answer) holds(ttl time.Duration) time.Duration {
	if a.verdict == "unknown" {
		return min(ttl, unknownHolds)
	}
	return ttl
}

// into writes the answer into what a playbook sees of its source.
func (a answer) into(one map[string]any) {
	one["verdict"] = a.verdict
	if a.score != nil {
		one["score"] = *a.score
	}
	if a.link != "" {
		one["link"] = a.link
	}
}
