package transport_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/transport"
)

func in(mode harrier.Mode, c transport.Call) transport.Call {
	c.Mode = mode
	return c
}

// A shadow run reads, and no effect of any kind leaves.
func TestShadow_withholdsEveryEffect(t *testing.T) {
	t.Parallel()
	var met atomic.Int64
	server := serve(t, func(http.ResponseWriter, *http.Request) { met.Add(1) })
	tr := newTransport(t, transport.Config{})
	for _, effect := range harrier.Effects() {
		met.Store(0)
		call := in(harrier.Shadow, contain())
		call.Effect = effect
		env := tr.Env(to(server.URL), call)
		got := do(t, env, ask{http.MethodGet, "/", ""})
		conn, err := env.Dial(t.Context(), "tcp", strings.TrimPrefix(server.URL, "http://"))
		if !effect.Writes() {
			wantBody(t, got, 200, "")
			if err != nil {
				t.Errorf("%s: dial: %v", effect, err)
				continue
			}
			_ = conn.Close()
			continue
		}
		if !errors.Is(got.err, transport.ErrWithheld) || !errors.Is(err, transport.ErrWithheld) || met.Load() != 0 {
			t.Errorf("%s: got %v and %v after %d calls, want both withheld", effect, got, err, met.Load())
		}
	}
}

// What was recorded is played back without the network, exchange by exchange.
func TestReplay_answersFromTheRecordingOnly(t *testing.T) {
	t.Parallel()
	var met atomic.Int64
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := met.Add(1)
		switch r.URL.Path {
		case "/binary":
			_, _ = w.Write([]byte{0xff, 0, byte(n)})
		case "/cut":
			hangUp(w, true)
		case "/long":
			_, _ = w.Write(bytes.Repeat([]byte("long "), 100<<10))
		default:
			w.Header().Set("X-N", strings.Repeat("n", int(n)))
			w.WriteHeader(http.StatusTeapot)
			_, _ = w.Write([]byte(r.URL.Path + " ü"))
		}
	})
	file := filepath.Join(t.TempDir(), "tape.jsonl")
	recorder, err := transport.CreateTape(file)
	if err != nil {
		t.Fatal(err)
	}
	tr := newTransport(t, transport.Config{Recorder: recorder})
	paths := []string{"/a", "/b", "/binary", "/cut", "/long"}
	env := tr.Env(to(server.URL), in(harrier.RecordMode, contain()))
	live := make([]result, len(paths))
	for i, p := range paths {
		live[i] = do(t, env, ask{http.MethodPost, p, "body"})
	}
	do(t, tr.Env(to(server.URL), in(harrier.Live, read())), ask{http.MethodGet, "/unrecorded", ""})
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	before := met.Load()
	raw, err := os.ReadFile(file)
	if err != nil || bytes.Count(raw, []byte("\n")) != len(paths) {
		t.Fatalf("%v, %d lines recorded", err, bytes.Count(raw, []byte("\n")))
	}
	tape, err := transport.ReadTape(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	player := newTransport(t, transport.Config{Recording: tape})
	env = player.Env(to(server.URL), in(harrier.Replay, contain()))
	for i, p := range paths[:4] {
		got := do(t, env, ask{http.MethodPost, p, "body"})
		if got.String() != live[i].String() || got.header.Get("X-N") != live[i].header.Get("X-N") {
			t.Errorf("%s: played %v %v, was %v %v", p, got, got.header, live[i], live[i].header)
		}
	}
	wantClass(t, do(t, env, ask{http.MethodPost, "/long", "body"}), connector.Unavailable, "too long to be kept")
	wantClass(t, do(t, env, ask{http.MethodPost, "/more", "body"}), connector.Unavailable, "was not recorded")
	other := in(harrier.Replay, contain())
	other.ArgsHash = "other"
	wantClass(t, do(t, player.Env(to(server.URL), other), ask{http.MethodPost, "/a", "body"}), connector.Unavailable, "record it again")
	if _, err := env.Dial(t.Context(), "tcp", strings.TrimPrefix(server.URL, "http://")); err == nil {
		t.Error("a replay opened a connection")
	}
	if met.Load() != before {
		t.Error("a replay reached the network")
	}
}

