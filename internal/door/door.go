package door

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Intake takes what comes through the door.
type Intake interface {
	// Take commits a batch and returns then. The events get their ids as they
	// are committed, so that ids rise with the order of commits.
	Take(ctx context.Context, b Batch) (Receipt, error)
	// KeepRequest keeps what a sender asks a person for.
	KeepRequest(ctx context.Context, r Request) error
}

// Batch is what one delivery brings.
type Batch struct {
	Source harrier.Source
	// Delivery is the name that the sender gave it; empty where it gave none.
	Delivery string
	Events   []harrier.RawEvent
}

// Receipt says what became of a batch.
type Receipt struct {
	Events []harrier.EventID
	// Again tells that the delivery was taken before: nothing was added, and
	// Events begins with what it was then.
	Again bool
}

// Request is what a sender asks a person for, such as to confirm a subscription.
type Request struct {
	Tenant harrier.TenantID
	Source harrier.SourceID
	// Kind is sns.
	Kind string
	// URL is where it is confirmed.
	URL string
	At  time.Time
}

// Config is what a door is made of. All is required.
type Config struct {
	Sources Sources
	Secrets Secrets
	Intake  Intake
	Amazon  Amazon
	Log     *slog.Logger
	Now     func() time.Time
}

// Door takes deliveries. It is safe for concurrent use.
type Door struct {
	cfg       Config
	directory *directory
	// porch holds those whose body is being read, hall those that are being
	// committed: who is slow to speak does not stand in the way of who is done.
	porch, hall *gate
	// patience is how long a body may take to come.
	patience time.Duration

	signers *signers
	refused *refusals

	mu   sync.Mutex // guards ends
	ends map[harrier.SourceID]time.Time
}

// CertificateEnd is when the certificate ends with which the sender of a source
// came last; zero where it has come with none since the start.
func (d *Door) CertificateEnd(id harrier.SourceID) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ends[id]
}

// seen remembers when the certificate of a sender ends.
func (d *Door) seen(v *delivery) {
	if v.settings.Auth.Kind != MTLS {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ends[v.source.ID] = v.r.TLS.VerifiedChains[0][0].NotAfter
}

// New returns a door.
func New(cfg Config) *Door {
	return &Door{
		cfg: cfg, ends: map[harrier.SourceID]time.Time{}, refused: &refusals{list: map[harrier.SourceID]Refusal{}}, signers: &signers{turn: make(chan struct{}, 4), kept: map[string]signer{}},
		directory: &directory{sources: cfg.Sources, secrets: cfg.Secrets, log: cfg.Log, now: cfg.Now},
		porch:     newGate(limits{slots: 512, reserve: 32, share: 128, waiting: 128, bytes: 64 << 20, patience: time.Second}),
		patience:  10 * time.Second,
		hall:      newGate(limits{slots: 256, reserve: 32, share: 128, waiting: 256, bytes: 64 << 20, patience: 2 * time.Second}),
	}
}

// delivery is a request on its way in.
type delivery struct {
	*entry
	proven
	r    *http.Request
	now  time.Time
	body []byte
	kind string
	meta meta
}

// Deliver takes a request for a source: its path value source names it, and
// rest is what follows. An answer was written where the error is nil; an error
// is of a kind and tells the sender nothing that it need not know.
func (d *Door) Deliver(w http.ResponseWriter, r *http.Request) error {
	d.hurry(w)
	known, err := d.directory.look(r.Context())
	if err != nil {
		return err
	}
	e := known.named(r.PathValue("source"))
	if e == nil {
		return errStranger
	}
	return d.deliver(w, r, e)
}

// hurry bounds how long anything more is read from a sender, also where it is
// refused: the server reads what is left of a body before it lets go.
func (d *Door) hurry(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(d.patience)) // not every transport has deadlines
}

// deliver takes a request for a source that exists.
func (d *Door) deliver(w http.ResponseWriter, r *http.Request, e *entry) error {
	if e.fault != nil { // a door that cannot tell who comes is shut (WH-04)
		return errBusy
	}
	v := &delivery{entry: e, r: r, now: d.cfg.Now().UTC().Truncate(time.Microsecond)}
	if err := d.hear(w, v); err != nil {
		if errors.Is(err, errStranger) {
			d.refused.add(v, v.settings.Auth.why(r, v.now))
		}
		return err
	}
	d.seen(v)
	if answer := e.settings.challenge(r); answer != nil {
		answer.send(w, http.StatusOK)
		return nil
	}
	if r.Method == http.MethodGet {
		text("ok\n").send(w, http.StatusOK) // senders look whether somebody is there
		return nil
	}
	return d.take(w, v)
}

// hear reads the body and holds the proof against what is declared.
func (d *Door) hear(w http.ResponseWriter, v *delivery) (err error) {
	p := proof{r: v.r, rest: v.r.PathValue("rest"), now: v.now}
	early := !v.settings.Auth.needsBody()
	if early {
		if v.proven, err = v.settings.Auth.admit(p, v.secrets); err != nil {
			return err
		}
	}
	most := v.settings.maxBody()
	if v.r.ContentLength > most {
		return errTooLarge(most, &http.MaxBytesError{Limit: most})
	}
	size := v.r.ContentLength
	if size < 0 {
		size = most
	}
	leave, err := d.porch.enter(v.r.Context(), v.source.ID, size, v.settings.Critical)
	if err != nil {
		return err
	}
	defer leave()
	if v.body, err = d.readBody(w, v.r, most); err != nil {
		return err
	}
	if !early {
		p.body = v.body
		v.proven, err = v.settings.Auth.admit(p, v.secrets)
	}
	return err
}

