package lab

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// signInRecord is one attempt to sign in.
type signInRecord struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	User    user      `json:"user"`
	IP      string    `json:"ip"`
	Country string    `json:"country"`
	App     string    `json:"app"`
	Client  string    `json:"client"`
	Agent   string    `json:"agent,omitempty"`
	// Error is the number of the error that refused it; 0 let it in.
	Error  int    `json:"error,omitempty"`
	Reason string `json:"reason,omitempty"`
	Risk   string `json:"risk,omitempty"`
}

const signInTable = "entra/sign-ins"

// fieldOf implements [row].
func (s signInRecord) fieldOf(property string) (string, bool) {
	switch property {
	case "userId":
		return s.User.ID, true
	case "userPrincipalName":
		return s.User.Mail, true
	case "createdDateTime":
		return stamped(s.At), true
	case "ipAddress":
		return s.IP, true
	}
	return "", false
}

func (s signInRecord) wire() map[string]any {
	return map[string]any{
		"id": s.ID, "createdDateTime": stamped(s.At), "userDisplayName": s.User.Name, "userPrincipalName": s.User.Mail, "userId": s.User.ID,
		"appDisplayName": s.App, "ipAddress": s.IP, "clientAppUsed": s.Client, "userAgent": orNull(s.Agent), "isInteractive": true,
		"correlationId": uuid(s.ID), "conditionalAccessStatus": "notApplied",
		"riskDetail": "none", "riskLevelAggregated": orElse(s.Risk, "none"), "riskLevelDuringSignIn": orElse(s.Risk, "none"), "riskState": "none",
		"status":   map[string]any{"errorCode": s.Error, "failureReason": orElse(s.Reason, "Other."), "additionalDetails": nil},
		"location": map[string]any{"city": nil, "state": nil, "countryOrRegion": s.Country},
	}
}

// listSignIns lists attempts to sign in, the newest first.
func (v *graph) listSignIns(w http.ResponseWriter, r *http.Request) {
	p, ok := v.page(w, r, pageLimits{standard: 1000, most: 1000})
	if !ok {
		return
	}
	match, problem := parseFilter(p.query.Get("$filter"), signInRecord{})
	if problem.code != "" {
		v.fail(w, http.StatusBadRequest, "BadRequest", problem.message)
		return
	}
	if order := p.query.Get("$orderby"); order != "" && order != "createdDateTime desc" {
		v.fail(w, http.StatusBadRequest, "BadRequest", "The lab orders by createdDateTime desc only.")
		return
	}
	var all []signInRecord
	v.lab.world.view(func(e *edit) { all = list[signInRecord](e, signInTable) })
	all = slices.DeleteFunc(all, func(s signInRecord) bool { return !match(s) })
	slices.SortStableFunc(all, func(a, b signInRecord) int { return b.At.Compare(a.At) })
	items := make([]map[string]any, len(all))
	for i, s := range all {
		items[i] = s.wire()
	}
	v.sendPage(w, r, p, items)
}

// method is a way for an account to prove itself.
type method struct {
	ID     string    `json:"id"`
	User   string    `json:"user"` // id
	Kind   string    `json:"kind"`
	Detail string    `json:"detail,omitempty"`
	Added  time.Time `json:"added,omitzero"`
}

func methodTable(user string) string { return "entra/methods/" + user }

// methodCollections are the collections from which a method of a kind is removed.
func methodCollections() map[string]string {
	return map[string]string{
		"phone": "phoneMethods", "microsoftAuthenticator": "microsoftAuthenticatorMethods", "fido2": "fido2Methods",
		"email": "emailMethods", "softwareOath": "softwareOathMethods",
	}
}

func (m method) wire() map[string]any {
	out := map[string]any{
		"@odata.type": "#microsoft.graph." + m.Kind + "AuthenticationMethod", "id": m.ID, "createdDateTime": nil,
	}
	if !m.Added.IsZero() {
		out["createdDateTime"] = stamped(m.Added)
	}
	switch m.Kind {
	case "phone":
		out["phoneNumber"], out["phoneType"], out["smsSignInState"] = m.Detail, "mobile", "notEnabled"
	case "microsoftAuthenticator":
		out["displayName"], out["deviceTag"], out["phoneAppVersion"] = m.Detail, "SoftwareTokenActivated", "6.2401.0119"
	case "fido2":
		out["displayName"], out["model"] = m.Detail, m.Detail
	case "email":
		out["emailAddress"] = m.Detail
	case "password":
		out["password"] = nil
	}
	return out
}

