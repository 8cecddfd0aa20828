package lab

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
)

// gmail is Gmail's API v1, the part of the Directory API that lists users, and
// the token endpoint that gives service accounts tokens for both.
//
// Shapes: the discovery documents gmail:v1 and admin:directory_v1, the pages
// users.messages, users.settings.filters and labels of
// https://developers.google.com/workspace/gmail/api, its list of search
// operators, and .../identity/protocols/oauth2/service-account.
type gmail struct{ lab *Lab }

// filter is a filter of a mailbox.
type filter struct {
	ID       string         `json:"id"`
	Criteria map[string]any `json:"criteria"`
	Action   map[string]any `json:"action"`
}

func filterTable(mailbox string) string { return "gmail/filters/" + fold(mailbox) }

func (*gmail) name() string { return gmailName }

func (v *gmail) handler() http.Handler {
	mux := http.NewServeMux()
	const user = "/gmail/v1/users/{user}"
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET " + user + "/messages":                 v.list,
		"GET " + user + "/messages/{id}":            v.get,
		"POST " + user + "/messages/{id}/trash":     v.trash,
		"POST " + user + "/messages/{id}/modify":    v.modify,
		"POST " + user + "/messages/send":           v.send,
		"GET " + user + "/settings/filters":         v.filters,
		"POST " + user + "/settings/filters":        v.addFilter,
		"DELETE " + user + "/settings/filters/{id}": v.deleteFilter,
		"GET /admin/directory/v1/users":             v.users,
	} {
		mux.HandleFunc(pattern, handle)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	outer := http.NewServeMux()
	outer.HandleFunc("POST /token", v.grant)
	outer.Handle("/", v.authorised(mux))
	return outer
}

