package door

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

// house is a door with sources behind it, and what came in.
type house struct {
	*Door
	mu       sync.Mutex // guards what follows
	sources  []harrier.Source
	secrets  map[string]string
	taken    []harrier.RawEvent
	names    map[string]harrier.EventID
	requests []Request
	broken   error
	hold     chan struct{} // where set, taking waits for it
	now      time.Time
}

func (h *house) DoorSources(context.Context) ([]harrier.Source, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]harrier.Source{}, h.sources...), nil
}

func (h *house) Reveal(_ context.Context, tenant harrier.TenantID, name, field string) (harrier.Secret, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v, ok := h.secrets[tenant.String()+name+field]
	if !ok {
		return harrier.Secret{}, harrier.Errorf(harrier.NotFound, "no secret")
	}
	return harrier.NewSecret(v), nil
}

func (h *house) Take(ctx context.Context, b Batch) (Receipt, error) {
	if h.hold != nil && b.Source.Name == "flood" {
		select {
		case <-h.hold:
		case <-ctx.Done():
			return Receipt{}, context.Cause(ctx)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.broken != nil {
		return Receipt{}, h.broken
	}
	if id, ok := h.names[b.Source.ID.String()+b.Delivery]; ok && b.Delivery != "" {
		return Receipt{[]harrier.EventID{id}, true}, nil
	}
	var r Receipt
	for _, e := range b.Events {
		e.ID = harrier.NewID[harrier.EventID](h.now)
		h.taken, r.Events = append(h.taken, e), append(r.Events, e.ID)
	}
	h.names[b.Source.ID.String()+b.Delivery] = r.Events[0]
	return r, nil
}

func (h *house) KeepRequest(_ context.Context, r Request) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = append(h.requests, r)
	return nil
}

func (h *house) bodies() (list []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.taken {
		list = append(list, string(e.Body))
	}
	return list
}

func newHouse() *house {
	h := &house{secrets: map[string]string{}, names: map[string]harrier.EventID{}, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	h.Door = New(Config{Sources: h, Secrets: h, Intake: h, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return h.now }})
	return h
}

// add adds a source whose secrets are those given, the newest first.
func (h *house) add(name string, s Settings, secrets ...string) harrier.Source {
	src := harrier.Source{Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.SourceID]("source", name), Name: name, Kind: "webhook", Enabled: true, Rev: 1}
	return h.put(src, s, secrets...)
}

func (h *house) put(src harrier.Source, s Settings, secrets ...string) harrier.Source {
	for i, v := range secrets {
		field := "key-" + strconv.Itoa(i)
		s.Auth.Keys = append(s.Auth.Keys, Key{Field: field})
		h.secrets[src.Tenant.String()+src.ID.String()+field] = v
	}
	src.Settings, _ = json.Marshal(s)
	h.mu.Lock()
	h.sources = append(h.sources, src)
	h.mu.Unlock()
	h.Changed()
	return src
}

// post delivers a body and returns the status, the answer and the error.
func (h *house) post(target, body string, header ...string) (*httptest.ResponseRecorder, error) {
	req := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return h.send(req)
}

func (h *house) send(req *http.Request) (*httptest.ResponseRecorder, error) {
	rec := httptest.NewRecorder()
	var err error
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/in/{source}/{rest...}", func(w http.ResponseWriter, r *http.Request) { err = h.Deliver(w, r) })
	mux.HandleFunc("/v1/in/{source}", func(w http.ResponseWriter, r *http.Request) { err = h.Deliver(w, r) })
	mux.HandleFunc("/api/v1/alert", func(w http.ResponseWriter, r *http.Request) { err = h.DeliverAlert(w, r) })
	mux.ServeHTTP(rec, req)
	return rec, err
}

const token = "hin_0123456789abcdefghijklmnopqrstuvwxyz"