func (v *graph) listMethods(w http.ResponseWriter, r *http.Request) {
	v.ofAccount(w, r, func(e *edit, u user) []map[string]any {
		out := []map[string]any{}
		for _, m := range list[method](e, methodTable(u.ID)) {
			out = append(out, m.wire())
		}
		return out
	})
}

// ofAccount answers with what there is of an account, whole.
func (v *graph) ofAccount(w http.ResponseWriter, r *http.Request, f func(*edit, user) []map[string]any) {
	var value []map[string]any
	known := false
	v.lab.world.view(func(e *edit) {
		var u user
		if u, known = findUser(e, r.PathValue("user")); known {
			value = f(e, u)
		}
	})
	if !known {
		v.noUser(w, r)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"@odata.context": base(r) + "/$metadata#" + r.URL.Path[len("/v1.0/"):], "value": value})
}

// deleteMethod returns the endpoint that removes a method of a kind.
func (v *graph) deleteMethod(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		found := false
		if !v.account(w, r, func(e *edit, u user) {
			m, ok := load[method](e, methodTable(u.ID), r.PathValue("method"))
			if found = ok && m.Kind == kind; !found {
				return
			}
			e.drop(methodTable(u.ID), m.ID)
			e.happen(happened{Vendor: graphName, Action: "method.delete", Target: u.Mail, Key: m.Kind + " " + m.Detail, Changed: true})
		}) {
			return
		}
		if !found {
			v.fail(w, http.StatusNotFound, "resourceNotFound", "The requested authentication method was not found.")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// grant lets an application act for an account.
type grant struct {
	ID     string   `json:"id"`
	User   string   `json:"user"` // id
	App    string   `json:"app"`  // id of its service principal
	Scopes []string `json:"scopes"`
}

// application is a service principal.
type application struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

const (
	grantTable       = "entra/grants"
	applicationTable = "entra/applications"
	graphAppID       = "00000003-0000-0000-c000-000000000000"
)

func (v *graph) listGrants(w http.ResponseWriter, r *http.Request) {
	v.ofAccount(w, r, func(e *edit, u user) []map[string]any {
		out := []map[string]any{}
		for _, g := range list[grant](e, grantTable) {
			if g.User == u.ID {
				out = append(out, map[string]any{
					"id": g.ID, "clientId": g.App, "consentType": "Principal", "principalId": u.ID, "resourceId": uuid(graphAppID),
					"scope": strings.Join(g.Scopes, " "),
				})
			}
		}
		return out
	})
}

func (v *graph) deleteGrant(w http.ResponseWriter, r *http.Request) {
	found := false
	if !v.lab.change(w, r, v, func(e *edit) {
		var g grant
		if g, found = load[grant](e, grantTable, r.PathValue("grant")); !found {
			return
		}
		app, _ := load[application](e, applicationTable, g.App)
		u, _ := findUser(e, g.User)
		e.drop(grantTable, g.ID)
		e.happen(happened{Vendor: graphName, Action: "grant.delete", Target: u.Mail, Key: app.Name, Changed: true})
	}) {
		return
	}
	if !found {
		v.fail(w, http.StatusNotFound, "Request_ResourceNotFound", "Resource '"+r.PathValue("grant")+"' does not exist.")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (v *graph) getApplication(w http.ResponseWriter, r *http.Request) {
	var a application
	found := false
	v.lab.world.view(func(e *edit) { a, found = load[application](e, applicationTable, r.PathValue("servicePrincipalId")) })
	if !found {
		v.fail(w, http.StatusNotFound, "Request_ResourceNotFound", "Resource '"+r.PathValue("servicePrincipalId")+"' does not exist.")
		return
	}
	writeJSON(w, http.StatusOK, chosen(map[string]any{
		"id": a.ID, "displayName": a.Name, "appId": uuid(a.ID), "accountEnabled": true,
	}, r.URL.Query().Get("$select")))
}
