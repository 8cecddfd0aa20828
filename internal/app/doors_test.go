package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// running opens an installation and drives it until the test ends.
func running(t *testing.T, o Options) *App {
	t.Helper()
	if o.Dir == "" {
		o.Dir = blanktest.Dir(t)
	}
	a, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// deliver sends a body through the doors.
func (a *App) deliver(url, body string, header ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, url, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	a.Server(api.Version{Version: "test"}).DoorHandler().ServeHTTP(rec, req)
	return rec
}

// ended waits until an event has ended.
func (r reporters) awaitEvent(t *testing.T, id harrier.EventID) api.SourceEvent {
	t.Helper()
	var e api.SourceEvent
	poll(t, func() bool {
		var err error
		if e, _, err = r.SourceEvent(t.Context(), harrier.Operator(), id); err != nil {
			t.Fatal(err)
		}
		return e.State != harrier.EventPending
	})
	return e
}

func received(t *testing.T, rec *httptest.ResponseRecorder) []harrier.EventID {
	t.Helper()
	var got api.EventReceipt
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != http.StatusAccepted || len(got.Events) == 0 {
		t.Fatalf("got %d %s %v", rec.Code, rec.Body, err)
	}
	return got.Events
}

// G1, G2, G3: what is delivered becomes an alert of a source that is observed;
// the same delivery is taken once; after a restart too.
func TestDoors_whatIsDeliveredBecomesAnAlertOnce(t *testing.T) {
	t.Parallel()
	a := running(t, Options{})
	r := reporters{a}
	made, err := r.AddSource(t.Context(), harrier.Operator(), api.AddSource{Name: "siem", Product: "generic-signed", BaseURL: "https://h.example/"})
	if err != nil || made.URL != "https://h.example/v1/in/siem" || !strings.HasPrefix(made.Secret, "whsec_") || made.Source.Live {
		t.Fatalf("made %+v, %v", made, err)
	}
	body := `{"id":"a-1","title":"Odd log-in","severity":"low","src_ip":"203.0.113.7","mystery":1}`
	first := received(t, a.deliver("/v1/in/siem", body, signed(made.Secret, "m1", body)...))
	e := r.awaitEvent(t, first[0])
	if e.State != harrier.EventProcessed || e.Alert.IsZero() {
		t.Fatalf("the event ended as %+v", e)
	}
	alert, err := things{a}.Alert(t.Context(), harrier.Operator(), e.Alert)
	if err != nil || alert.Title != "Odd log-in" || len(alert.Runs) > 0 {
		t.Errorf("the alert is %+v, %v; want one that started nothing", alert, err)
	}
	again := a.deliver("/v1/in/siem", body, signed(made.Secret, "m1", body)...)
	if got := received(t, again); got[0] != first[0] || !strings.Contains(again.Body.String(), `"again":true`) {
		t.Errorf("the same delivery got %s", again.Body)
	}
	src, err := r.Source(t.Context(), harrier.Operator(), "siem")
	if err != nil || src.Counts.Accepted != 1 || src.Counts.Processed != 1 {
		t.Errorf("the counts are %+v, %v", src.Counts, err)
	}
	if strings.Contains(string(src.Settings), strings.TrimPrefix(made.Secret, "whsec_")) {
		t.Error("the secret is shown with the settings")
	}
}

// signed are the headers of Standard Webhooks.
func signed(secret, id, body string) []string {
	return standardWebhook(secret, id, time.Now(), body)
}

func TestDoors_whatIsNotUnderstoodIsKeptAndProcessedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := running(t, Options{Dir: dir})
	r, by := reporters{a}, harrier.Operator()
	made, err := r.AddSource(t.Context(), by, api.AddSource{Name: "odd", Product: "generic"})
	if err != nil {
		t.Fatal(err)
	}
	const broken = `{"id":"x","title":`
	id := received(t, a.deliver("/v1/in/odd", broken, "Authorization", "Bearer "+made.Secret))[0]
	e := r.awaitEvent(t, id)
	if e.State != harrier.EventQuarantined || e.Reason == "" {
		t.Fatalf("the event ended as %+v", e)
	}
	if _, bytes, err := r.SourceEvent(t.Context(), by, id); err != nil || string(bytes) != broken {
		t.Errorf("the bytes are %q, %v", bytes, err)
	}
	if _, err := r.ReplayEvent(t.Context(), by, id); err != nil {
		t.Error(err)
	}
	if e = r.awaitEvent(t, id); e.State != harrier.EventQuarantined {
		t.Errorf("replayed, it is %s", e.State)
	}
	if e, err = r.DropEvent(t.Context(), by, id, "broken by a proxy"); err != nil || e.State != harrier.EventSuppressed || !strings.Contains(e.Reason, "broken by a proxy") {
		t.Errorf("dropped, it is %+v, %v", e, err)
	}
	if _, err := r.DropEvent(t.Context(), by, id, "again"); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("dropped twice: %v", err)
	}
	src, err := r.Source(t.Context(), by, "odd")
	if err != nil || src.Counts.Accepted != 1 || src.Counts.Suppressed != 1 || src.Counts.Quarantined != 0 || src.Counts.Pending != 0 {
		t.Errorf("the counts are %+v, %v", src.Counts, err)
	}
}

