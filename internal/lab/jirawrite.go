package lab

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// edited makes a change to the issue that a request names; f returns which
// fields are wrong.
func (v *jira) edited(w http.ResponseWriter, r *http.Request, f func(e *edit, t *ticket) map[string]string) bool {
	found := false
	var wrong map[string]string
	if !v.lab.change(w, r, v, func(e *edit) {
		var t ticket
		if t, found = findTicket(e, r.PathValue("issue")); !found {
			return
		}
		t.Updated = v.lab.now(r)
		if wrong = f(e, &t); len(wrong) == 0 {
			e.put(ticketTable, t.Key, t)
		}
	}) {
		return false
	}
	switch {
	case !found:
		v.noIssue(w)
	case len(wrong) > 0:
		v.fail(w, http.StatusBadRequest, "", wrong)
	}
	return found && len(wrong) == 0
}

func (v *jira) update(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Fields ticketFields `json:"fields"`
	}
	if json.NewDecoder(r.Body).Decode(&ask) != nil {
		v.fail(w, http.StatusBadRequest, "There was an error parsing JSON.", nil)
		return
	}
	if v.edited(w, r, func(e *edit, t *ticket) map[string]string {
		before := fmt.Sprint(t.Title, string(t.Description), t.Priority, t.Assignee, t.Labels)
		wrong := ask.Fields.apply(e, t)
		if len(wrong) == 0 {
			changed := before != fmt.Sprint(t.Title, string(t.Description), t.Priority, t.Assignee, t.Labels)
			e.happen(happened{Vendor: jiraName, Action: "issue.update", Target: t.Key, Changed: changed})
		}
		return wrong
	}) {
		w.WriteHeader(http.StatusNoContent)
	}
}

func (c ticketComment) wire(withProperties bool) map[string]any {
	out := map[string]any{
		"self": "https://lab.atlassian.net/rest/api/3/comment/" + c.ID, "id": c.ID, "body": c.Body,
		"created": c.At.UTC().Format("2006-01-02T15:04:05.000-0700"), "updated": c.At.UTC().Format("2006-01-02T15:04:05.000-0700"), "jsdPublic": true,
	}
	if withProperties {
		out["properties"] = c.Properties
	}
	return out
}

func (v *jira) comment(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Body       json.RawMessage   `json:"body"`
		Properties []json.RawMessage `json:"properties"`
	}
	if json.NewDecoder(r.Body).Decode(&ask) != nil || !adf(ask.Body) {
		v.fail(w, http.StatusBadRequest, "", map[string]string{"comment": "Comment body is not valid!"})
		return
	}
	c := ticketComment{Body: ask.Body, Properties: ask.Properties, At: v.lab.now(r)}
	if v.edited(w, r, func(e *edit, t *ticket) map[string]string {
		c.ID = strconv.FormatInt(20_000+e.next(), 10)
		t.Comments = append(t.Comments, c)
		e.happen(happened{Vendor: jiraName, Action: "comment.add", Target: t.Key, Key: effectKey(ask.Properties), Changed: true})
		return nil
	}) {
		writeJSON(w, http.StatusCreated, c.wire(false))
	}
}

// effectKey returns the key that a comment carries, if it does.
func effectKey(properties []json.RawMessage) string {
	for _, raw := range properties {
		var p struct {
			Key   string         `json:"key"`
			Value map[string]any `json:"value"`
		}
		if json.Unmarshal(raw, &p) == nil && p.Key == "harrier.effect" {
			return text(p.Value["key"])
		}
	}
	return ""
}

func (v *jira) listComments(w http.ResponseWriter, r *http.Request) {
	limit, err := strconv.Atoi(orElse(r.URL.Query().Get("maxResults"), "100"))
	if err != nil || limit < 1 {
		v.fail(w, http.StatusBadRequest, "maxResults is not a number.", nil)
		return
	}
	var all []ticketComment
	found := false
	v.lab.world.view(func(e *edit) {
		var t ticket
		t, found = findTicket(e, r.PathValue("issue"))
		all = t.Comments
	})
	if !found {
		v.noIssue(w)
		return
	}
	total := len(all)
	if strings.HasPrefix(r.URL.Query().Get("orderBy"), "-") {
		slices.Reverse(all)
	}
	comments := []map[string]any{}
	for _, c := range all[:min(limit, total)] {
		comments = append(comments, c.wire(false))
	}
	writeJSON(w, http.StatusOK, map[string]any{"startAt": 0, "maxResults": limit, "total": total, "comments": comments})
}

func (v *jira) commentsByID(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		IDs []int64 `json:"ids"`
	}
	if json.NewDecoder(r.Body).Decode(&ask) != nil || len(ask.IDs) > 1000 {
		v.fail(w, http.StatusBadRequest, "The list of ids is not valid.", nil)
		return
	}
	values := []map[string]any{}
	v.lab.world.view(func(e *edit) {
		for _, t := range list[ticket](e, ticketTable) {
			for _, c := range t.Comments {
				if id, _ := strconv.ParseInt(c.ID, 10, 64); slices.Contains(ask.IDs, id) {
					values = append(values, c.wire(r.URL.Query().Get("expand") == "properties"))
				}
			}
		}
	})
	writeJSON(w, http.StatusOK, map[string]any{"startAt": 0, "maxResults": 1000, "total": len(values), "isLast": true, "values": values})
}

// transitions lists where an issue can go from where it is.
func (v *jira) transitions(w http.ResponseWriter, r *http.Request) {
	out := []map[string]any{}
	found := false
	v.lab.world.view(func(e *edit) {
		var t ticket
		if t, found = findTicket(e, r.PathValue("issue")); !found {
			return
		}
		for i, name := range slices.Sorted(maps.Keys(jiraStates())) {
			if name != t.Status {
				out = append(out, map[string]any{
					"id": strconv.Itoa(11 + 10*i), "name": name, "to": statusWire(name), "hasScreen": name == "Done", "isGlobal": true, "isInitial": false,
					"isConditional": false, "isAvailable": true,
				})
			}
		}
	})
	if !found {
		v.noIssue(w)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"expand": "transitions", "transitions": out})
}

func (v *jira) transition(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Transition struct {
			ID string `json:"id"`
		} `json:"transition"`
		Fields ticketFields `json:"fields"`
	}
	bad := json.NewDecoder(r.Body).Decode(&ask) != nil
	if v.edited(w, r, func(e *edit, t *ticket) map[string]string {
		for i, name := range slices.Sorted(maps.Keys(jiraStates())) {
			if !bad && strconv.Itoa(11+10*i) == ask.Transition.ID && name != t.Status {
				t.Status = name
				e.happen(happened{Vendor: jiraName, Action: "issue.transition", Target: t.Key, Key: name, Changed: true})
				return ask.Fields.apply(e, t)
			}
		}
		return map[string]string{"transition": "Transition id '" + ask.Transition.ID + "' is not valid for this issue."}
	}) {
		w.WriteHeader(http.StatusNoContent)
	}
}