func TestDeliver_letsInWhoProvesItselfAsDeclaredAndNobodyElse(t *testing.T) { // WH-01
	t.Parallel()
	body := `{"id":1}`
	github := "sha256=" + hex.EncodeToString(signed(body))
	slack := "v0=" + hex.EncodeToString(signed("v0:1795424400:"+body))
	for _, c := range []struct {
		name     string
		settings Settings
		path     string
		header   []string
		ok       bool
	}{
		{"bearer", Settings{Auth: Auth{Kind: Bearer}}, "", []string{"Authorization", "Bearer " + token}, true},
		{"bearer in lower case", Settings{Auth: Auth{Kind: Bearer}}, "", []string{"Authorization", "bearer " + token}, true},
		{"the token of a collector", Settings{Auth: Auth{Kind: Bearer}}, "", []string{"Authorization", "Splunk " + token}, true},
		{"bearer, wrong", Settings{Auth: Auth{Kind: Bearer}}, "", []string{"Authorization", "Bearer " + token + "x"}, false},
		{"bearer, cut", Settings{Auth: Auth{Kind: Bearer}}, "", []string{"Authorization", "Bearer " + token[:20]}, false},
		{"bearer, empty", Settings{Auth: Auth{Kind: Bearer}}, "", []string{"Authorization", "Bearer "}, false},
		{"bearer, none", Settings{Auth: Auth{Kind: Bearer}}, "", nil, false},
		{"bearer, in the address", Settings{Auth: Auth{Kind: Bearer}}, "/" + token, nil, false},
		{"a header of its own", Settings{Auth: Auth{Kind: Bearer, Header: "X-Api-Key"}}, "", []string{"X-Api-Key", token}, true},
		{"a header of its own, elsewhere", Settings{Auth: Auth{Kind: Bearer, Header: "X-Api-Key"}}, "", []string{"Authorization", "Bearer " + token}, false},
		{"basic", Settings{Auth: Auth{Kind: Basic, User: "siem"}}, "", []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("siem:"+token))}, true},
		{"basic, another user", Settings{Auth: Auth{Kind: Basic, User: "siem"}}, "", []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("root:"+token))}, false},
		{"basic, another password", Settings{Auth: Auth{Kind: Basic, User: "siem"}}, "", []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("siem:x"))}, false},
		{"token in the address", Settings{Auth: Auth{Kind: URLToken}}, "/" + token, nil, true},
		{"token in the query", Settings{Auth: Auth{Kind: URLToken}}, "?token=" + token, nil, true},
		{"token in the address, and a path", Settings{Auth: Auth{Kind: URLToken}}, "/" + token + "/alerts", nil, true},
		{"token in the address, wrong", Settings{Auth: Auth{Kind: URLToken}}, "/hin_guess", nil, false},
		{"token in the address, behind", Settings{Auth: Auth{Kind: URLToken}}, "/alerts/" + token, nil, false},
		{"signature", Settings{Auth: Auth{Kind: Signature, Header: "X-Hub-Signature-256", Prefix: "sha256="}}, "", []string{"X-Hub-Signature-256", github}, true},
		{"signature without its prefix", Settings{Auth: Auth{Kind: Signature, Header: "X-Hub-Signature-256", Prefix: "sha256="}}, "", []string{"X-Hub-Signature-256", strings.TrimPrefix(github, "sha256=")}, false},
		{"signature, empty", Settings{Auth: Auth{Kind: Signature, Header: "X-Hub-Signature-256", Prefix: "sha256="}}, "", []string{"X-Hub-Signature-256", "sha256="}, false},
		{"signature of another body", Settings{Auth: Auth{Kind: Signature, Header: "X-Sig"}}, "", []string{"X-Sig", hex.EncodeToString(signed(body + "\n"))}, false},
		{"signature with a time", slackSettings(), "", []string{"X-Slack-Signature", slack, "X-Slack-Request-Timestamp", "1795424400"}, true},
		{"signature with another time", slackSettings(), "", []string{"X-Slack-Signature", slack, "X-Slack-Request-Timestamp", "1795424401"}, false},
		{"certificate without TLS", Settings{Auth: Auth{Kind: MTLS, Names: []string{"dns:siem.corp.example"}}}, "", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse()
			if c.settings.Auth.Kind == MTLS {
				h.add("siem", c.settings)
			} else {
				h.add("siem", c.settings, token)
			}
			rec, err := h.post("/v1/in/siem"+c.path, body, c.header...)
			if c.ok && (err != nil || rec.Code != http.StatusAccepted || len(h.taken) != 1 || string(h.taken[0].Body) != body) {
				t.Errorf("got %d %v, taken %q, want the body taken", rec.Code, err, h.bodies())
			}
			if !c.ok && (!errors.Is(err, errStranger) || len(h.taken) > 0 || rec.Body.Len() > 0) {
				t.Errorf("got %v, taken %q, want the stranger's answer alone", err, h.bodies())
			}
			if c.ok && bytes.Contains(h.taken[0].Meta, []byte(token)) {
				t.Errorf("the secret is kept with the event: %s", h.taken[0].Meta)
			}
		})
	}
}