func TestDoors_forwardersOfTheHiveWork(t *testing.T) {
	t.Parallel()
	a := running(t, Options{})
	r := reporters{a}
	made, err := r.AddSource(t.Context(), harrier.Operator(), api.AddSource{Name: "hive", Product: "thehive"})
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"type":"wazuh","source":"mgr","sourceRef":"77","title":"Rootkit","description":"D","severity":3,"date":1795424400000,"tags":["t"],"observables":[{"dataType":"ip","data":"203.0.113.7"}]}`
	rec := a.deliver("/api/v1/alert", body, "Authorization", "Bearer "+made.Secret, "Content-Type", "application/json")
	var got struct {
		Event harrier.EventID `json:"harrierEvent"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != http.StatusCreated {
		t.Fatalf("got %d %s", rec.Code, rec.Body)
	}
	e := r.awaitEvent(t, got.Event)
	alert, err := things{a}.Alert(t.Context(), harrier.Operator(), e.Alert)
	if err != nil || alert.Title != "Rootkit" || alert.Severity != "high" {
		t.Errorf("the alert is %+v, %v, of %+v", alert.Alert, err, e)
	}
	if rec := a.deliver("/api/alert", body, "Authorization", "Bearer "+made.Secret); rec.Code != http.StatusBadRequest {
		t.Errorf("the same again got %d %s", rec.Code, rec.Body)
	}
}

func TestDoors_aSecretThatIsRotatedIsGoodForAWhile(t *testing.T) {
	t.Parallel()
	a := running(t, Options{})
	r, by := reporters{a}, harrier.Operator()
	made, err := r.AddSource(t.Context(), by, api.AddSource{Name: "siem", Product: "generic"})
	if err != nil {
		t.Fatal(err)
	}
	next, err := r.RotateSource(t.Context(), by, "siem", api.RotateSource{})
	if err != nil || next.Secret == made.Secret {
		t.Fatal(err)
	}
	code := func(secret string) int {
		return a.deliver("/v1/in/siem", `{"id":"1"}`, "Authorization", "Bearer "+secret).Code
	}
	if old, fresh := code(made.Secret), code(next.Secret); old != http.StatusAccepted || fresh != http.StatusAccepted {
		t.Errorf("the old got %d and the new %d, want both taken", old, fresh)
	}
	last, err := r.RotateSource(t.Context(), by, "siem", api.RotateSource{Overlap: "0s"})
	if err != nil {
		t.Fatal(err)
	}
	if old, fresh := code(next.Secret), code(last.Secret); old != http.StatusUnauthorized || fresh != http.StatusAccepted {
		t.Errorf("the old got %d and the new %d, want the old refused at once", old, fresh)
	}
	off := false
	if _, err := r.ChangeSource(t.Context(), by, "siem", api.ChangeSource{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	if got := code(last.Secret); got != http.StatusUnauthorized {
		t.Errorf("a disabled source got %d", got)
	}
}

func TestSubmitEvent_isUnderstoodByTheMappingThatIsChosen(t *testing.T) {
	t.Parallel()
	a := running(t, Options{})
	r, by := reporters{a}, harrier.Operator()
	sample, err := os.ReadFile(filepath.Join("..", "..", "content", "mappings", "wazuh", "alert.sample.json"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.SubmitEvent(t.Context(), by, api.SubmitEvent{Mapping: "wazuh", Name: "alert.json", Content: "application/json", Body: strings.NewReader(string(sample))})
	if err != nil {
		t.Fatal(err)
	}
	if e := r.awaitEvent(t, got.Events[0]); e.State != harrier.EventProcessed {
		t.Errorf("the event ended as %+v", e)
	}
	got, err = r.SubmitEvent(t.Context(), by, api.SubmitEvent{Mapping: "nobody", Body: strings.NewReader(`{"mapping":"wazuh","id":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	if e := r.awaitEvent(t, got.Events[0]); e.State != harrier.EventQuarantined || !strings.Contains(e.Reason, "nobody") {
		t.Errorf("an event of a mapping that does not exist ended as %+v", e)
	}
}

// What is wrong with a feed becomes an alert like any other, and closes it.
func TestWatch_tellsByAlertsThatItCloses(t *testing.T) {
	t.Parallel()
	c := &clock{}
	a := running(t, Options{Now: c.now})
	r, by := reporters{a}, harrier.Operator()
	made, err := r.AddSource(t.Context(), by, api.AddSource{Name: "siem", Product: "generic", Settings: map[string]any{"watch": map[string]any{"every": "20m"}}})
	if err != nil {
		t.Fatal(err)
	}
	pass := func(minutes int) {
		t.Helper()
		for range minutes {
			c.ahead.Add(int64(time.Minute))
			if err := a.watch.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	alerts := func() (list []api.Alert) {
		t.Helper()
		page, err := things{a}.Alerts(t.Context(), by, harrier.AlertFilter{Category: "feed_health"}, harrier.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return page.Items
	}
	pass(30)
	poll(t, func() bool { return len(alerts()) == 1 })
	if got := alerts()[0]; got.Status != "new" || got.Severity != "high" || !strings.Contains(got.Title, "siem") {
		t.Errorf("the alert is %+v", got)
	}
	d, err := system{a}.Doctor(t.Context(), by)
	if text := encodedText(t, d); err != nil || !strings.Contains(text, "feed siem") {
		t.Errorf("the doctor says %s, %v", text, err)
	}
	for range 5 {
		received(t, a.deliver("/v1/in/siem", `{"id":"1","title":"x"}`, "Authorization", "Bearer "+made.Secret))
		pass(10)
	}
	poll(t, func() bool { l := alerts(); return len(l) == 1 && l[0].Status == "closed" })
}

func encodedText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// standardWebhook signs a body as Standard Webhooks has it.
func standardWebhook(secret, id string, at time.Time, body string) []string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		panic(err)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "." + body))
	return []string{"webhook-id", id, "webhook-timestamp", stamp, "webhook-signature", "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}
