package lab

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// jira is the part of Jira Cloud's REST API v3 that keeps tickets.
//
// Shapes: the published description of the Jira Cloud platform REST API, and the
// pages issues, issue-comments, issue-search and users of
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/.
type jira struct{ lab *Lab }

const (
	ticketTable = "jira/issues"
	jiraProject = "SEC"
)

// ticket is an issue.
type ticket struct {
	ID          string          `json:"id"`
	Key         string          `json:"key"`
	Title       string          `json:"title"`
	Description json.RawMessage `json:"description,omitempty"`
	Labels      []string        `json:"labels,omitempty"`
	Priority    string          `json:"priority"`
	Assignee    string          `json:"assignee,omitempty"` // address
	Status      string          `json:"status"`
	Resolution  string          `json:"resolution,omitempty"`
	Updated     time.Time       `json:"updated"`
	Comments    []ticketComment `json:"comments,omitempty"`
}

// ticketComment is a comment on an issue.
type ticketComment struct {
	ID         string            `json:"id"`
	Body       json.RawMessage   `json:"body"`
	At         time.Time         `json:"at"`
	Properties []json.RawMessage `json:"properties,omitempty"`
}

// jiraStates are the states of the workflow by the keys of their categories;
// each leads to every other.
func jiraStates() map[string]string {
	return map[string]string{"To Do": "new", "In Progress": "indeterminate", "Done": "done"}
}

func (*jira) name() string { return jiraName }