// authorised lets requests through whose token is good, and is one for the
// mailbox that they are about.
func (v *gmail) authorised(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		subject, ok := v.lab.actsFor(r, value)
		if !ok {
			v.refuse(w, http.StatusUnauthorized)
			return
		}
		rest, isMail := strings.CutPrefix(r.URL.Path, "/gmail/v1/users/")
		mailbox, _, _ := strings.Cut(rest, "/")
		if isMail && fold(mailbox) != fold(subject) {
			v.fail(w, http.StatusForbidden, "forbidden", "Delegation denied for "+subject)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// fail refuses as Google's APIs do.
func (*gmail) fail(w http.ResponseWriter, status int, reason, message string) {
	state := map[int]string{
		400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED",
		500: "INTERNAL", 503: "UNAVAILABLE",
	}[status]
	writeJSON(w, status, map[string]any{"error": map[string]any{
		"code": status, "message": message, "status": orElse(state, "UNKNOWN"),
		"errors": []any{map[string]any{"message": message, "domain": "global", "reason": reason}},
	}})
}

func (v *gmail) refuse(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusUnauthorized:
		v.fail(w, status, "authError", "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.")
	case http.StatusForbidden:
		v.fail(w, status, "insufficientPermissions", "Request had insufficient authentication scopes.")
	case http.StatusNotFound:
		v.fail(w, status, "notFound", "Requested entity was not found.")
	case http.StatusTooManyRequests:
		v.fail(w, status, "rateLimitExceeded", "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'.")
	default:
		v.fail(w, status, "backendError", http.StatusText(status))
	}
}

// users lists everybody in the domain, a page at a time.
func (v *gmail) users(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	size, err := strconv.Atoi(orElse(q.Get("maxResults"), "100"))
	if q.Get("customer") != "my_customer" || err != nil || size < 1 || size > 500 {
		v.fail(w, http.StatusBadRequest, "invalid", "Invalid Input")
		return
	}
	from, _ := strconv.Atoi(q.Get("pageToken"))
	var all []user
	v.lab.world.view(func(e *edit) { all = list[user](e, usersTable) })
	from = min(max(from, 0), len(all))
	to := min(from+size, len(all))
	users := make([]map[string]any, 0, to-from)
	for _, u := range all[from:to] {
		given, family, _ := strings.Cut(u.Name, " ")
		users = append(users, map[string]any{
			"kind": "admin#directory#user", "id": u.ID, "etag": `"lab"`, "primaryEmail": u.Mail, "isMailboxSetup": true, "suspended": u.Disabled,
			"name": map[string]any{"givenName": given, "familyName": family, "fullName": u.Name},
		})
	}
	body := map[string]any{"kind": "admin#directory#users", "etag": `"lab"`, "users": users}
	if to < len(all) {
		body["nextPageToken"] = strconv.Itoa(to)
	}
	writeJSON(w, http.StatusOK, body)
}

// gmailID is how Gmail names a mail; it is the same wherever the mail is.
func (m message) gmailID() string { return hexSum(m.Immutable)[:16] }

// labelled returns the labels of a mail. One that Gmail did not touch has those
// of the folder that it lies in.
func (m message) labelled(e *edit, mailbox string) []string {
	labels := slices.Clone(m.Labels)
	if labels == nil {
		f, _ := findFolder(e, mailbox, m.Folder)
		switch f.Known {
		case inbox:
			labels = []string{"CATEGORY_PERSONAL", "INBOX"}
		case junk:
			labels = []string{"SPAM"}
		case deleted, recoverable:
			labels = []string{"CATEGORY_PERSONAL", "TRASH"}
		case sentItems:
			labels = []string{"SENT"}
		}
	}
	labels = slices.DeleteFunc(labels, func(l string) bool { return l == "UNREAD" })
	if !m.Read {
		labels = append(labels, "UNREAD")
	}
	slices.Sort(labels)
	return labels
}

// relabel gives a mail labels, and puts it into the folder that they mean.
func (l *Lab) relabel(e *edit, mailbox string, m message, labels []string) message {
	m.Read = !slices.Contains(labels, "UNREAD")
	m.Labels = slices.DeleteFunc(slices.Clone(labels), func(l string) bool { return l == "UNREAD" })
	known := "archive"
	for _, pair := range [][2]string{{"TRASH", deleted}, {"SPAM", junk}, {"INBOX", inbox}, {"SENT", sentItems}} {
		if slices.Contains(labels, pair[0]) {
			known = pair[1]
			break
		}
	}
	f, _ := findFolder(e, mailbox, known)
	if f.ID != m.Folder {
		m.Folder, m.ID = f.ID, opaque("AAMk", l.config.Seed, "mail", e.next())
	}
	m.Version++
	e.put(mailTable(mailbox), m.Immutable, m)
	return m
}

// find returns the mail that a request is about.
func (*gmail) find(e *edit, r *http.Request) (message, bool) {
	all := list[message](e, mailTable(r.PathValue("user")))
	i := slices.IndexFunc(all, func(m message) bool { return m.gmailID() == r.PathValue("id") })
	if i < 0 {
		return message{}, false
	}
	return all[i], true
}

// list finds mails; it tells their ids and nothing else.
func (v *gmail) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	matches := gmailQuery(q.Get("q"))
	size, err := strconv.Atoi(orElse(q.Get("maxResults"), "100"))
	if err != nil || size < 1 || size > 500 {
		v.fail(w, http.StatusBadRequest, "invalidArgument", "Invalid maxResults")
		return
	}
	var found []message
	v.lab.world.view(func(e *edit) {
		for _, m := range list[message](e, mailTable(r.PathValue("user"))) {
			labels := m.labelled(e, r.PathValue("user"))
			hidden := slices.Contains(labels, "TRASH") || slices.Contains(labels, "SPAM")
			if matches(m) && (!hidden || q.Get("includeSpamTrash") == "true") {
				found = append(found, m)
			}
		}
	})
	slices.SortStableFunc(found, func(a, b message) int { return b.Received.Compare(a.Received) })
	from, _ := strconv.Atoi(q.Get("pageToken"))
	from = min(max(from, 0), len(found))
	to := min(from+size, len(found))
	body := map[string]any{"resultSizeEstimate": len(found)}
	if from < to {
		messages := make([]map[string]any, 0, to-from)
		for _, m := range found[from:to] {
			messages = append(messages, map[string]any{"id": m.gmailID(), "threadId": m.gmailID()})
		}
		body["messages"] = messages
	}
	if to < len(found) {
		body["nextPageToken"] = strconv.Itoa(to)
	}
	writeJSON(w, http.StatusOK, body)
}

// gmailQuery reads the operators of the search that it takes to find copies.
func gmailQuery(text string) func(message) bool {
	var tests []func(message) bool
	for term := range strings.FieldsSeq(text) {
		operator, value, _ := strings.Cut(term, ":")
		value = strings.Trim(value, `"`)
		at, err := strconv.ParseInt(value, 10, 64)
		when := time.Unix(at, 0)
		switch {
		case operator == "rfc822msgid":
			tests = append(tests, func(m message) bool { return strings.Trim(m.MessageID, "<>") == strings.Trim(value, "<>") })
		case operator == "from":
			tests = append(tests, func(m message) bool { return strings.Contains(fold(m.From.Address), fold(value)) })
		case operator == "after" && err == nil:
			tests = append(tests, func(m message) bool { return m.Received.After(when) })
		case operator == "before" && err == nil:
			tests = append(tests, func(m message) bool { return m.Received.Before(when) })
		default: // a word
			tests = append(tests, func(m message) bool {
				return strings.Contains(fold(m.Subject+" "+m.Text), fold(strings.Trim(term, `"`)))
			})
		}
	}
	return func(m message) bool {
		return !slices.ContainsFunc(tests, func(t func(message) bool) bool { return !t(m) })
	}
}