// signed is the signature of a text by the token.
func signed(text string) []byte {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func slackSettings() Settings {
	return Settings{Handshake: "slack", Auth: Auth{
		Kind: Signature, Header: "X-Slack-Signature", Prefix: "v0=", Signed: "v0:{timestamp}:{body}", TimeHeader: "X-Slack-Request-Timestamp",
	}}
}

// webhook signs as Standard Webhooks has it.
func webhook(key, id string, at time.Time, body string) []string {
	raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(key, "whsec_"))
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, raw)
	mac.Write([]byte(id + "." + stamp + "." + body))
	return []string{"webhook-id", id, "webhook-timestamp", stamp, "webhook-signature", "v1a,AAAA v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}

func TestDeliver_knowsStandardWebhooks(t *testing.T) { // WH-02, WH-03
	t.Parallel()
	key := "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	old := "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{8}, 32))
	h := newHouse()
	h.add("siem", Settings{Auth: Auth{Kind: Standard}}, key, old)
	for i, k := range []string{key, old} { // while the secret is rotated both are good
		if rec, err := h.post("/v1/in/siem", "{}", webhook(k, "msg_"+strconv.Itoa(i), h.now, "{}")...); err != nil || rec.Code != http.StatusAccepted {
			t.Errorf("secret %d: got %d %v", i, rec.Code, err)
		}
	}
	rec, err := h.post("/v1/in/siem", "{}", webhook(key, "msg_0", h.now, "{}")...)
	if err != nil || rec.Code != http.StatusAccepted || !strings.Contains(rec.Body.String(), `"again":true`) || len(h.taken) != 2 {
		t.Errorf("a delivery that came before got %d %v %s, %d events; want success and none more", rec.Code, err, rec.Body, len(h.taken))
	}
	late, early := h.now.Add(-tolerance-time.Second), h.now.Add(tolerance+time.Second)
	for name, header := range map[string][]string{
		"too old": webhook(key, "a", late, "{}"), "too new": webhook(key, "b", early, "{}"), "another body": webhook(key, "c", h.now, "{ }"),
		"another secret": webhook("whsec_AAAA", "d", h.now, "{}"), "no id": webhook(key, "", h.now, "{}")[2:],
	} {
		if _, err := h.post("/v1/in/siem", "{}", header...); !errors.Is(err, errStranger) {
			t.Errorf("%s: got %v, want the stranger's answer", name, err)
		}
	}
}

func TestDeliver_tellsNobodyWhichSourcesThereAre(t *testing.T) {
	t.Parallel()
	h := newHouse()
	h.add("siem", Settings{Auth: Auth{Kind: Bearer}}, token)
	other := harrier.Source{Tenant: harrier.DeriveID[harrier.TenantID]("other"), ID: harrier.DeriveID[harrier.SourceID]("theirs"), Name: "theirs", Kind: "webhook", Enabled: true, Rev: 1}
	h.put(other, Settings{Auth: Auth{Kind: Bearer}}, token+"2")
	for _, name := range []string{"siem", "nothing", "theirs", other.ID.String(), "SIEM", "siem%00"} {
		if _, err := h.post("/v1/in/"+name, "{}", "Authorization", "Bearer wrong"); !errors.Is(err, errStranger) {
			t.Errorf("%s: got %v, want the same as of any other", name, err)
		}
	}
	if _, err := h.post("/v1/in/siem", "{}", "Authorization", "Bearer "+token+"2"); !errors.Is(err, errStranger) {
		t.Errorf("the secret of another tenant's source got %v", err)
	}
	if rec, err := h.post("/v1/in/"+other.ID.String(), "{}", "Authorization", "Bearer "+token+"2"); err != nil || rec.Code != http.StatusAccepted || h.taken[0].Tenant != other.Tenant {
		t.Errorf("another tenant's source by its id got %d %v", rec.Code, err)
	}
}

func TestDeliver_isShutWhereItCannotTellWhoComes(t *testing.T) { // WH-04
	t.Parallel()
	h := newHouse()
	h.add("siem", Settings{Auth: Auth{Kind: Bearer, Keys: []Key{{Field: "lost"}}}})
	h.put(harrier.Source{Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.SourceID]("x"), Name: "open", Kind: "webhook"}, Settings{Auth: Auth{Kind: "none"}})
	for _, name := range []string{"siem", "open"} {
		if _, err := h.post("/v1/in/"+name, "{}", "Authorization", "Bearer "); harrier.KindOf(err) != harrier.Unavailable || len(h.taken) > 0 {
			t.Errorf("%s: got %v and %d events, want it shut", name, err, len(h.taken))
		}
	}
}

