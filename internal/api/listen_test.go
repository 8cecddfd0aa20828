package api

import (
	"context"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
)

// listening starts a server and returns it; it stops with the test.
func listening(t *testing.T, l Listening) *Listener {
	t.Helper()
	l.Operator = harrier.Operator()
	ln, err := newWorld().server(t).Listen(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() { done <- ln.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return ln
}

// shortDir is a directory whose path leaves room for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hr") //nolint:usetesting // t.TempDir holds the test's name, which may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestSocket_isForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	path := SocketPath(shortDir(t))
	if err := os.WriteFile(path, nil, 0o600); err != nil { // what a server that died left
		t.Fatal(err)
	}
	listening(t, Listening{Socket: path})
	info, err := os.Stat(path)
	if err != nil || info.Mode()&fs.ModeSocket == 0 || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	resp, err := client.Get("http://harrier/v1/runs")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the owner got %v, %v", resp, err)
	}
}

func TestSocket_withAPathTooLongSaysSo(t *testing.T) {
	t.Parallel()
	_, err := newWorld().server(t).Listen(t.Context(), Listening{Socket: filepath.Join(t.TempDir(), strings.Repeat("x", 120))})
	if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), "shorter") {
		t.Errorf("got %v", err)
	}
}

func TestAddress_needsTheToken(t *testing.T) {
	t.Parallel()
	token := harrier.NewSecret("harrier_local_right")
	ln := listening(t, Listening{Address: "localhost:0", Token: token})
	for bearer, want := range map[string]int{"": 401, "Bearer wrong": 401, "Basic harrier_local_right": 401, "Bearer ": 401, "Bearer harrier_local_right": 200, "bearer harrier_local_right": 200} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, ln.URL+"/v1/runs", nil)
		if bearer != "" {
			req.Header.Set("Authorization", bearer)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want || want == 401 && resp.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%q got %d, want %d", bearer, resp.StatusCode, want)
		}
	}
}

func TestAddress_isOfThisMachineAlone(t *testing.T) { // CFG-01
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:80", "example.com:80", "127.0.0.1", "", "::1", "127.0.0.1:http"} {
		l := Listening{Address: address, Token: harrier.NewSecret("x")}
		ln, err := newWorld().server(t).Listen(t.Context(), l)
		if address == "" {
			continue
		}
		if harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%q gave %v, %v", address, ln, err)
		}
	}
	if _, err := newWorld().server(t).Listen(t.Context(), Listening{Address: "127.0.0.1:0"}); err == nil {
		t.Error("an address without a token was listened on")
	}
}

func TestToken_isMadeOnceAndReadByItsOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := ReadToken(dir); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("without a token got %v", err)
	}
	first, err := EnsureToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := EnsureToken(dir)
	if err != nil || !again.Equal(first) || len(first.Reveal()) < 50 {
		t.Errorf("got another token, %v", err)
	}
	if err := os.Chmod(TokenPath(dir), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := EnsureToken(dir); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("a token that others may read gave %v", err)
	}
}
