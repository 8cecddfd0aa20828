package imap

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/harrier-soar/harrier/connector"
)

// maxHeader bounds what is read of the header of a mail.
const maxHeader = 32 << 10

// message is one copy, as far as its header tells.
type message struct {
	copyID
	subject string
	from    []string
	to      []string
	read    bool
}

// fields are the message as the verbs show it.
func (m message) fields(mailbox string) map[string]any {
	out := map[string]any{
		"mailbox": mailbox, "id": m.String(), "subject": m.subject, "folder": m.folder, "read": m.read,
		"received": time.Unix(m.received, 0).UTC().Format(time.RFC3339),
	}
	if m.messageID != "" {
		out["internet_message_id"] = m.messageID
	}
	if len(m.from) > 0 {
		out["from"] = m.from[0]
	}
	return out
}

// folders lists the folders that can hold mail, the inbox first.
func (s *session) folders() ([]*imap.ListData, error) {
	options := &imap.ListOptions{ReturnSpecialUse: s.client.Caps().Has(imap.CapSpecialUse) && s.client.Caps().Has("LIST-EXTENDED")}
	all, err := s.client.List("", "*", options).Collect()
	if err != nil {
		return nil, s.failed("list folders", err, false)
	}
	all = slices.DeleteFunc(all, func(f *imap.ListData) bool {
		return slices.Contains(f.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(f.Attrs, imap.MailboxAttrNonExistent)
	})
	slices.SortStableFunc(all, func(a, b *imap.ListData) int {
		switch {
		case isInbox(a.Mailbox) && !isInbox(b.Mailbox):
			return -1
		case isInbox(b.Mailbox) && !isInbox(a.Mailbox):
			return 1
		}
		return strings.Compare(a.Mailbox, b.Mailbox)
	})
	return all, nil
}

func isInbox(folder string) bool { return strings.EqualFold(folder, "INBOX") }

// sameFolder compares names of folders: only INBOX has no case.
func sameFolder(a, b string) bool { return a == b || isInbox(a) && isInbox(b) }

// look opens a folder without marking anything in it.
func (s *session) look(folder string) (validity uint32, err error) {
	data, err := s.client.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return 0, s.failed("open folder "+folder, err, false)
	}
	return data.UIDValidity, nil
}

// sift returns the numbers of what matches in the open folder.
func (s *session) sift(criteria *imap.SearchCriteria) ([]imap.UID, error) {
	data, err := s.client.UIDSearch(criteria, nil).Wait()
	if err != nil {
		return nil, s.failed("search", err, false)
	}
	if all, ok := data.All.(imap.UIDSet); !ok || all.Dynamic() {
		return nil, nil
	}
	return data.AllUIDs(), nil
}

// headers reads what a folder's messages are. Those that went away meanwhile are not among them.
func (s *session) headers(folder string, validity uint32, uids []imap.UID) ([]message, error) {
	if len(uids) == 0 {
		return nil, nil
	}
	section := &imap.FetchItemBodySection{
		Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Message-ID", "Subject", "From", "To", "Cc", "Bcc"},
		Partial: &imap.SectionPartial{Size: maxHeader}, Peek: true,
	}
	list, err := s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{
		UID: true, Flags: true, InternalDate: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{section},
	}).Collect()
	if err != nil {
		return nil, s.failed("read headers", err, false)
	}
	out := make([]message, 0, len(list))
	for _, one := range list {
		if one.UID == 0 || len(one.BodySection) == 0 {
			continue
		}
		m := message{copyID: copyID{place: place{folder, validity, one.UID}, nature: nature{received: one.InternalDate.Unix(), size: one.RFC822Size}}}
		m.read = slices.Contains(one.Flags, imap.FlagSeen)
		m.readHeader(one.BodySection[0].Bytes)
		out = append(out, m)
	}
	return out, nil
}

// readHeader takes what it can from a header that somebody else wrote.
func (m *message) readHeader(raw []byte) {
	header := headerOf(raw)
	m.messageID = printable(header.Get("Message-Id"))
	m.subject = decoded(header.Get("Subject"))
	m.from = addresses(header["From"])
	m.to = addresses(slices.Concat(header["To"], header["Cc"], header["Bcc"]))
}