func TestDeliver_endsASecretInTime(t *testing.T) { // WH-05
	t.Parallel()
	h := newHouse()
	src := h.add("siem", Settings{Auth: Auth{Kind: Bearer, Keys: []Key{{Field: "old", Until: h.now.Add(time.Minute)}}}}, token)
	h.secrets[src.Tenant.String()+src.ID.String()+"old"] = "before-" + token
	if _, err := h.post("/v1/in/siem", "{}", "Authorization", "Bearer before-"+token); err != nil {
		t.Errorf("the old secret got %v while it is good", err)
	}
	h.now = h.now.Add(time.Minute)
	if _, err := h.post("/v1/in/siem", "{}", "Authorization", "Bearer before-"+token); !errors.Is(err, errStranger) {
		t.Errorf("the old secret got %v after its end", err)
	}
	if _, err := h.post("/v1/in/siem", "{}", "Authorization", "Bearer "+token); err != nil {
		t.Errorf("the new secret got %v", err)
	}
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDeliver_boundsBodies(t *testing.T) { // WH-08
	t.Parallel()
	h := newHouse()
	h.add("small", Settings{Auth: Auth{Kind: Bearer}, MaxBody: 100}, token)
	h.add("siem", Settings{Auth: Auth{Kind: Bearer}}, token)
	tooLarge := func(err error) bool { _, ok := errors.AsType[*http.MaxBytesError](err); return ok }
	if _, err := h.post("/v1/in/small", strings.Repeat("x", 101), "Authorization", "Bearer "+token); !tooLarge(err) || !strings.Contains(err.Error(), "100 bytes") {
		t.Errorf("a large body got %v", err)
	}
	req := httptest.NewRequest(http.MethodPost, "/v1/in/small", io.MultiReader(strings.NewReader(strings.Repeat("x", 200)))) // of no known length
	req.Header.Set("Authorization", "Bearer "+token)
	if _, err := h.send(req); !tooLarge(err) {
		t.Errorf("a large body of no length got %v", err)
	}
	bomb := packed(t, strings.Repeat(" ", 64<<20))
	if _, err := h.post("/v1/in/siem", bomb, "Authorization", "Bearer "+token, "Content-Encoding", "gzip"); !tooLarge(err) {
		t.Errorf("a bomb got %v", err)
	}
	if _, err := h.post("/v1/in/siem", packed(t, packed(t, "{}"))[:20], "Authorization", "Bearer "+token, "Content-Encoding", "gzip"); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("a cut body got %v", err)
	}
	if _, err := h.post("/v1/in/siem", "x", "Authorization", "Bearer "+token, "Content-Encoding", "br"); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("an unknown packing got %v", err)
	}
	if _, err := h.post("/v1/in/siem", "", "Authorization", "Bearer "+token); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("an empty body got %v", err)
	}
	if got := h.bodies(); len(got) > 0 {
		t.Errorf("taken %q, want nothing of all that", got)
	}
	text := `{"a":"` + strings.Repeat("b", 500<<10) + `"}`
	if rec, err := h.post("/v1/in/siem", packed(t, text), "Authorization", "Bearer "+token, "Content-Encoding", "gzip"); err != nil || rec.Code != http.StatusAccepted || h.bodies()[0] != text {
		t.Errorf("a packed body got %d %v", rec.Code, err)
	}
}

func TestDeliver_answersWhatIsNotCommittedWithAnError(t *testing.T) {
	t.Parallel()
	h := newHouse()
	h.broken = harrier.Errorf(harrier.Unavailable, "the disk is full")
	h.add("siem", Settings{Auth: Auth{Kind: Bearer}}, token)
	if rec, err := h.post("/v1/in/siem", "{}", "Authorization", "Bearer "+token); !errors.Is(err, h.broken) || rec.Body.Len() > 0 {
		t.Errorf("got %v and %q, want the error alone", err, rec.Body)
	}
}

func TestDeliver_keepsAFloodFromOthers(t *testing.T) { // OVL-02, OVL-03
	t.Parallel()
	h := newHouse()
	h.hold = make(chan struct{})
	h.hall.patience = 50 * time.Millisecond
	h.add("flood", Settings{Auth: Auth{Kind: Bearer}}, token)
	h.add("quiet", Settings{Auth: Auth{Kind: Bearer}}, token)
	var wg sync.WaitGroup
	var mu sync.Mutex
	kinds := map[harrier.Kind]int{}
	for range 1000 {
		wg.Go(func() {
			_, err := h.post("/v1/in/flood", "{}", "Authorization", "Bearer "+token)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				kinds[harrier.KindOf(err)]++
			}
		})
	}
	if rec, err := h.post("/v1/in/quiet", "{}", "Authorization", "Bearer "+token); err != nil || rec.Code != http.StatusAccepted {
		t.Errorf("beside a flood that is stuck, another source got %d %v", rec.Code, err)
	}
	time.AfterFunc(200*time.Millisecond, func() { close(h.hold) })
	wg.Wait()
	if kinds[harrier.Unavailable]+kinds[harrier.Limited] == 0 || len(kinds) > 2 {
		t.Errorf("the flood got %v, want some to be told to come again", kinds)
	}
	if h.hall.used != 0 || h.hall.bytesIn != 0 || len(h.hall.shares) != 0 || h.porch.used != 0 || len(h.porch.shares) != 0 {
		t.Errorf("places are lost: %+v", h.hall)
	}
}
