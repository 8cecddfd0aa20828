package api

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/risk"
)

// EntityRisk is what is held against a host or a user.
type EntityRisk struct {
	Entity string             `json:"entity" doc:"The type and the key, such as host:ws-17."`
	Type   harrier.EntityType `json:"type"`
	Key    string             `json:"key"`
	Score  float64            `json:"score" doc:"The risk now."`
	Raised bool               `json:"raised" doc:"Whether the threshold was crossed, and the risk has not fallen below release since."`
	Since  time.Time          `json:"since,omitzero"`
	Case   harrier.CaseID     `json:"case,omitzero" doc:"The last case of its risk."`
	At     time.Time          `json:"at" doc:"When the score was worked out."`
}

// EntityRiskDetail is the risk of an entity with what it is made of.
type EntityRiskDetail struct {
	EntityRisk
	Parts []RiskPart `json:"parts" doc:"The newest contributions, what counts most first."`
}

// RiskPart is what an alert holds against an entity.
type RiskPart struct {
	Alert   harrier.AlertID  `json:"alert"`
	Title   string           `json:"title"`
	Rule    string           `json:"rule"`
	Source  harrier.SourceID `json:"source,omitzero"`
	Tactics string           `json:"tactics,omitempty"`
	At      time.Time        `json:"at" doc:"When it happened."`
	Score   float64          `json:"score" doc:"What it counted then."`
	Left    float64          `json:"left" doc:"What it counts now."`
}

// EntityRiskOf is an entity as the API shows it.
func EntityRiskOf(st risk.State) EntityRisk {
	return EntityRisk{
		Entity: st.String(), Type: st.Type, Key: st.Key, Score: st.Score, Raised: st.Raised, Since: st.RaisedAt, Case: st.Case, At: st.ScoreAt,
	}
}

// EntityRiskDetailOf is an entity with its contributions as the API shows it.
func EntityRiskDetailOf(d risk.Detail) EntityRiskDetail {
	out := EntityRiskDetail{EntityRisk: EntityRiskOf(d.State), Parts: make([]RiskPart, len(d.Parts))}
	out.Score = d.Now
	for i, p := range d.Parts {
		out.Parts[i] = RiskPart{Alert: p.Alert, Title: p.Title, Rule: p.Rule, Source: p.Source, Tactics: p.Tactics, At: p.At, Score: p.Score, Left: p.Left}
	}
	return out
}
