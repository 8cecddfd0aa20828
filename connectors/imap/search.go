package imap

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/harrier-soar/harrier/connector"
)

const (
	// atOnce is how many mailboxes are asked at the same time.
	atOnce = 4
	// maxFound bounds what is read of one folder, newest first.
	maxFound = 2000
	// maxMessages bounds an answer.
	maxMessages = 10000
	// maxRead bounds the mails of one mailbox whose content is read, maxMail each of them.
	maxRead, maxMail = 500, 10 << 20
	// maxRaw bounds a mail that mail.get hands out.
	maxRaw = 700 << 10
)

// check logs in to the first mailbox.
func check(ctx context.Context, env *connector.Env, _ map[string]any) (map[string]any, error) {
	boxes, err := mailboxes(env, nil)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, env, boxes[0])
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.client.Noop().Wait(); err != nil {
		return nil, s.failed("say anything", err, false)
	}
	caps := s.client.Caps()
	return map[string]any{"reachable": true, "moves": caps.Has(imap.CapMove) && caps.Has(imap.CapUIDPlus)}, nil
}

// mailboxes are those that a call names, or else those of the connection.
func mailboxes(env *connector.Env, in map[string]any) ([]string, error) {
	list := texts(in, "mailboxes")
	if len(list) == 0 {
		list = texts(env.Settings, "mailboxes")
	}
	if len(list) == 0 {
		return nil, connector.Errorf(connector.Invalid, "IMAP cannot list mailboxes: name them in the settings of the connection")
	}
	return list, nil
}

// everywhere does something in every mailbox, several at once. The first
// failure ends it: what was not looked at must not count as clean.
func everywhere(ctx context.Context, env *connector.Env, boxes []string, do func(ctx context.Context, s *session) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	todo := make(chan string)
	var work sync.WaitGroup
	for range min(atOnce, len(boxes)) {
		work.Go(func() {
			for box := range todo {
				s, err := open(ctx, env, box)
				if err == nil {
					err = do(ctx, s)
					s.close()
				}
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, box := range boxes {
		if ctx.Err() != nil {
			break
		}
		todo <- box
	}
	close(todo)
	work.Wait()
	if err := context.Cause(ctx); err != nil {
		return definite(err)
	}
	return nil
}

// query is what a search looks for.
type query struct {
	messageID, subject, sender string
	links, hashes              []string
	since, until               time.Time
}

// newQuery reads the input of a search.
func newQuery(in map[string]any) (query, error) {
	q := query{
		messageID: bare(text(in, "message_id")), subject: oneSpace(text(in, "subject")), sender: strings.ToLower(text(in, "sender")),
		links: texts(in, "links"), hashes: texts(in, "attachment_sha256"), since: moment(in, "since"), until: moment(in, "until"),
	}
	for _, t := range []string{q.messageID, q.subject, q.sender} {
		if hasControls(t) {
			return q, connector.Errorf(connector.Invalid, "%.80q has control characters", t)
		}
	}
	arrivals := len(texts(in, "mailboxes")) > 0 && !q.since.IsZero() // all that came to mailboxes that are named
	if !arrivals && q.messageID+q.subject+q.sender == "" && len(q.links)+len(q.hashes) == 0 {
		return q, connector.Errorf(connector.Invalid, "say what to look for: message_id, subject, sender, links or attachment_sha256; or mailboxes and since")
	}
	return q, nil
}

// bare takes the angle brackets off a Message-ID.
func bare(id string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")
}

// oneSpace makes every run of spaces one, as folding a header line may change them.
func oneSpace(text string) string { return strings.Join(strings.Fields(text), " ") }

// moment returns a time among values; the zero time where there is none.
func moment(values map[string]any, name string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text(values, name))
	if err != nil {
		return time.Time{}
	}
	return at
}

// criteria is what the server is asked: more than is looked for, since it
// compares days of its own zone and parts of texts.
func (q query) criteria() *imap.SearchCriteria {
	c := during(q.since, q.until)
	if q.messageID != "" {
		c.Header = append(c.Header, imap.SearchCriteriaHeaderField{Key: "Message-ID", Value: q.messageID})
	}
	if q.sender != "" {
		c.Header = append(c.Header, imap.SearchCriteriaHeaderField{Key: "From", Value: q.sender})
	}
	if words := strings.Fields(q.subject); len(words) > 0 {
		longest := slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) })
		c.Header = append(c.Header, imap.SearchCriteriaHeaderField{Key: "Subject", Value: longest})
	}
	return c
}

// during asks for what was received in a span of time, and somewhat more.
func during(since, until time.Time) *imap.SearchCriteria {
	c := &imap.SearchCriteria{}
	if !since.IsZero() {
		c.Since = since.UTC().AddDate(0, 0, -1)
	}
	if !until.IsZero() {
		c.Before = until.UTC().AddDate(0, 0, 2)
	}
	return c
}