func TestRecording_removesWhatLooksLikeASecret(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "sid=unknown-session-id")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"new_password": "unk\"nown-pass", "refresh_token":"unknown-refresh", "id": 7}`))
	})
	tape := &tapeText{}
	tr := newTransport(t, transport.Config{Recorder: tape})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/x?api_key=unknown-key&page=2&sig=unknown-sig", strings.NewReader("client_secret=unknown-form&name=x"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Vendor-Token", "unknown-header")
	req.Header.Set("Cookie", "unknown-cookie")
	got := exchange(t, tr.Env(to(server.URL), in(harrier.RecordMode, read())), req)
	if !strings.Contains(got.body, "unknown-refresh") {
		t.Error("what the vendor gives to the connector was changed")
	}
	text := tape.String()
	if strings.Contains(text, "unk") || !strings.Contains(text, "page=2") || !strings.Contains(text, `\"id\": 7`) {
		t.Errorf("recorded: %s", text)
	}
}

// A secret on the edge of what is kept is not cut in half.
func TestRecording_cutsNoSecretInHalf(t *testing.T) {
	t.Parallel()
	for shift := range 40 {
		body := strings.Repeat("x", 2*1000-shift) + canary + strings.Repeat("y", 5000)
		server := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
		tape := &tapeText{}
		tr := newTransport(t, transport.Config{Recorder: tape, Vault: secrets{"token": canary}, MaxRecorded: 1990})
		do(t, tr.Env(withAuth(server.URL, connector.Auth{Kind: connector.BearerAuth}), in(harrier.RecordMode, read())), ask{http.MethodGet, "/", ""})
		if strings.Contains(tape.String(), "cAnA") || !strings.Contains(tape.String(), `"cut":true`) {
			t.Fatalf("shift %d: recorded half a secret", shift)
		}
	}
}

func TestCall_isNotFailedByItsRecording(t *testing.T) {
	t.Parallel()
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	tr := newTransport(t, transport.Config{Recorder: brokenRecorder{}})
	wantBody(t, do(t, tr.Env(to(server.URL), in(harrier.RecordMode, contain())), ask{http.MethodPost, "/", "x"}), 200, "")
}

type brokenRecorder struct{}

func (brokenRecorder) Record(context.Context, transport.Exchange) error {
	return errors.New("disk full")
}

func TestCreateTape_continuesAfterACrash(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "tape.jsonl")
	if err := os.WriteFile(file, []byte(`{"connection":"c","response":{"status":2`), 0o600); err != nil {
		t.Fatal(err)
	}
	recorder, err := transport.CreateTape(file)
	if err != nil {
		t.Fatal(err)
	}
	key := transport.ExchangeKey{Connection: "c", Action: "a"}
	if err := errors.Join(recorder.Record(t.Context(), transport.Exchange{ExchangeKey: key}), recorder.Close()); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(file)
	tape, err := transport.ReadTape(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := tape.Play(t.Context(), key); !ok {
		t.Error("what was recorded after the crash is lost")
	}
	if _, err := transport.ReadTape(strings.NewReader("{\"connection\": 7}\n")); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("got %v, want Invalid", err)
	}
}

// FuzzReadTape proves that no recording makes the reader or the player panic.
func FuzzReadTape(f *testing.F) {
	f.Add([]byte(`{"connection":"vendor","action":"vendor.get","args_hash":"h1","number":0,"response":{"status":200,"header":{"A":["b"]},"body":"x"}}`))
	f.Add([]byte(`{"connection":"vendor","action":"vendor.get","args_hash":"h1","failure":{"class":"unknown"}}` + "\n{}"))
	f.Add([]byte("\n\n{\"response\":{\"status\":-1}}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		tape, err := transport.ReadTape(bytes.NewReader(raw))
		if err != nil {
			return
		}
		tr := newTransport(t, transport.Config{Recording: tape})
		_ = do(t, tr.Env(to("http://127.0.0.1:1"), in(harrier.Replay, read())), ask{http.MethodGet, "/", ""})
	})
}