// wire is a mail as Gmail gives it, without its content.
func (m message) gmailWire(labels []string) map[string]any {
	out := map[string]any{
		"id": m.gmailID(), "threadId": m.gmailID(), "snippet": "", "historyId": strconv.Itoa(m.Version), "sizeEstimate": len(m.MIME),
		"internalDate": strconv.FormatInt(m.Received.UnixMilli(), 10),
	}
	if len(labels) > 0 {
		out["labelIds"] = labels
	}
	return out
}

func (v *gmail) get(w http.ResponseWriter, r *http.Request) {
	var m message
	var labels []string
	ok := false
	v.lab.world.view(func(e *edit) {
		if m, ok = v.find(e, r); ok {
			labels = m.labelled(e, r.PathValue("user"))
		}
	})
	if !ok {
		v.refuse(w, http.StatusNotFound)
		return
	}
	out := m.gmailWire(labels)
	switch r.URL.Query().Get("format") {
	case "minimal":
	case "raw":
		out["raw"] = base64.URLEncoding.EncodeToString(m.MIME)
	case "metadata":
		out["payload"] = map[string]any{"mimeType": "text/plain", "headers": m.header(r.URL.Query()["metadataHeaders"])}
	default:
		v.fail(w, http.StatusBadRequest, "invalidArgument", "The lab does not take mails apart.")
		return
	}
	writeJSON(w, http.StatusOK, out)
}

// header returns the fields of the mail's header that are asked for.
func (m message) header(names []string) []map[string]any {
	out := []map[string]any{}
	for _, name := range names {
		value := ""
		switch fold(name) {
		case "subject":
			value = m.Subject
		case "from":
			value = (&mail.Address{Name: m.From.Name, Address: m.From.Address}).String()
		case "message-id":
			value = m.MessageID
		}
		if value != "" {
			out = append(out, map[string]any{"name": name, "value": value})
		}
	}
	return out
}

// trash moves a mail to the trash. Its other labels stay.
func (v *gmail) trash(w http.ResponseWriter, r *http.Request) {
	v.changed(w, r, "message.trash", func(labels []string) ([]string, string) {
		labels = slices.DeleteFunc(labels, func(l string) bool { return l == "INBOX" || l == "SPAM" })
		if !slices.Contains(labels, "TRASH") {
			labels = append(labels, "TRASH")
		}
		return labels, ""
	})
}

// fixed lists labels that nobody can give or take.
func fixed() []string { return []string{"SENT", "DRAFT", "CHAT"} }

func (v *gmail) modify(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Add    []string `json:"addLabelIds"`
		Remove []string `json:"removeLabelIds"`
	}
	if json.NewDecoder(r.Body).Decode(&ask) != nil {
		v.fail(w, http.StatusBadRequest, "parseError", "Parse Error")
		return
	}
	v.changed(w, r, "message.modify", func(labels []string) ([]string, string) {
		switch {
		case len(ask.Add)+len(ask.Remove) == 0:
			return nil, "No label add or removes specified"
		case slices.ContainsFunc(append(slices.Clone(ask.Add), ask.Remove...), func(l string) bool { return l == "" || slices.Contains(fixed(), l) }):
			return nil, "Invalid label: SENT"
		}
		labels = slices.DeleteFunc(labels, func(l string) bool { return slices.Contains(ask.Remove, l) })
		for _, l := range ask.Add {
			if !slices.Contains(labels, l) {
				labels = append(labels, l)
			}
		}
		return labels, ""
	})
}

// changed changes the labels of a mail, or refuses.
func (v *gmail) changed(w http.ResponseWriter, r *http.Request, action string, change func([]string) ([]string, string)) {
	mailbox := r.PathValue("user")
	var m message
	var after []string
	problem, ok := "", false
	journaled := v.lab.change(w, r, v, func(e *edit) {
		if m, ok = v.find(e, r); !ok {
			return
		}
		before := m.labelled(e, mailbox)
		if after, problem = change(slices.Clone(before)); problem != "" {
			return
		}
		slices.Sort(after)
		e.happen(happened{
			Vendor: gmailName, Action: action, Target: fold(mailbox) + "/" + m.MessageID, Key: strings.Join(after, ","), Changed: !slices.Equal(before, after),
		})
		m = v.lab.relabel(e, mailbox, m, after)
	})
	switch {
	case !journaled:
	case !ok:
		v.refuse(w, http.StatusNotFound)
	case problem != "":
		v.fail(w, http.StatusBadRequest, "invalidArgument", problem)
	default:
		writeJSON(w, http.StatusOK, map[string]any{"id": m.gmailID(), "threadId": m.gmailID(), "labelIds": after})
	}
}
