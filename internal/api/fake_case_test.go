package api

import (
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
)

var (
	_ Sight       = (*world)(nil)
	_ CaseMembers = (*world)(nil)
)

// hidden is the id of everything that nobody sees.
func hidden(noun string) string {
	switch noun {
	case "cases":
		return fixed[harrier.CaseID]("hidden").String()
	case "alerts":
		return fixed[harrier.AlertID]("hidden").String()
	case "runs":
		return fixed[harrier.RunID]("hidden").String()
	case "approvals":
		return fixed[harrier.ApprovalID]("hidden").String()
	case "evidence":
		return fixed[harrier.EvidenceID]("hidden").String()
	case "notifications":
		return fixed[harrier.NotificationID]("hidden").String()
	}
	return ""
}

func (w *world) See(_ context.Context, _ harrier.Principal, noun, id string) error {
	if slices.Contains([]string{"cases", "alerts", "runs", "approvals", "evidence", "notifications"}, noun) && id == hidden(noun) {
		return harrier.Errorf(harrier.NotFound, "%s does not exist", id)
	}
	return nil
}

func (w *world) ours(by harrier.Principal, text string) error {
	return w.find(by, "case", text, text == "7" || text == w.theCase().ID.String())
}

func (w *world) RestrictCase(_ context.Context, by harrier.Principal, id string, in RestrictCase) (Case, error) {
	if err := w.ours(by, id); err != nil {
		return Case{}, err
	}
	w.change("RestrictCase")
	c := w.theCase()
	c.Restricted = in.Restricted
	return c, nil
}

func (w *world) CaseMembers(_ context.Context, by harrier.Principal, id string) ([]CaseMember, error) {
	return []CaseMember{{Principal: harrier.LocalOperator}}, w.ours(by, id)
}

func (w *world) AddCaseMember(_ context.Context, by harrier.Principal, id string, _ AddCaseMember) error {
	if err := w.ours(by, id); err != nil {
		return err
	}
	w.change("AddCaseMember")
	return nil
}

func (w *world) RemoveCaseMember(_ context.Context, by harrier.Principal, id string, _ harrier.PrincipalID) error {
	if err := w.ours(by, id); err != nil {
		return err
	}
	w.change("RemoveCaseMember")
	return nil
}

func (w *world) theGlass() Glass {
	return Glass{ID: fixed[harrier.GlassID]("glass"), Status: "pending"}
}

func (w *world) BreakGlass(context.Context, harrier.Principal, BreakGlass) (Glass, error) {
	w.change("BreakGlass")
	return w.theGlass(), w.broken
}

func (w *world) Glasses(_ context.Context, by harrier.Principal, _ harrier.Page) (List[Glass], error) {
	return page(w, by, w.theGlass())
}

func (w *world) DecideGlass(_ context.Context, by harrier.Principal, id harrier.GlassID, _ bool) (Glass, error) {
	if err := w.find(by, "request", id.String(), id == w.theGlass().ID); err != nil {
		return Glass{}, err
	}
	w.change("DecideGlass")
	return w.theGlass(), nil
}

// caseBodies are bodies of the routes about cases.
func caseBodies() map[string]string {
	someone := `"` + fixed[harrier.PrincipalID]("someone").String() + `"`
	return map[string]string{
		"POST /v1/cases/{id}/restrict":       `{"restricted":true,"reason":"insider"}`,
		"POST /v1/cases/{id}/members":        `{"principal":` + someone + `}`,
		"POST /v1/cases/{id}/members/remove": `{"principal":` + someone + `}`,
		"POST /v1/cases":                     `{"title":"Lost laptop"}`,
		"PATCH /v1/cases/{id}":               `{"severity":"low"}`,
		"POST /v1/cases/{id}/comments":       `{"text":"hello"}`,
		"POST /v1/cases/{id}/status":         `{"to":"in_progress"}`,
		"POST /v1/cases/{id}/close":          `{"disposition":"true_positive","reason":"it was"}`,
		"POST /v1/cases/{id}/reopen":         `{"reason":"it was not"}`,
		"POST /v1/cases/{id}/alerts":         `{"alerts":["` + fixed[harrier.AlertID]("alert").String() + `"]}`,
		"POST /v1/cases/{id}/observables":    `{"type":"ip","value":"203.0.113.7"}`,
		"POST /v1/cases/{id}/links":          `{"case":"8"}`,
		"POST /v1/cases/{id}/merge":          `{"from":"8"}`,
		"POST /v1/cases/{id}/split":          `{"title":"t","alerts":["` + fixed[harrier.AlertID]("alert").String() + `"]}`,
		"POST /v1/cases/{id}/tasks":          `{"title":"t"}`,
		"PATCH /v1/cases/{id}/tasks/{name}":  `{"state":"done"}`,
		"POST /v1/cases/{id}/evidence":       "MZ",
		"POST /v1/evidence/{id}/mark":        `{"malware":true}`,
		"POST /v1/break-glass":               `{"case":"7","reason":"all are ill"}`,
		"POST /v1/break-glass/{id}/decide":   `{"grant":true}`,
	}
}