func (v *jira) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /rest/api/3/myself":                     v.myself,
		"GET /rest/api/3/user/search":                v.searchUsers,
		"GET /rest/api/3/search/jql":                 v.search,
		"POST /rest/api/3/issue":                     v.create,
		"GET /rest/api/3/issue/{issue}":              v.get,
		"PUT /rest/api/3/issue/{issue}":              v.update,
		"GET /rest/api/3/issue/{issue}/comment":      v.listComments,
		"POST /rest/api/3/issue/{issue}/comment":     v.comment,
		"POST /rest/api/3/comment/list":              v.commentsByID,
		"GET /rest/api/3/issue/{issue}/transitions":  v.transitions,
		"POST /rest/api/3/issue/{issue}/transitions": v.transition,
	} {
		mux.HandleFunc(pattern, handle)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.fail(w, http.StatusNotFound, "No endpoint.", nil) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, token, _ := r.BasicAuth()
		if name != v.lab.secret(jiraName, "user")+"@corp.example" || !same(token, v.lab.secret(jiraName, "token")) {
			v.refuse(w, http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (*jira) fail(w http.ResponseWriter, status int, message string, fields map[string]string) {
	messages := []string{}
	if message != "" {
		messages = []string{message}
	}
	if fields == nil {
		fields = map[string]string{}
	}
	writeJSON(w, status, map[string]any{"errorMessages": messages, "errors": fields})
}

func (v *jira) refuse(w http.ResponseWriter, status int) {
	v.fail(w, status, http.StatusText(status), nil)
}

// accountID is the id of a person's account.
func accountID(address string) string {
	return strings.ReplaceAll(uuid("jira/"+fold(address)), "-", "")[:24]
}

func (v *jira) person(u user) map[string]any {
	return map[string]any{
		"self": "https://lab.atlassian.net/rest/api/3/user?accountId=" + accountID(u.Mail), "accountId": accountID(u.Mail), "accountType": "atlassian",
		"emailAddress": u.Mail, "displayName": u.Name, "active": !u.Disabled,
	}
}

func (v *jira) myself(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, v.person(user{Name: "harrier", Mail: "harrier@corp.example"}))
}

// searchUsers finds people by the beginning of their name or address, or by id.
func (v *jira) searchUsers(w http.ResponseWriter, r *http.Request) {
	want := fold(r.URL.Query().Get("query"))
	limit, err := strconv.Atoi(orElse(r.URL.Query().Get("maxResults"), "50"))
	if want == "" || err != nil {
		v.fail(w, http.StatusBadRequest, "A query is needed.", nil)
		return
	}
	found := []map[string]any{}
	v.lab.world.view(func(e *edit) {
		for _, u := range list[user](e, usersTable) {
			if len(found) < limit && (strings.HasPrefix(fold(u.Name), want) || strings.HasPrefix(u.Mail, want) || accountID(u.Mail) == want) {
				found = append(found, v.person(u))
			}
		}
	})
	writeJSON(w, http.StatusOK, found)
}

// labelQuery is the only query that the lab answers.
var labelQuery = regexp.MustCompile(`^labels = "((?:[^"\\]|\\.)*)"$`)

func (v *jira) search(w http.ResponseWriter, r *http.Request) {
	m := labelQuery.FindStringSubmatch(r.URL.Query().Get("jql"))
	if m == nil {
		v.fail(w, http.StatusBadRequest, `The lab answers labels = "…" only.`, nil)
		return
	}
	label := strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(m[1])
	issues := []map[string]any{}
	v.lab.world.view(func(e *edit) {
		for _, t := range list[ticket](e, ticketTable) {
			if slices.Contains(t.Labels, label) {
				issues = append(issues, t.wire(e, r.URL.Query().Get("fields")))
			}
		}
	})
	writeJSON(w, http.StatusOK, map[string]any{"issues": issues, "isLast": true})
}

// ticketFields are those of an issue that a request may set.
type ticketFields struct {
	Project *struct {
		Key string `json:"key"`
	} `json:"project"`
	Type *struct {
		Name string `json:"name"`
	} `json:"issuetype"`
	Summary     *string         `json:"summary"`
	Description json.RawMessage `json:"description"`
	Labels      []string        `json:"labels"`
	Priority    *struct {
		Name string `json:"name"`
	} `json:"priority"`
	Assignee *struct {
		AccountID string `json:"accountId"`
	} `json:"assignee"`
	Resolution *struct {
		Name string `json:"name"`
	} `json:"resolution"`
}

// apply sets the fields, or tells which are wrong.
func (f ticketFields) apply(e *edit, t *ticket) map[string]string {
	wrong := map[string]string{}
	if f.Summary != nil {
		if t.Title = *f.Summary; t.Title == "" || strings.ContainsAny(t.Title, "\r\n") || len([]rune(t.Title)) > 255 {
			wrong["summary"] = "The summary is invalid because it contains newline characters, is empty or is too long."
		}
	}
	if f.Description != nil {
		if t.Description = f.Description; !adf(f.Description) {
			wrong["description"] = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
		}
	}
	for _, label := range f.Labels {
		if strings.ContainsAny(label, " \t\r\n") || len(label) > 255 {
			wrong["labels"] = "The label '" + label + "' contains spaces which is invalid."
		}
	}
	if f.Labels != nil {
		t.Labels = f.Labels
	}
	if f.Priority != nil {
		if t.Priority = f.Priority.Name; !slices.Contains([]string{"Highest", "High", "Medium", "Low", "Lowest"}, t.Priority) {
			wrong["priority"] = "The priority selected is invalid."
		}
	}
	if f.Assignee != nil {
		t.Assignee = ""
		for _, u := range list[user](e, usersTable) {
			if accountID(u.Mail) == f.Assignee.AccountID {
				t.Assignee = u.Mail
			}
		}
		if t.Assignee == "" {
			wrong["assignee"] = "User does not exist."
		}
	}
	if f.Resolution != nil {
		t.Resolution = f.Resolution.Name
	}
	return wrong
}

// adf reports whether a value is a document as the product takes it.
func adf(raw json.RawMessage) bool {
	var doc struct {
		Type    string `json:"type"`
		Version int    `json:"version"`
		Content []struct {
			Type    string `json:"type"`
			Content []struct {
				Type string `json:"type"`
				Text string `json:"text"`
			} `json:"content"`
		} `json:"content"`
	}
	if json.Unmarshal(raw, &doc) != nil || doc.Type != "doc" || doc.Version != 1 {
		return false
	}
	for _, block := range doc.Content {
		for _, c := range block.Content {
			if c.Type == "text" && c.Text == "" {
				return false
			}
		}
	}
	return true
}

func (v *jira) create(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Fields ticketFields `json:"fields"`
	}
	if json.NewDecoder(r.Body).Decode(&ask) != nil {
		v.fail(w, http.StatusBadRequest, "There was an error parsing JSON.", nil)
		return
	}
	f := ask.Fields
	wrong := map[string]string{}
	if f.Project == nil || f.Project.Key != jiraProject {
		wrong["project"] = "valid project is required"
	}
	if f.Type == nil || f.Type.Name == "" {
		wrong["issuetype"] = "Specify an issue type"
	}
	if f.Summary == nil {
		wrong["summary"] = "You must specify a summary of the issue."
	}
	t := ticket{Status: "To Do", Priority: "Medium", Updated: v.lab.now(r)}
	if !v.lab.change(w, r, v, func(e *edit) {
		maps.Copy(wrong, f.apply(e, &t))
		if len(wrong) > 0 {
			return
		}
		t = addTicket(e, t)
		e.happen(happened{Vendor: jiraName, Action: "issue.create", Target: jiraProject, Key: strings.Join(t.Labels, " "), Changed: true})
	}) {
		return
	}
	if len(wrong) > 0 {
		v.fail(w, http.StatusBadRequest, "", wrong)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]any{"id": t.ID, "key": t.Key, "self": t.self()})
}

