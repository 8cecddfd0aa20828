package lab

import (
	"encoding/json"
	"net/http"
)

// rule is what a mailbox does by itself with mail that comes.
//
// Shape: the pages messagerule, mailfolder-list-messagerules and
// messagerule-update.
type rule struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Disabled bool     `json:"disabled,omitempty"`
	Forward  []string `json:"forward,omitempty"`
	Redirect []string `json:"redirect,omitempty"`
	Delete   bool     `json:"delete,omitempty"`
	MoveTo   string   `json:"move_to,omitempty"`
	Subject  []string `json:"subject,omitempty"`
	Sequence int      `json:"sequence"`
}

func ruleTable(mailbox string) string { return "graph/rules/" + fold(mailbox) }

// rules are the endpoints about a mailbox's rules, which are those of its inbox.
func (v *graph) rules() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /v1.0/users/{user}/mailFolders/inbox/messageRules":        v.listRules,
		"PATCH /v1.0/users/{user}/mailFolders/inbox/messageRules/{id}": v.updateRule,
	}
}

func (f rule) wire() map[string]any {
	actions := map[string]any{"stopProcessingRules": true}
	if len(f.Forward) > 0 {
		actions["forwardTo"] = recipients(addresses(f.Forward))
	}
	if len(f.Redirect) > 0 {
		actions["redirectTo"] = recipients(addresses(f.Redirect))
	}
	if f.Delete {
		actions["delete"] = true
	}
	if f.MoveTo != "" {
		actions["moveToFolder"] = f.MoveTo
	}
	out := map[string]any{
		"id": f.ID, "displayName": f.Name, "sequence": f.Sequence, "isEnabled": !f.Disabled, "hasError": false, "isReadOnly": false,
		"actions": actions,
	}
	if len(f.Subject) > 0 {
		out["conditions"] = map[string]any{"subjectContains": f.Subject}
	}
	return out
}

// addresses returns people of whom only the address is known.
func addresses(list []string) []person {
	out := make([]person, len(list))
	for i, a := range list {
		out[i] = person{Name: a, Address: a}
	}
	return out
}

func (v *graph) listRules(w http.ResponseWriter, r *http.Request) {
	var all []rule
	known := false
	v.lab.world.view(func(e *edit) {
		var u user
		if u, known = findUser(e, r.PathValue("user")); known {
			all = list[rule](e, ruleTable(u.Mail))
		}
	})
	if !known {
		v.noUser(w, r)
		return
	}
	value := make([]map[string]any, len(all))
	for i, f := range all {
		value[i] = f.wire()
	}
	writeJSON(w, http.StatusOK, map[string]any{"@odata.context": base(r) + "/$metadata#" + r.URL.Path[len("/v1.0/"):], "value": value})
}

// updateRule switches a rule on or off; the lab lets nothing else be changed.
func (v *graph) updateRule(w http.ResponseWriter, r *http.Request) {
	var ask map[string]json.RawMessage
	var on bool
	if json.NewDecoder(r.Body).Decode(&ask) != nil || len(ask) != 1 || json.Unmarshal(ask["isEnabled"], &on) != nil {
		v.fail(w, http.StatusBadRequest, "ErrorInvalidRequest", "The lab updates isEnabled only.")
		return
	}
	var f rule
	known, found := false, false
	journaled := v.lab.change(w, r, v, func(e *edit) {
		var u user
		if u, known = findUser(e, r.PathValue("user")); !known {
			return
		}
		if f, found = load[rule](e, ruleTable(u.Mail), r.PathValue("id")); !found {
			return
		}
		e.happen(happened{Vendor: graphName, Action: "rule.update", Target: u.Mail + "/" + f.Name,
			Key: "isEnabled=" + string(ask["isEnabled"]), Changed: f.Disabled == on})
		f.Disabled = !on
		e.put(ruleTable(u.Mail), f.ID, f)
	})
	switch {
	case !journaled:
	case !known:
		v.noUser(w, r)
	case !found:
		v.notInStore(w)
	default:
		writeJSON(w, http.StatusOK, f.wire())
	}
}