// within tells whether a mail was received in a span of time.
func (m message) within(since, until time.Time) bool {
	at := time.Unix(m.received, 0)
	return (since.IsZero() || at.After(since) || at.Equal(since.Truncate(time.Second))) && (until.IsZero() || at.Before(until))
}

// matches tells whether the header is what is looked for.
func (q query) matches(m message) bool {
	return (q.messageID == "" || bare(m.messageID) == q.messageID) &&
		(q.subject == "" || oneSpace(m.subject) == q.subject) &&
		(q.sender == "" || slices.Contains(m.from, q.sender)) && m.within(q.since, q.until)
}

// findings gathers what several mailboxes gave.
type findings struct {
	mu        sync.Mutex // guards what follows
	messages  []map[string]any
	truncated bool
}

func (f *findings) add(mailbox string, list []message, truncated bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.truncated = f.truncated || truncated
	for _, m := range list {
		if len(f.messages) >= maxMessages {
			f.truncated = true
			return
		}
		f.messages = append(f.messages, m.fields(mailbox))
	}
}

// search finds copies of a mail over all mailboxes, but not those in quarantine.
func search(ctx context.Context, env *connector.Env, in map[string]any) (map[string]any, error) {
	q, err := newQuery(in)
	if err != nil {
		return nil, err
	}
	boxes, err := mailboxes(env, in)
	if err != nil {
		return nil, err
	}
	found := &findings{}
	err = everywhere(ctx, env, boxes, func(ctx context.Context, s *session) error {
		list, cut, err := s.search(ctx, q)
		found.add(s.mailbox, list, cut)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found.messages, func(a, b map[string]any) int {
		return strings.Compare(text(a, "mailbox")+"\x00"+text(a, "id"), text(b, "mailbox")+"\x00"+text(b, "id"))
	})
	messages := make([]any, len(found.messages))
	for i, m := range found.messages {
		messages[i] = m
	}
	return map[string]any{"messages": messages, "truncated": found.truncated}, nil
}

// search finds copies in one mailbox.
func (s *session) search(ctx context.Context, q query) (out []message, truncated bool, err error) {
	read := 0
	err = s.walk(ctx, q.criteria(), func(_ *imap.ListData, list []message, cut bool) error {
		truncated = truncated || cut
		for _, m := range list {
			if !q.matches(m) {
				continue
			}
			if len(q.links)+len(q.hashes) > 0 {
				if read++; read > maxRead || m.size > maxMail {
					truncated = true
					continue
				}
				raw, err := s.whole(m.uid, maxMail)
				if err != nil && connector.AsError(err).Class == connector.NotFound {
					continue // somebody deleted it at this moment
				}
				if err != nil {
					return err
				}
				if !holds(raw, q.links, q.hashes) {
					continue
				}
			}
			out = append(out, m)
		}
		return nil
	})
	return out, truncated, err
}

// walk goes through the folders of a mailbox, all but the quarantine folder,
// with the newest of what matches in each.
func (s *session) walk(ctx context.Context, criteria *imap.SearchCriteria, visit func(*imap.ListData, []message, bool) error) error {
	folders, err := s.folders()
	if err != nil {
		return err
	}
	for _, f := range folders {
		if ctx.Err() != nil {
			return connector.Errorf(connector.Unavailable, "the call ended: %w", context.Cause(ctx))
		}
		if sameFolder(f.Mailbox, quarantineFolder(s.env)) {
			continue
		}
		validity, err := s.look(f.Mailbox)
		if err != nil {
			return err
		}
		uids, err := s.sift(criteria)
		if err != nil {
			return err
		}
		cut := len(uids) > maxFound
		list, err := s.headers(f.Mailbox, validity, uids[max(0, len(uids)-maxFound):])
		if err != nil {
			return err
		}
		if err := visit(f, list, cut); err != nil {
			return err
		}
	}
	return nil
}

// get reads one mail.
func get(ctx context.Context, env *connector.Env, in map[string]any) (map[string]any, error) {
	s, m, err := copyOf(ctx, env, in)
	if err != nil {
		return nil, err
	}
	defer s.close()
	out := m.fields(s.mailbox)
	to := make([]any, len(m.to))
	for i, a := range m.to {
		to[i] = a
	}
	out["to"] = to
	if m.size > maxRaw {
		return out, nil
	}
	raw, err := s.whole(m.uid, maxRaw+1)
	if err != nil {
		return nil, err
	}
	if len(raw) <= maxRaw {
		out["raw"] = base64.StdEncoding.EncodeToString(raw)
	}
	return out, nil
}
