package lab

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// directory are the endpoints about accounts beside those that list and get
// them.
//
// Shapes: the metadata of Microsoft Graph and the pages user-update,
// user-revokesigninsessions, user-list-transitivememberof, group-list,
// group-post-members, group-delete-members, signin-list,
// authentication-list-methods, user-list-oauth2permissiongrants,
// oauth2permissiongrant-delete and serviceprincipal-get of its documentation.
func (v *graph) directory() map[string]http.HandlerFunc {
	out := map[string]http.HandlerFunc{
		"PATCH /v1.0/users/{user}":                         v.updateUser,
		"POST /v1.0/users/{user}/revokeSignInSessions":     v.revokeSessions,
		"GET /v1.0/users/{user}/transitiveMemberOf":        v.memberOf,
		"GET /v1.0/groups":                                 v.listGroups,
		"POST /v1.0/groups/{group}/members/$ref":           v.addMember,
		"DELETE /v1.0/groups/{group}/members/{user}/$ref":  v.removeMember,
		"GET /v1.0/auditLogs/signIns":                      v.listSignIns,
		"GET /v1.0/users/{user}/authentication/methods":    v.listMethods,
		"GET /v1.0/users/{user}/oauth2PermissionGrants":    v.listGrants,
		"DELETE /v1.0/oauth2PermissionGrants/{grant}":      v.deleteGrant,
		"GET /v1.0/servicePrincipals/{servicePrincipalId}": v.getApplication,
	}
	for kind, collection := range methodCollections() {
		out["DELETE /v1.0/users/{user}/authentication/"+collection+"/{method}"] = v.deleteMethod(kind)
	}
	return out
}

// account makes a change to the account that a request names.
func (v *graph) account(w http.ResponseWriter, r *http.Request, f func(e *edit, u user)) bool {
	known := false
	journaled := v.lab.change(w, r, v, func(e *edit) {
		var u user
		if u, known = findUser(e, r.PathValue("user")); known {
			f(e, u)
		}
	})
	if journaled && !known {
		v.noUser(w, r)
	}
	return journaled && known
}

// updateUser enables or disables an account, or makes it choose a new
// password; the lab lets nothing else be changed.
func (v *graph) updateUser(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Enabled *bool `json:"accountEnabled"`
		Profile *struct {
			Force    bool   `json:"forceChangePasswordNextSignIn"`
			ForceMFA bool   `json:"forceChangePasswordNextSignInWithMfa"`
			Password string `json:"password"`
		} `json:"passwordProfile"`
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if decoder.Decode(&ask) != nil || ask.Enabled == nil && ask.Profile == nil {
		v.fail(w, http.StatusBadRequest, "Request_BadRequest", "The lab updates accountEnabled and passwordProfile only.")
		return
	}
	if v.account(w, r, func(e *edit, u user) {
		if ask.Enabled != nil {
			e.happen(happened{Vendor: graphName, Action: "user.update", Target: u.Mail,
				Key: fmt.Sprintf("accountEnabled=%t", *ask.Enabled), Changed: u.Disabled == *ask.Enabled})
			u.Disabled = !*ask.Enabled
		}
		if p := ask.Profile; p != nil {
			must := p.Force || p.ForceMFA
			e.happen(happened{Vendor: graphName, Action: "password.expire", Target: u.Mail, Changed: u.MustChange != must || p.Password != ""})
			u.MustChange = must
			if p.Password != "" {
				u.PasswordChanged = v.lab.now(r)
			}
		}
		e.put(usersTable, fold(u.Mail), u)
	}) {
		w.WriteHeader(http.StatusNoContent)
	}
}

func (v *graph) revokeSessions(w http.ResponseWriter, r *http.Request) {
	if v.account(w, r, func(e *edit, u user) {
		e.happen(happened{Vendor: graphName, Action: "sessions.revoke", Target: u.Mail, Changed: u.Sessions})
		u.Sessions = false
		e.put(usersTable, fold(u.Mail), u)
	}) {
		writeJSON(w, http.StatusOK, map[string]any{"@odata.context": base(r) + "/$metadata#Edm.Boolean", "value": true})
	}
}

