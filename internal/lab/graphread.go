package lab

import (
	"net/http"
	"slices"
	"strings"
)

// listMessages lists a mailbox, or one of its folders. The whole mailbox does
// not show what is in hidden folders, such as the recoverable items.
func (v *graph) listMessages(w http.ResponseWriter, r *http.Request) {
	p, ok := v.page(w, r, pageLimits{standard: 10, most: 1000})
	if !ok {
		return
	}
	match, problem := condition(p.query.Get("$filter"), p.query.Get("$search"), p.query.Get("$orderby"))
	if problem.code != "" {
		v.fail(w, http.StatusBadRequest, problem.code, problem.message)
		return
	}
	mails, found := v.mails(r)
	switch found {
	case nobody:
		v.noUser(w, r)
		return
	case nowhere:
		v.notInStore(w)
		return
	case everything:
	}
	mails = slices.DeleteFunc(mails, func(m message) bool { return !match(m) })
	sortMails(mails, p.query.Get("$orderby"))
	items := make([]map[string]any, len(mails))
	for i, m := range mails {
		items[i] = m.wire(immutable(r))
	}
	v.honour(w, r)
	v.sendPage(w, r, p, items)
}

// whatFound tells how far the address of a request led.
type whatFound int

const (
	everything whatFound = iota
	nobody
	nowhere
)

// mails returns the mails that a list request is about.
func (v *graph) mails(r *http.Request) (out []message, found whatFound) {
	v.lab.world.view(func(e *edit) {
		u, ok := findUser(e, r.PathValue("user"))
		if !ok {
			found = nobody
			return
		}
		only, hidden := "", map[string]bool{}
		if name := r.PathValue("folder"); name != "" {
			f, ok := findFolder(e, u.Mail, name)
			if !ok {
				found = nowhere
				return
			}
			only = f.ID
		}
		for _, f := range list[folder](e, folderTable(u.Mail)) {
			hidden[f.ID] = f.Hidden
		}
		for _, m := range list[message](e, mailTable(u.Mail)) {
			if only == "" && !hidden[m.Folder] || m.Folder == only {
				out = append(out, m)
			}
		}
	})
	return out, found
}

// sortMails orders mails, the newest first unless the client says otherwise.
func sortMails(mails []message, order string) {
	property, direction, _ := strings.Cut(order, " ")
	slices.SortStableFunc(mails, func(a, b message) int {
		n := b.Received.Compare(a.Received)
		if property == "subject" || property == "from/emailAddress/address" {
			n = strings.Compare(fold(field(b, property)), fold(field(a, property)))
		}
		if order != "" && direction != "desc" {
			return -n
		}
		return n
	})
}

// honour says which preference was followed.
func (*graph) honour(w http.ResponseWriter, r *http.Request) {
	if immutable(r) {
		w.Header().Set("Preference-Applied", `IdType="ImmutableId"`)
	}
}

// one returns the mail that a request names, or answers that there is none.
func (v *graph) one(w http.ResponseWriter, r *http.Request) (m message, ok bool) {
	known := false
	v.lab.world.view(func(e *edit) {
		var u user
		if u, known = findUser(e, r.PathValue("user")); known {
			m, ok = findMail(e, u.Mail, r.PathValue("id"))
		}
	})
	switch {
	case !known:
		v.noUser(w, r)
	case !ok:
		v.notInStore(w)
	}
	return m, ok
}

func (v *graph) getMessage(w http.ResponseWriter, r *http.Request) {
	m, ok := v.one(w, r)
	if !ok {
		return
	}
	item := m.wire(immutable(r))
	if strings.Contains(r.URL.Query().Get("$select"), "internetMessageHeaders") {
		item["internetMessageHeaders"] = m.Headers
	}
	item = chosen(item, r.URL.Query().Get("$select"))
	item["@odata.context"] = base(r) + "/$metadata#users('" + r.PathValue("user") + "')/messages/$entity"
	v.honour(w, r)
	writeJSON(w, http.StatusOK, item)
}

func (v *graph) getMIME(w http.ResponseWriter, r *http.Request) {
	m, ok := v.one(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write(m.MIME)
}
