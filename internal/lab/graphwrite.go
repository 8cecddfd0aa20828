package lab

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// moveMessage moves a mail to another folder. The copy there has a new id,
// unless the client asks for immutable ones.
func (v *graph) moveMessage(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Destination string `json:"destinationId"`
	}
	if json.NewDecoder(r.Body).Decode(&ask) != nil || ask.Destination == "" {
		v.fail(w, http.StatusBadRequest, "ErrorInvalidRequest", "The request is malformed or incorrect.")
		return
	}
	m, ok := v.one(w, r)
	if !ok {
		return
	}
	found := false
	journaled := v.lab.change(w, r, v, func(e *edit) {
		u, _ := findUser(e, r.PathValue("user"))
		to, ok := findFolder(e, u.Mail, ask.Destination)
		m, found = findMail(e, u.Mail, m.Immutable)
		if found = found && ok; !found {
			return
		}
		e.happen(happened{Vendor: graphName, Action: "message.move", Target: u.Mail + "/" + m.MessageID,
			Key: to.Known, Changed: m.Folder != to.ID})
		m.Folder, m.ID = to.ID, opaque("AAMk", v.lab.config.Seed, "mail", e.next())
		m.Modified, m.Version = v.lab.now(r), m.Version+1
		e.put(mailTable(u.Mail), m.Immutable, m)
	})
	switch {
	case !journaled:
	case !found:
		v.notInStore(w)
	default:
		v.honour(w, r)
		item := m.wire(immutable(r))
		item["@odata.context"] = base(r) + "/$metadata#message"
		item["@odata.type"] = "#microsoft.graph.message"
		writeJSON(w, http.StatusCreated, item)
	}
}

// updateMessage changes whether a mail is marked as read; the lab lets nothing
// else be changed.
func (v *graph) updateMessage(w http.ResponseWriter, r *http.Request) {
	var ask map[string]json.RawMessage
	var read bool
	if json.NewDecoder(r.Body).Decode(&ask) != nil || len(ask) != 1 || json.Unmarshal(ask["isRead"], &read) != nil {
		v.fail(w, http.StatusBadRequest, "ErrorInvalidRequest", "The lab updates isRead only.")
		return
	}
	m, ok := v.one(w, r)
	if !ok {
		return
	}
	journaled := v.lab.change(w, r, v, func(e *edit) {
		u, _ := findUser(e, r.PathValue("user"))
		m, _ = findMail(e, u.Mail, m.Immutable)
		e.happen(happened{Vendor: graphName, Action: "message.update", Target: u.Mail + "/" + m.MessageID,
			Key: "isRead=" + string(ask["isRead"]), Changed: m.Read != read})
		m.Read, m.Modified, m.Version = read, v.lab.now(r), m.Version+1
		e.put(mailTable(u.Mail), m.Immutable, m)
	})
	if journaled {
		v.honour(w, r)
		writeJSON(w, http.StatusOK, m.wire(immutable(r)))
	}
}

// outgoing is a message as sendMail takes it.
type outgoing struct {
	Message struct {
		Subject string    `json:"subject"`
		Body    *itemBody `json:"body"`
		To      []address `json:"toRecipients"`
		CC      []address `json:"ccRecipients"`
		ReplyTo []address `json:"replyTo"`
		Headers []header  `json:"internetMessageHeaders"`
	} `json:"message"`
	Save *bool `json:"saveToSentItems"`
}

type itemBody struct {
	Type    string `json:"contentType"`
	Content string `json:"content"`
}

type address struct {
	Address person `json:"emailAddress"`
}

func people(list []address) []person {
	out := make([]person, len(list))
	for i, a := range list {
		out[i] = a.Address
	}
	return out
}

// effectHeader is the header by which a copy of a sent mail can be told apart.
const effectHeader = "x-harrier-effect"

// sendMail accepts a mail: it is put in the sender's Sent Items and delivered
// to those recipients who have a mailbox here.
func (v *graph) sendMail(w http.ResponseWriter, r *http.Request) {
	var out outgoing
	if json.NewDecoder(r.Body).Decode(&out) != nil || len(out.Message.To)+len(out.Message.CC) == 0 {
		v.fail(w, http.StatusBadRequest, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
		return
	}
	key := ""
	for _, h := range out.Message.Headers {
		if !strings.HasPrefix(strings.ToLower(h.Name), "x-") {
			v.fail(w, http.StatusBadRequest, "InvalidInternetMessageHeader", "The internet message header name '"+h.Name+"' should start with 'x-' or 'X-'.")
			return
		}
		if strings.EqualFold(h.Name, effectHeader) {
			key = h.Value
		}
	}
	known := false
	journaled := v.lab.change(w, r, v, func(e *edit) {
		var u user
		if u, known = findUser(e, r.PathValue("user")); known {
			v.deliver(e, r, u, out)
			e.happen(happened{Vendor: graphName, Action: "mail.send", Target: v.audience(out), Key: key, Changed: true})
		}
	})
	switch {
	case !journaled:
	case !known:
		v.noUser(w, r)
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}

// audience names everybody who gets a mail.
func (*graph) audience(out outgoing) string {
	var names []string
	for _, a := range append(slices.Clone(out.Message.To), out.Message.CC...) {
		names = append(names, fold(a.Address.Address))
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// deliver puts the copies of a sent mail where they belong.
func (v *graph) deliver(e *edit, r *http.Request, from user, out outgoing) {
	now := v.lab.now(r)
	m := message{
		MessageID: "<" + uuid(opaque("", v.lab.config.Seed, "sent", e.next())) + "@lab.invalid>",
		Subject:   out.Message.Subject, From: person{from.Name, from.Mail}, To: people(out.Message.To), CC: people(out.Message.CC),
		ReplyTo: people(out.Message.ReplyTo), Received: now, Headers: out.Message.Headers,
	}
	if out.Message.Body != nil {
		m.Text = out.Message.Body.Content
	}
	if out.Save == nil || *out.Save {
		sent := m
		sent.Read = true
		v.lab.addMail(e, from.Mail, sentItems, sent)
	}
	for _, p := range append(people(out.Message.To), people(out.Message.CC)...) {
		if u, ok := findUser(e, p.Address); ok {
			v.lab.addMail(e, u.Mail, inbox, m)
		}
	}
}

// addMail puts a new mail in a folder of a mailbox.
func (l *Lab) addMail(e *edit, mailbox, known string, m message) {
	f, _ := findFolder(e, mailbox, known)
	n := e.next()
	m.Folder, m.Modified, m.Version = f.ID, m.Received, 1
	m.ID = opaque("AAMk", l.config.Seed, "mail", n)
	m.Immutable = opaque("AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A", l.config.Seed, "immutable", n)
	if m.MIME == nil {
		m.MIME = m.compose()
	}
	e.put(mailTable(mailbox), m.Immutable, m)
}
