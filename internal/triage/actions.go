package triage

import (
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/schema"
)

// Actions returns the built-in actions about the alert that a run is about.
func (s *Service) Actions() []builtin.Action {
	return []builtin.Action{
		{Spec: closeSpec(), Local: s.closeAlert},
		{Spec: updateSpec(), Local: s.update},
	}
}

// closeSpec describes alert.close.
func closeSpec() schema.ActionSpec {
	spec := local("alert.close", "Close the alert with what it was")
	spec.Input = []schema.Field{
		{Name: "disposition", Type: dispositions(), Required: true, Help: "What the alert was."},
		{Name: "reason", Type: schema.TypeOf(schema.String), Required: true, Help: "Why, for people."},
	}
	spec.Example = output(harrier.Alert{
		ID: harrier.DeriveID[harrier.AlertID]("example"), Status: StatusClosed, Severity: "medium", Category: "phishing", Disposition: TruePositive,
	})
	return spec
}

// updateSpec describes alert.update.
func updateSpec() schema.ActionSpec {
	spec := local("alert.update", "Change the alert's severity, status or category")
	spec.Input = []schema.Field{
		{Name: "severity", Type: severities(), Help: "How bad it is."},
		{Name: "status", Type: oneOf(StatusNew, StatusInProgress), Help: "Where it stands; use alert.close to close it."},
		{Name: "category", Type: schema.TypeOf(schema.String), Help: "What sort of alert it is, such as phishing."},
	}
	spec.Example = output(harrier.Alert{
		ID: harrier.DeriveID[harrier.AlertID]("example"), Status: StatusInProgress, Severity: "high", Category: "phishing",
	})
	return spec
}

// local is what both actions have in common.
func local(name, title string) schema.ActionSpec {
	text := schema.TypeOf(schema.String)
	return schema.ActionSpec{
		Name: name, Title: title, Connector: "alert", Effect: harrier.Record, Repeat: harrier.Natural, Local: true, Builtin: true,
		Output: schema.ObjectOf(
			schema.Field{Name: "id", Type: text, Required: true, Help: "Id of the alert."},
			schema.Field{Name: "status", Type: oneOf(StatusNew, StatusInProgress, StatusClosed), Required: true, Help: "Where it stands."},
			schema.Field{Name: "severity", Type: severities(), Required: true, Help: "How bad it is."},
			schema.Field{Name: "category", Type: text, Required: true, Help: "What sort of alert it is."},
			schema.Field{Name: "disposition", Type: schema.OptionalOf(dispositions()), Help: "What it was, once it is closed."},
		),
	}
}

func dispositions() schema.Type { return oneOf(TruePositive, FalsePositive, Benign, Inconclusive) }

func severities() schema.Type { return oneOf("critical", "high", "medium", "low", "info") }

// oneOf returns the type of a text with these values only.
func oneOf(values ...string) schema.Type { return schema.Type{Kind: schema.String, Values: values} }