// addTicket gives an issue the next number.
func addTicket(e *edit, t ticket) ticket {
	n, _ := load[int64](e, "lab/counters", "jira")
	e.put("lab/counters", "jira", n+1)
	t.ID, t.Key = strconv.FormatInt(10_001+n, 10), fmt.Sprintf("%s-%d", jiraProject, n+1)
	e.put(ticketTable, t.Key, t)
	return t
}

// seedTickets opens the tickets of the scenario.
func (l *Lab) seedTickets(e *edit, s Scenario) {
	for _, title := range s.Tickets {
		addTicket(e, ticket{Title: title, Status: "To Do", Priority: "Medium", Updated: e.line.At})
	}
}

func (t ticket) self() string { return "https://lab.atlassian.net/rest/api/3/issue/" + t.ID }

// statusWire returns a state as the product gives it.
func statusWire(name string) map[string]any {
	return map[string]any{"self": "https://lab.atlassian.net/rest/api/3/status/" + name, "name": name, "id": uuid(name)[:5], "statusCategory": map[string]any{
		"id": len(name), "key": jiraStates()[name], "name": name, "colorName": "blue-gray",
	}}
}

// wire returns the issue with the fields that are asked for.
func (t ticket) wire(e *edit, fields string) map[string]any {
	all := map[string]any{
		"summary": t.Title, "status": statusWire(t.Status), "updated": t.Updated.UTC().Format("2006-01-02T15:04:05.000-0700"), "assignee": nil,
		"labels": t.Labels, "priority": map[string]any{"name": t.Priority},
	}
	if u, ok := findUser(e, t.Assignee); ok {
		all["assignee"] = (&jira{}).person(u)
	}
	out := map[string]any{}
	for name := range strings.SplitSeq(fields, ",") {
		if value, ok := all[name]; ok {
			out[name] = value
		}
	}
	return map[string]any{"expand": "renderedFields,names,schema", "id": t.ID, "key": t.Key, "self": t.self(), "fields": out}
}

// findTicket returns the issue with that key or id.
func findTicket(e *edit, name string) (ticket, bool) {
	for _, t := range list[ticket](e, ticketTable) {
		if strings.EqualFold(t.Key, name) || t.ID == name {
			return t, true
		}
	}
	return ticket{}, false
}

func (v *jira) noIssue(w http.ResponseWriter) {
	v.fail(w, http.StatusNotFound, "Issue does not exist or you do not have permission to see it.", nil)
}

func (v *jira) get(w http.ResponseWriter, r *http.Request) {
	var item map[string]any
	v.lab.world.view(func(e *edit) {
		if t, ok := findTicket(e, r.PathValue("issue")); ok {
			item = t.wire(e, orElse(r.URL.Query().Get("fields"), "summary,status,updated,assignee,labels,priority"))
		}
	})
	if item == nil {
		v.noIssue(w)
		return
	}
	writeJSON(w, http.StatusOK, item)
}
