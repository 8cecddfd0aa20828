package lab

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/mail"
	"slices"
	"strings"
)

// send takes a whole mail and delivers it to those who have a mailbox here.
func (v *gmail) send(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Raw string `json:"raw"`
	}
	text, err := []byte(nil), json.NewDecoder(r.Body).Decode(&ask)
	if err == nil {
		text, err = base64.URLEncoding.DecodeString(ask.Raw)
	}
	var sent *mail.Message
	if err == nil {
		sent, err = mail.ReadMessage(strings.NewReader(string(text)))
	}
	if err != nil {
		v.fail(w, http.StatusBadRequest, "invalidArgument", "'raw' RFC822 payload message string or uploading message via /upload/* URL required")
		return
	}
	to := append(addressed(sent, "To"), addressed(sent, "Cc")...)
	if len(to) == 0 {
		v.fail(w, http.StatusBadRequest, "invalidArgument", "Recipient address required")
		return
	}
	m := message{MIME: text, From: person{Address: fold(r.PathValue("user"))}, To: to, Received: v.lab.now(r), Read: true}
	m.Subject, _ = new(mime.WordDecoder).DecodeHeader(sent.Header.Get("Subject"))
	m.Text = written(sent)
	journaled := v.lab.change(w, r, v, func(e *edit) {
		m.MessageID = "<" + uuid(opaque("", v.lab.config.Seed, "sent", e.next())) + "@mail.gmail.com>"
		v.lab.addMail(e, m.From.Address, sentItems, m)
		m.Immutable = newest(e, m).Immutable
		var names []string
		for _, p := range to {
			names = append(names, fold(p.Address))
			if u, ok := findUser(e, p.Address); ok {
				own := m
				own.Read = false
				v.lab.addMail(e, u.Mail, inbox, own)
			}
		}
		slices.Sort(names)
		e.happen(happened{Vendor: gmailName, Action: "mail.send", Target: strings.Join(names, ","), Key: sent.Header.Get(effectHeader), Changed: true})
	})
	if journaled {
		writeJSON(w, http.StatusOK, map[string]any{"id": m.gmailID(), "threadId": m.gmailID(), "labelIds": []string{"SENT"}})
	}
}

// newest returns the copy of a mail that its sender keeps.
func newest(e *edit, m message) message {
	for _, own := range list[message](e, mailTable(m.From.Address)) {
		if own.MessageID == m.MessageID {
			return own
		}
	}
	return m
}

// addressed returns whom a header names.
func addressed(m *mail.Message, name string) []person {
	var out []person
	all, _ := m.Header.AddressList(name) // one that does not parse names nobody
	for _, a := range all {
		out = append(out, person{Name: a.Name, Address: a.Address})
	}
	return out
}

// written returns the text of a mail.
func written(m *mail.Message) string {
	body := m.Body
	if strings.EqualFold(m.Header.Get("Content-Transfer-Encoding"), "base64") {
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, _ := io.ReadAll(body) // what does not decode has no text
	return string(text)
}

func (v *gmail) filters(w http.ResponseWriter, r *http.Request) {
	var all []filter
	v.lab.world.view(func(e *edit) { all = list[filter](e, filterTable(r.PathValue("user"))) })
	body := map[string]any{}
	if len(all) > 0 {
		body["filter"] = all
	}
	writeJSON(w, http.StatusOK, body)
}

// addFilter adds a filter. The same one is not added twice.
func (v *gmail) addFilter(w http.ResponseWriter, r *http.Request) {
	var f filter
	if json.NewDecoder(r.Body).Decode(&f) != nil || len(f.Criteria) == 0 || len(f.Action) == 0 {
		v.fail(w, http.StatusBadRequest, "invalidArgument", "Filter must have at least one criterion and one action")
		return
	}
	mailbox := r.PathValue("user")
	f.ID = opaque("ANe1Bm", mailbox, canonicalJSON(f.Criteria), canonicalJSON(f.Action))[:24]
	exists := false
	journaled := v.lab.change(w, r, v, func(e *edit) {
		if _, exists = load[filter](e, filterTable(mailbox), f.ID); exists {
			return
		}
		e.put(filterTable(mailbox), f.ID, f)
		e.happen(happened{Vendor: gmailName, Action: "filter.add", Target: fold(mailbox), Key: canonicalJSON(f.Criteria), Changed: true})
	})
	switch {
	case !journaled:
	case exists:
		v.fail(w, http.StatusBadRequest, "failedPrecondition", "Filter already exists")
	default:
		writeJSON(w, http.StatusOK, f)
	}
}

// canonicalJSON writes a value so that equal ones have the same text.
func canonicalJSON(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(raw)
}

func (v *gmail) deleteFilter(w http.ResponseWriter, r *http.Request) {
	mailbox := r.PathValue("user")
	ok := false
	journaled := v.lab.change(w, r, v, func(e *edit) {
		var f filter
		if f, ok = load[filter](e, filterTable(mailbox), r.PathValue("id")); ok {
			e.drop(filterTable(mailbox), f.ID)
			e.happen(happened{Vendor: gmailName, Action: "filter.delete", Target: fold(mailbox), Key: canonicalJSON(f.Criteria), Changed: true})
		}
	})
	switch {
	case !journaled:
	case !ok:
		v.refuse(w, http.StatusNotFound)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
