package imap

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/harrier-soar/harrier/connector"
)

// tally counts mails, each once, however many mailboxes have it.
type tally struct {
	mu             sync.Mutex // guards what follows
	sent, received map[string]int64
	truncated      bool
}

// correspondence counts what our people wrote to somebody, by their folders for
// sent mail, and what came from there.
func correspondence(ctx context.Context, env *connector.Env, in map[string]any) (map[string]any, error) {
	with := strings.ToLower(strings.TrimSpace(text(in, "with")))
	if with == "" || hasControls(with) {
		return nil, connector.Errorf(connector.Invalid, "%.80q is neither a mail address nor a domain", with)
	}
	boxes, err := mailboxes(env, in)
	if err != nil {
		return nil, err
	}
	since, until := moment(in, "since"), moment(in, "until")
	count := &tally{sent: map[string]int64{}, received: map[string]int64{}}
	criteria := during(since, until)
	header := func(name string) imap.SearchCriteria {
		return imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: name, Value: with}}}
	}
	criteria.Or = [][2]imap.SearchCriteria{{
		{Or: [][2]imap.SearchCriteria{{header("From"), header("To")}}},
		{Or: [][2]imap.SearchCriteria{{header("Cc"), header("Bcc")}}},
	}}
	err = everywhere(ctx, env, boxes, func(ctx context.Context, s *session) error {
		return s.walk(ctx, criteria, func(f *imap.ListData, list []message, cut bool) error {
			list = slices.DeleteFunc(list, func(m message) bool { return !m.within(since, until) })
			count.add(f, list, with)
			count.mu.Lock()
			defer count.mu.Unlock()
			count.truncated = count.truncated || cut
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return count.fields(), nil
}

// add counts what of a folder was written to somebody, or came from there.
func (t *tally) add(f *imap.ListData, list []message, with string) {
	is := func(a string) bool {
		return a == with || strings.HasSuffix(a, "@"+with) || !strings.Contains(with, "@") && strings.HasSuffix(a, "."+with)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range list {
		name := m.messageID
		if name == "" {
			name = m.String()
		}
		switch came := slices.ContainsFunc(m.from, is); {
		case came && !isDraft(f):
			if at, ok := t.received[name]; !ok || m.received < at {
				t.received[name] = m.received
			}
		case !came && isSent(f) && slices.ContainsFunc(m.to, is):
			t.sent[name] = max(t.sent[name], m.received)
		}
	}
}

// fields are the counts as the verb shows them.
func (t *tally) fields() map[string]any {
	out := map[string]any{"sent": int64(len(t.sent)), "received": int64(len(t.received)), "truncated": t.truncated}
	last, first := int64(0), int64(0)
	for _, at := range t.sent {
		last = max(last, at)
	}
	for _, at := range t.received {
		if first == 0 || at < first {
			first = at
		}
	}
	if len(t.sent) > 0 {
		out["last_sent"] = time.Unix(last, 0).UTC().Format(time.RFC3339)
	}
	if len(t.received) > 0 {
		out["first_received"] = time.Unix(first, 0).UTC().Format(time.RFC3339)
	}
	return out
}

// isSent tells whether a folder holds what its owner sent: the server says so
// (RFC 6154), or it has one of the names that mail programs give it.
func isSent(f *imap.ListData) bool {
	return slices.Contains(f.Attrs, imap.MailboxAttrSent) ||
		slices.Contains([]string{"sent", "sent items", "sent messages", "sent mail"}, strings.ToLower(lastName(f)))
}

func isDraft(f *imap.ListData) bool {
	return slices.Contains(f.Attrs, imap.MailboxAttrDrafts) || strings.EqualFold(lastName(f), "drafts")
}

// lastName is the name of a folder without those above it.
func lastName(f *imap.ListData) string {
	if f.Delim == 0 {
		return f.Mailbox
	}
	return f.Mailbox[strings.LastIndex(f.Mailbox, string(f.Delim))+1:]
}
