package picture

// Decision is what triage makes of a finding and its picture.
type Decision struct {
	Category string `json:"category"`
	// Severity is critical, high, medium, low or info. What failed to answer
	// never lowers what the source said.
	Severity string `json:"severity"`
	// Priority orders people's work: 1 is now, 4 is when there is time.
	Priority int `json:"priority"`
	// Score is the sum of the weights, from 0 to 100.
	Score float64 `json:"score"`
	// Disposition is set where triage closes the alert by itself.
	Disposition string `json:"disposition,omitempty"`
	// Route says what follows: escalate (case, and somebody is told now), case,
	// queue (people look when they can), log (kept, nobody looks) or close.
	Route string `json:"route"`
	// Reason is one sentence for people.
	Reason string `json:"reason"`
	Proof  []Line `json:"proof"`
	// Change lists what would change the decision, for people.
	Change []string `json:"change,omitempty"`
	// Guards name what keeps it from being lowered, hidden or closed whatever
	// rules say: known_bad, production_credentials, to_production.
	Guards []string `json:"guards,omitempty"`
	// Risk is what the alert adds to the entities' risk, by entity "type:key".
	Risk map[string]float64 `json:"risk,omitempty"`
	// Mute names the silence, suppression, maintenance or fold that applies.
	Mute string `json:"mute,omitempty"`
	// Provisional tells that it waits for answers and will be judged again.
	Provisional bool `json:"provisional,omitempty"`
	// Rules identifies the rules that it was judged by.
	Rules string `json:"rules,omitempty"`
}

// The guards of a decision. No rule and no mute lowers what is guarded.
const (
	// KnownBad tells that the finding holds something known to be bad, or that its source is sure of it.
	KnownBad = "known_bad"
	// ProductionCredentials tells that an account of production was used where only tests are.
	ProductionCredentials = "production_credentials"
	// ToProduction tells that something moved from a test environment to production.
	ToProduction = "to_production"
)

// The routes of a decision.
const (
	Escalate = "escalate"
	ToCase   = "case"
	ToQueue  = "queue"
	ToLog    = "log"
	ToClose  = "close"
)

// Line is one step of the proof.
type Line struct {
	Stage string `json:"stage"`
	Rule  string `json:"rule"`
	// Says is the rule in words, with the values that made it hold.
	Says string `json:"says"`
	// Evidence names the paths that the rule looked at, with their values.
	Evidence map[string]any `json:"evidence,omitempty"`
	// Weight is what it added or took.
	Weight float64 `json:"weight,omitempty"`
	// Reliability is that of the worst source that it rests on, A to F.
	Reliability string `json:"reliability,omitempty"`
	// Set is what it set, such as severity: high.
	Set map[string]string `json:"set,omitempty"`
	// Void tells why it did not count, where it did not.
	Void string `json:"void,omitempty"`
	// Change says what would change it, in the words of the rule.
	Change string `json:"change,omitempty"`
	// Without is what the decision would be if this line did not hold, such as
	// "queue, medium, priority 3"; empty where it would be the same.
	Without string `json:"without,omitempty"`
}
