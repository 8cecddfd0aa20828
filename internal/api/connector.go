package api

import (
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/schema"
)

// Connector is a product that Harrier can work with.
type Connector struct {
	Name     string      `json:"name"`
	Title    string      `json:"title"`
	Category string      `json:"category,omitempty"`
	Docs     string      `json:"docs,omitempty"`
	Auth     string      `json:"auth" doc:"How it authenticates."`
	Secrets  []string    `json:"secrets" doc:"The names of the secrets that a connection needs."`
	Settings []FormField `json:"settings"`
	Actions  []Action    `json:"actions"`
	Hash     string      `json:"hash"`
}

// Action is one thing that a product can do.
type Action struct {
	Name   string         `json:"name" doc:"The name without the connector's."`
	Title  string         `json:"title"`
	Verb   string         `json:"verb,omitempty"`
	Effect harrier.Effect `json:"effect" enum:"read,disclose,notify,record,contain,destroy"`
	Repeat harrier.Repeat `json:"repeat,omitempty"`
	Undo   string         `json:"undo,omitempty"`
	Shares []string       `json:"shares,omitempty" doc:"The inputs that leave our hands."`
	Input  []FormField    `json:"input"`
	Output []FormField    `json:"output"`
}

// ConnectorOf is a manifest as the API shows it.
func ConnectorOf(m *connector.Manifest) Connector {
	c := Connector{
		Name: m.Name, Title: m.Title, Category: m.Category, Docs: m.Docs, Auth: string(m.Auth.Kind), Secrets: m.Auth.Secrets,
		Settings: FormFieldsOf(m.Settings), Actions: make([]Action, len(m.Actions)), Hash: m.Hash,
	}
	if c.Secrets == nil {
		c.Secrets = []string{}
	}
	for i, a := range m.Actions {
		c.Actions[i] = actionOf(m.Name, a)
	}
	return c
}

func actionOf(product string, a schema.ActionSpec) Action {
	out := Action{
		Name: strings.TrimPrefix(a.Name, product+"."), Title: a.Title, Verb: a.Verb, Effect: a.Effect, Repeat: a.Repeat,
		Shares: a.Shares, Input: FormFieldsOf(a.Input), Output: FormFieldsOf(a.Output.Fields),
	}
	if a.Undo != nil {
		out.Undo = a.Undo.Action
	}
	return out
}
