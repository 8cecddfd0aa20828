package api

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rota"
)

// OnCallTurn is somebody's time on call.
type OnCallTurn struct {
	Person  string    `json:"person" doc:"Empty where nobody is on call."`
	Name    string    `json:"name,omitempty" doc:"Their name, for people."`
	Layer   string    `json:"layer,omitempty" doc:"Whose turn it is; absent for an override."`
	Instead string    `json:"instead,omitempty" doc:"Whom they stand in for."`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until,omitzero"`
}

// OnCallRota is a rota with who is on call, and who is next.
type OnCallRota struct {
	Rota  string      `json:"rota"`
	Title string      `json:"title,omitempty"`
	Zone  string      `json:"zone"`
	Now   OnCallTurn  `json:"now"`
	Next  *OnCallTurn `json:"next,omitempty"`
}

// OnCallChange is an override or an absence.
type OnCallChange struct {
	ID        harrier.OnCallID `json:"id"`
	Kind      string           `json:"kind" enum:"override,absence"`
	Rota      string           `json:"rota,omitempty"`
	Person    string           `json:"person"`
	Cover     string           `json:"cover,omitempty"`
	From      time.Time        `json:"from"`
	Until     time.Time        `json:"until"`
	Reason    string           `json:"reason"`
	CreatedBy string           `json:"created_by"`
	CreatedAt time.Time        `json:"created_at"`
	RemovedBy string           `json:"removed_by,omitempty"`
	RemovedAt time.Time        `json:"removed_at,omitzero"`
	MovedAt   time.Time        `json:"moved_at,omitzero" doc:"When an absent person's open work was given to others."`
	GiveBack  bool             `json:"give_back,omitempty" doc:"Whether they get back what is still open at the end."`
	GivenBack time.Time        `json:"given_back_at,omitzero" doc:"When they did."`
	Rev       int64            `json:"rev"`
}

// AddOnCallChange is an override or an absence that somebody wants.
type AddOnCallChange struct {
	Kind   string `json:"kind" enum:"override,absence"`
	Rota   string `json:"rota,omitempty" maxLength:"200" doc:"Of an override only."`
	Person string `json:"person" maxLength:"200" doc:"Who is on call, or absent, as oncall.yaml names them."`
	Cover  string `json:"cover,omitempty" maxLength:"200" doc:"Who takes an absent person's turns and work; whoever is on call where it is absent."`
	// GiveBack is of an absence only.
	GiveBack bool      `json:"give_back,omitempty" doc:"Gives back what is still open when an absence ends."`
	From     time.Time `json:"from,omitzero" doc:"Now where it is absent."`
	Until    time.Time `json:"until"`
	Reason   string    `json:"reason" maxLength:"2000"`
}

// OnCallChangeOf is a change as the API shows it.
func OnCallChangeOf(c rota.Change) OnCallChange {
	return OnCallChange{
		ID: c.ID, Kind: c.Kind, Rota: c.Rota, Person: c.Person, Cover: c.Cover, From: c.From, Until: c.Until, Reason: c.Reason, CreatedBy: c.CreatedByName,
		CreatedAt: c.CreatedAt, RemovedBy: c.RemovedBy, RemovedAt: c.RemovedAt, MovedAt: c.Moved, GiveBack: c.GiveBack, GivenBack: c.Returned, Rev: c.Rev,
	}
}

// OnCallTurnOf is a turn as the API shows it, with the names of people.
func OnCallTurnOf(t rota.Turn, people map[string]rota.Person) OnCallTurn {
	return OnCallTurn{Person: t.Person, Name: people[t.Person].Name, Layer: t.Layer, Instead: t.Instead, From: t.From.UTC(), Until: t.Until.UTC()}
}

// OnCallRotaOf is a rota as the API shows it.
func OnCallRotaOf(s rota.Standing, people map[string]rota.Person) OnCallRota {
	out := OnCallRota{Rota: s.Rota.Name, Title: s.Rota.Title, Zone: s.Rota.Zone, Now: OnCallTurnOf(s.Now, people)}
	if !s.Next.From.IsZero() {
		next := OnCallTurnOf(s.Next, people)
		out.Next = &next
	}
	return out
}