// take commits a delivery and answers.
func (d *Door) take(w http.ResponseWriter, v *delivery) (err error) {
	leave, err := d.hall.enter(v.r.Context(), v.source.ID, int64(len(v.body)), v.settings.Critical)
	if err != nil {
		return err
	}
	defer leave()
	if v.body, err = unpack(v.r.Header.Get("Content-Encoding"), v.body, v.settings.maxBody()); err != nil {
		return err
	}
	if v.kind, v.body, err = plain(v.r.Header.Get("Content-Type"), v.body); err != nil {
		return err
	}
	if answer := v.settings.spoken(v.body); answer != nil {
		answer.send(w, http.StatusOK)
		return nil
	}
	v.meta = metaOf(v)
	if e, ok := v.settings.opened(v.r, v.body); ok {
		asked, err := d.fromSNS(v, e)
		if errors.Is(err, errStranger) {
			d.refused.add(v, "it is not signed by SNS for one of the source's topics, or it is old")
		}
		if err != nil {
			return err
		}
		if asked {
			text("ok\n").send(w, http.StatusOK)
			return nil
		}
	} else if len(v.settings.Topics) > 0 { // without its envelope nothing tells who it is of
		d.refused.add(v, "it is no message of SNS with its envelope: turn raw message delivery off")
		return errStranger
	}
	if len(strings.TrimSpace(string(v.body))) == 0 {
		return harrier.Errorf(harrier.Invalid, "the body is empty")
	}
	if v.settings.Shape == "thehive" {
		return d.takeAlert(w, v)
	}
	got, err := d.cfg.Intake.Take(v.r.Context(), v.batch(v.settings.split()))
	if err != nil {
		return err
	}
	return v.answer(w, got)
}

// batch makes what is committed of a delivery: events of at most n records.
func (v *delivery) batch(n int) Batch {
	if v.settings.Shape == "hec" {
		v.body = uncollected(v.body)
	}
	parts := [][]byte{v.body}
	if strings.Contains(v.kind, "json") || guess(v.body) == typeJSON {
		parts = split(v.body, n)
	}
	told, _ := json.Marshal(v.meta) // a struct of texts always encodes
	b := Batch{Source: v.source, Delivery: v.delivery, Events: make([]harrier.RawEvent, len(parts))}
	for i, part := range parts {
		b.Events[i] = harrier.RawEvent{
			Tenant: v.source.Tenant, Source: v.source.ID, Received: v.now, Content: v.kind, Meta: told,
			Body: part, Lane: v.settings.lane(), State: harrier.EventPending,
		}
	}
	return b
}

// answer says that the events are committed.
func (v *delivery) answer(w http.ResponseWriter, got Receipt) error {
	if v.settings.Shape == "hec" {
		return send(w, http.StatusOK, map[string]any{"text": "Success", "code": 0})
	}
	out := map[string]any{"events": got.Events}
	if got.Again {
		out["again"] = true
	}
	return send(w, http.StatusAccepted, out)
}

// send answers with JSON.
func send(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode an answer: %w", err)
	}
	(&reply{typeJSON, body}).send(w, status)
	return nil
}

// meta is what is kept of a request beside its body. Nothing that proves
// anybody is in it.
type meta struct {
	Peer     string            `json:"peer,omitempty"`
	Path     string            `json:"path,omitempty"`
	Delivery string            `json:"delivery,omitempty"`
	Headers  map[string]string `json:"headers,omitempty"`
	TimeZone string            `json:"time_zone,omitempty"`
	SNS      *snsMeta          `json:"sns,omitempty"`
}

type snsMeta struct {
	MessageID string `json:"message_id"`
	Topic     string `json:"topic_arn"`
	Subject   string `json:"subject,omitempty"`
	Timestamp string `json:"timestamp,omitempty"`
}

// keptHeaders lists the headers that say something about an event.
func keptHeaders() []string {
	return []string{
		"Content-Type", "User-Agent", "X-Github-Event", "X-Gitlab-Event", "X-Event-Type", "X-Amz-Sns-Message-Type",
		"X-Amz-Sns-Topic-Arn", "X-Request-Id", "X-Pagerduty-Event", "Ce-Type", "Ce-Source", "Ce-Id",
	}
}

func metaOf(v *delivery) meta {
	const most = 300
	m := meta{Peer: peerOf(v.r), Path: clip(v.rest, most), Delivery: clip(v.delivery, maxID), TimeZone: v.source.TimeZone, Headers: map[string]string{}}
	for _, name := range keptHeaders() {
		if value := v.r.Header.Get(name); value != "" {
			m.Headers[strings.ToLower(name)] = clip(value, most)
		}
	}
	return m
}

// peerOf is the address that a request came from.
func peerOf(r *http.Request) string {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return cmp.Or(host, r.RemoteAddr)
}

// clip cuts a text from outside to n bytes of UTF-8.
func clip(s string, n int) string { return strings.ToValidUTF8(s[:min(n, len(s))], "") }