// headerOf reads a header, line by line, and passes over what is none.
func headerOf(raw []byte) mail.Header {
	out := mail.Header{}
	name, value := "", ""
	keep := func() {
		if name != "" {
			key := canonical(name)
			out[key] = append(out[key], strings.TrimSpace(value))
		}
	}
	for line := range bytes.Lines(raw) {
		text := strings.TrimRight(string(line), "\r\n")
		if text == "" {
			break
		}
		if text[0] == ' ' || text[0] == '\t' {
			value += " " + strings.TrimSpace(text)
			continue
		}
		keep()
		var ok bool
		if name, value, ok = strings.Cut(text, ":"); !ok {
			name = ""
		}
	}
	keep()
	return out
}

// canonical spells a name as [mail.Header.Get] looks for it.
func canonical(name string) string {
	words := strings.Split(strings.ToLower(strings.TrimSpace(name)), "-")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "-")
}

// words decodes encoded words; those of an unknown character set stay as they are.
func words() *mime.WordDecoder {
	return &mime.WordDecoder{CharsetReader: func(_ string, r io.Reader) (io.Reader, error) { return r, nil }}
}

func decoded(value string) string {
	text, err := words().DecodeHeader(value)
	if err != nil {
		text = value
	}
	return printable(text)
}

// printable keeps a text on one line and valid.
func printable(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd")))
}

// addresses returns the addresses in header fields, in lower case. What cannot
// be read as a list still gives what stands in angle brackets.
func addresses(fields []string) []string {
	var out []string
	parser := mail.AddressParser{WordDecoder: words()}
	for _, f := range fields {
		list, err := parser.ParseList(f)
		if err == nil {
			for _, a := range list {
				out = append(out, strings.ToLower(a.Address))
			}
			continue
		}
		for rest := f; ; {
			_, after, ok := strings.Cut(rest, "<")
			address, behind, closed := strings.Cut(after, ">")
			if !ok || !closed {
				break
			}
			if strings.Contains(address, "@") {
				out = append(out, strings.ToLower(printable(address)))
			}
			rest = behind
		}
	}
	return out
}

// whole reads the first bytes of a mail as they are.
func (s *session) whole(uid imap.UID, limit int64) ([]byte, error) {
	section := &imap.FetchItemBodySection{Partial: &imap.SectionPartial{Size: limit}, Peek: true}
	list, err := s.client.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil {
		return nil, s.failed("read a mail", err, false)
	}
	for _, one := range list {
		if one.UID == uid && len(one.BodySection) > 0 {
			return one.BodySection[0].Bytes, nil
		}
	}
	return nil, connector.Errorf(connector.NotFound, "mailbox %s: the mail is no longer there", s.mailbox)
}

// find tells where a copy is now: where its id says, else in the quarantine
// folder, else in any other folder of the mailbox.
func (s *session) find(ctx context.Context, id copyID) (message, error) {
	folders, err := s.folders()
	if err != nil {
		return message{}, err
	}
	names := []string{id.folder, quarantineFolder(s.env)}
	for _, f := range folders {
		if !slices.ContainsFunc(names[:2], func(n string) bool { return sameFolder(n, f.Mailbox) }) {
			names = append(names, f.Mailbox)
		}
	}
	for i, name := range names {
		if ctx.Err() != nil {
			return message{}, connector.Errorf(connector.Unavailable, "the call ended: %w", context.Cause(ctx))
		}
		if !slices.ContainsFunc(folders, func(f *imap.ListData) bool { return sameFolder(f.Mailbox, name) }) || i == 1 && sameFolder(name, id.folder) {
			continue
		}
		m, ok, err := s.findIn(name, id)
		if err != nil || ok {
			return m, err
		}
	}
	return message{}, connector.Errorf(connector.NotFound, "mailbox %s: the mail is no longer there", s.mailbox)
}

// findIn looks for a copy in one folder: by its number where that still means
// something, else by what it keeps.
func (s *session) findIn(folder string, id copyID) (message, bool, error) {
	validity, err := s.look(folder)
	if err != nil {
		return message{}, false, err
	}
	var uids []imap.UID
	if sameFolder(folder, id.folder) && validity == id.validity {
		uids = []imap.UID{id.uid}
	} else if uids, err = s.sift(id.criteria()); err != nil {
		return message{}, false, err
	}
	list, err := s.headers(folder, validity, uids)
	for _, m := range list {
		if m.nature == id.nature {
			return m, true, nil
		}
	}
	return message{}, false, err
}

// criteria narrows a search to what may be this mail.
func (n nature) criteria() *imap.SearchCriteria {
	if n.messageID != "" {
		return &imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: n.messageID}}}
	}
	at := time.Unix(n.received, 0).UTC()
	return &imap.SearchCriteria{Since: at.AddDate(0, 0, -1), Before: at.AddDate(0, 0, 2), Larger: n.size - 1, Smaller: n.size + 1}
}