// group is a group of accounts, or a directory role.
type group struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Role    bool     `json:"role,omitempty"`
	Members []string `json:"members,omitempty"` // ids of users
}

const groupTable = "entra/groups"

// fieldOf implements [row].
func (g group) fieldOf(property string) (string, bool) {
	switch property {
	case "id":
		return g.ID, true
	case "displayName":
		return g.Name, true
	}
	return "", false
}

func (g group) wire() map[string]any { return map[string]any{"id": g.ID, "displayName": g.Name} }

// memberOf lists the groups and the roles of an account.
func (v *graph) memberOf(w http.ResponseWriter, r *http.Request) {
	p, ok := v.page(w, r, pageLimits{standard: 100, most: 999})
	if !ok {
		return
	}
	var items []map[string]any
	v.lab.world.view(func(e *edit) {
		var u user
		if u, ok = findUser(e, r.PathValue("user")); !ok {
			return
		}
		for _, g := range list[group](e, groupTable) {
			if !slices.Contains(g.Members, u.ID) {
				continue
			}
			item := g.wire()
			item["@odata.type"] = "#microsoft.graph.group"
			if g.Role {
				item["@odata.type"] = "#microsoft.graph.directoryRole"
			}
			items = append(items, item)
		}
	})
	if !ok {
		v.noUser(w, r)
		return
	}
	v.sendPage(w, r, p, items)
}

func (v *graph) listGroups(w http.ResponseWriter, r *http.Request) {
	p, ok := v.page(w, r, pageLimits{standard: 100, most: 999})
	if !ok {
		return
	}
	match := func(row) bool { return true }
	if filter := p.query.Get("$filter"); filter != "" {
		test, problem := parseFilter(filter, group{})
		if problem.code != "" {
			v.fail(w, http.StatusBadRequest, "Request_UnsupportedQuery", problem.message)
			return
		}
		match = test
	}
	var items []map[string]any
	v.lab.world.view(func(e *edit) {
		for _, g := range list[group](e, groupTable) {
			if !g.Role && match(g) {
				items = append(items, g.wire())
			}
		}
	})
	v.sendPage(w, r, p, items)
}

// addMember puts an account in a group; one that is there already is refused.
func (v *graph) addMember(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		ID string `json:"@odata.id"`
	}
	_ = json.NewDecoder(r.Body).Decode(&ask)
	_, id, ok := strings.Cut(ask.ID, "/directoryObjects/")
	if !ok {
		v.fail(w, http.StatusBadRequest, "Request_BadRequest", "A resource reference was expected in '@odata.id'.")
		return
	}
	r.SetPathValue("user", id)
	v.membership(w, r, true)
}

func (v *graph) removeMember(w http.ResponseWriter, r *http.Request) { v.membership(w, r, false) }

// membership changes whether an account is in a group.
func (v *graph) membership(w http.ResponseWriter, r *http.Request, in bool) {
	known, before := false, false
	if !v.account(w, r, func(e *edit, u user) {
		var g group
		if g, known = load[group](e, groupTable, r.PathValue("group")); !known || g.Role {
			return
		}
		if before = slices.Contains(g.Members, u.ID); before == in {
			return
		}
		action := "group.add"
		g.Members = append(g.Members, u.ID)
		if !in {
			action = "group.remove"
			g.Members = slices.DeleteFunc(g.Members, func(id string) bool { return id == u.ID })
		}
		e.put(groupTable, g.ID, g)
		e.happen(happened{Vendor: graphName, Action: action, Target: g.Name, Key: u.Mail, Changed: true})
	}) {
		return
	}
	switch {
	case !known || !in && !before:
		v.fail(w, http.StatusNotFound, "Request_ResourceNotFound", fmt.Sprintf(
			"Resource '%s' does not exist or one of its queried reference-property objects are not present.", r.PathValue("group")))
	case in && before:
		v.fail(w, http.StatusBadRequest, "Request_BadRequest", "One or more added object references already exist for the following modified properties: 'members'.")
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
