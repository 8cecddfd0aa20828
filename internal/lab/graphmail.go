package lab

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// message is one copy of a mail in one mailbox.
type message struct {
	// Immutable is the id that never changes, ID the one that moving changes.
	Immutable string    `json:"immutable"`
	ID        string    `json:"id"`
	Folder    string    `json:"folder"`
	MessageID string    `json:"message_id"`
	Subject   string    `json:"subject"`
	From      person    `json:"from"`
	To        []person  `json:"to,omitempty"`
	CC        []person  `json:"cc,omitempty"`
	ReplyTo   []person  `json:"reply_to,omitempty"`
	Received  time.Time `json:"received"`
	Modified  time.Time `json:"modified"`
	Read      bool      `json:"read,omitempty"`
	Text      string    `json:"text"`
	Files     []string  `json:"files,omitempty"`
	Headers   []header  `json:"headers,omitempty"`
	// Labels are those that Gmail gave it, without the one for unread mail.
	Labels []string `json:"labels,omitempty"`
	// MIME is the mail as it came.
	MIME    []byte `json:"mime,omitempty"`
	Version int    `json:"version"`
}

// person is a name and an address.
type person struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address"`
}

// header is a header field of a mail.
type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// mailTable holds the mails of a mailbox by their immutable ids.
func mailTable(mailbox string) string { return "graph/mail/" + fold(mailbox) }

// immutable reports whether the client asked for ids that moving does not change.
func immutable(r *http.Request) bool {
	for _, value := range r.Header.Values("Prefer") {
		if strings.Contains(strings.ReplaceAll(value, " ", ""), `IdType="ImmutableId"`) {
			return true
		}
	}
	return false
}

// findMail returns the mail that an id of either form names.
func findMail(e *edit, mailbox, id string) (message, bool) {
	if m, ok := load[message](e, mailTable(mailbox), id); ok {
		return m, true
	}
	all := list[message](e, mailTable(mailbox))
	i := slices.IndexFunc(all, func(m message) bool { return m.ID == id })
	if i < 0 {
		return message{}, false
	}
	return all[i], true
}

// wire returns the message as the service gives it.
func (m message) wire(immutable bool) map[string]any {
	id := m.ID
	if immutable {
		id = m.Immutable
	}
	stamp := opaque("CQAAAA", m.Immutable, m.Version)[:32]
	preview := m.Text
	if len(preview) > 255 {
		preview = strings.ToValidUTF8(preview[:255], "")
	}
	sender := map[string]any{"emailAddress": m.From.wire()}
	return map[string]any{
		"@odata.etag": `W/"` + stamp + `"`, "id": id, "changeKey": stamp, "categories": []string{},
		"createdDateTime": stamped(m.Received), "lastModifiedDateTime": stamped(m.Modified),
		"receivedDateTime": stamped(m.Received), "sentDateTime": stamped(m.Received),
		"hasAttachments": len(m.Files) > 0, "internetMessageId": m.MessageID, "subject": m.Subject,
		"bodyPreview": preview, "importance": "normal", "parentFolderId": m.Folder,
		"conversationId": opaque("AAQk", m.MessageID), "conversationIndex": opaque("AQHY", m.MessageID)[:24],
		"isDeliveryReceiptRequested": nil, "isReadReceiptRequested": false, "isRead": m.Read, "isDraft": false,
		"webLink":                 "https://outlook.office365.com/owa/?ItemID=" + id + "&exvsurl=1&viewmodel=ReadMessageItem",
		"inferenceClassification": "focused",
		"body":                    map[string]any{"contentType": "text", "content": m.Text},
		"sender":                  sender, "from": sender,
		"toRecipients": recipients(m.To), "ccRecipients": recipients(m.CC), "bccRecipients": []any{}, "replyTo": recipients(m.ReplyTo),
		"flag": map[string]any{"flagStatus": "notFlagged"},
	}
}

func (p person) wire() map[string]any { return map[string]any{"name": p.Name, "address": p.Address} }

func recipients(people []person) []map[string]any {
	out := make([]map[string]any, len(people))
	for i, p := range people {
		out[i] = map[string]any{"emailAddress": p.wire()}
	}
	return out
}

func stamped(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
