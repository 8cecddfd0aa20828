package lab

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// user is a person with a mailbox.
type user struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Mail       string    `json:"mail"`
	Title      string    `json:"title,omitempty"`
	Department string    `json:"department,omitempty"`
	Manager    string    `json:"manager,omitempty"` // address
	Phone      string    `json:"phone,omitempty"`
	Language   string    `json:"language,omitempty"`
	Created    time.Time `json:"created,omitzero"`
	// PasswordChanged is when the password was last set.
	PasswordChanged time.Time `json:"password_changed,omitzero"`
	Disabled        bool      `json:"disabled,omitempty"`
	// MustChange tells whether a new password is required at the next sign-in.
	MustChange bool `json:"must_change,omitempty"`
	// Sessions tells whether anybody is signed in.
	Sessions bool `json:"sessions,omitempty"`
}

const usersTable = "graph/users"

func (u user) wire() map[string]any {
	return map[string]any{
		"id": u.ID, "displayName": u.Name, "mail": u.Mail, "userPrincipalName": u.Mail, "accountEnabled": !u.Disabled,
		"businessPhones": []string{}, "mobilePhone": orNull(u.Phone), "preferredLanguage": orNull(u.Language),
		"jobTitle": orNull(u.Title), "department": orNull(u.Department),
		"createdDateTime": stamped(u.Created), "lastPasswordChangeDateTime": stamped(u.PasswordChanged),
	}
}

// orNull returns a text, or null where there is none.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// defaultUser is what the service gives of a user when nothing is selected.
const defaultUser = "businessPhones,displayName,mail,userPrincipalName,id"

// find returns the user with that id or principal name.
func findUser(e *edit, name string) (user, bool) {
	if u, ok := load[user](e, usersTable, fold(name)); ok {
		return u, true
	}
	for _, u := range list[user](e, usersTable) {
		if u.ID == name {
			return u, true
		}
	}
	return user{}, false
}

// noUser is the answer for a user that the directory does not have.
func (v *graph) noUser(w http.ResponseWriter, r *http.Request) {
	v.fail(w, http.StatusNotFound, "Request_ResourceNotFound", fmt.Sprintf(
		"Resource '%s' does not exist or one of its queried reference-property objects are not present.", r.PathValue("user")))
}

func (v *graph) listUsers(w http.ResponseWriter, r *http.Request) {
	p, ok := v.page(w, r, pageLimits{standard: 100, most: 999})
	if !ok {
		return
	}
	var all []user
	v.lab.world.view(func(e *edit) { all = list[user](e, usersTable) })
	items := make([]map[string]any, len(all))
	for i, u := range all {
		items[i] = u.wire()
	}
	v.sendPage(w, r, p, items)
}

func (v *graph) getUser(w http.ResponseWriter, r *http.Request) {
	var u, manager user
	var ok, managed bool
	v.lab.world.view(func(e *edit) {
		u, ok = findUser(e, r.PathValue("user"))
		manager, managed = findUser(e, u.Manager)
	})
	if !ok {
		v.noUser(w, r)
		return
	}
	item := chosen(u.wire(), orElse(r.URL.Query().Get("$select"), defaultUser))
	switch expand := r.URL.Query().Get("$expand"); {
	case expand == "":
	case expand != "manager" && !strings.HasPrefix(expand, "manager("):
		v.fail(w, http.StatusBadRequest, "Request_BadRequest", "Parsing OData Select and Expand failed: the lab expands manager only.")
		return
	case managed:
		_, wanted, _ := strings.Cut(strings.TrimSuffix(expand, ")"), "$select=")
		item["manager"] = chosen(manager.wire(), orElse(wanted, defaultUser))
		item["manager"].(map[string]any)["@odata.type"] = "#microsoft.graph.user" //nolint:errcheck // made above
	}
	item["@odata.context"] = base(r) + "/$metadata#users/$entity"
	writeJSON(w, http.StatusOK, item)
}

// pageLimits are the standard and the largest size of a page.
type pageLimits struct{ standard, most int }

// page says which part of a list is asked for.
type page struct {
	top, skip int
	query     url.Values
}

// page reads $top, $skip and the token of a next link; it refuses what is not a number.
func (v *graph) page(w http.ResponseWriter, r *http.Request, limits pageLimits) (page, bool) {
	p := page{top: limits.standard, query: r.URL.Query()}
	for name, into := range map[string]*int{"$top": &p.top, "$skip": &p.skip, "$skiptoken": &p.skip} {
		text := p.query.Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || name == "$top" && (n == 0 || n > limits.most) {
			v.fail(w, http.StatusBadRequest, "BadRequest", fmt.Sprintf("Invalid value '%s' for query option '%s'.", text, name))
			return p, false
		}
		*into = n
	}
	return p, true
}

// sendPage answers with a part of items, and a link to the next.
func (v *graph) sendPage(w http.ResponseWriter, r *http.Request, p page, items []map[string]any) {
	from := min(p.skip, len(items))
	to := min(from+p.top, len(items))
	value := make([]map[string]any, 0, to-from)
	for _, item := range items[from:to] {
		value = append(value, chosen(item, orElse(p.query.Get("$select"), standardSelect(item))))
	}
	body := map[string]any{"@odata.context": base(r) + "/$metadata#" + r.URL.Path[len("/v1.0/"):], "value": value}
	if to < len(items) {
		next := p.query
		next.Del("$skip")
		next.Set("$skiptoken", strconv.Itoa(to))
		body["@odata.nextLink"] = "http://" + r.Host + r.URL.EscapedPath() + "?" + next.Encode()
	}
	writeJSON(w, http.StatusOK, body)
}

// standardSelect is what comes when nothing is selected.
func standardSelect(item map[string]any) string {
	if _, ok := item["accountEnabled"]; ok {
		return defaultUser
	}
	return ""
}

// orElse returns the first text that is not empty.
func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
