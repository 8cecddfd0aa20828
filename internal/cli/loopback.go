package cli

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// loopback is where a browser brings a log-in to: a port of this machine that
// answers once.
type loopback struct {
	listener        net.Listener
	state, verifier string
	// address is where the browser begins.
	address string
	grants  chan string
}

// loopbackLife is how long the person may take.
const loopbackLife = 10 * time.Minute

func listenLoopback(ctx context.Context) (*loopback, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "cannot listen on this machine for the browser: %w", err)
	}
	return &loopback{listener: l, state: randomText(), verifier: randomText(), grants: make(chan string, 1)}, nil
}

func randomText() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// told is what the server is told of it.
func (l *loopback) told() *api.Loopback {
	sum := sha256.Sum256([]byte(l.verifier))
	at, _ := l.listener.Addr().(*net.TCPAddr)
	return &api.Loopback{Port: at.Port, State: l.state, Challenge: base64.RawURLEncoding.EncodeToString(sum[:])}
}

// ServeHTTP takes the browser. What this process did not begin is not taken.
func (l *loopback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(l.state)) != 1 || q.Get("grant") == "" {
		http.Error(w, "this is not the log-in that was begun here", http.StatusBadRequest)
		return
	}
	select {
	case l.grants <- q.Get("grant"):
	default: // one is there
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "You are back in the terminal; close this page.\n")
}

// wait waits for the browser.
func (l *loopback) wait(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, loopbackLife, harrier.Errorf(harrier.Unavailable, "nobody came back from the browser in %s; begin again", loopbackLife))
	defer cancel()
	server := &http.Server{Handler: l, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 64 << 10}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l.listener) // it ends by being shut down
	}()
	defer func() {
		_ = server.Shutdown(context.WithoutCancel(ctx)) // the page is sent
		<-done
	}()
	select {
	case grant := <-l.grants:
		return grant, nil
	case <-ctx.Done():
		_ = server.Close()
		return "", context.Cause(ctx)
	}
}

// byProvider logs in by a provider, or makes a log-in fresh where the client
// bears its token.
func (s *shell) byProvider(ctx context.Context, c *link, l savedLogin) error {
	back, err := listenLoopback(ctx)
	if err != nil {
		return err
	}
	a := asked{Method: http.MethodPost, Path: "/v1/session/provider", Body: api.BeginLogIn{Tenant: l.Tenant, Provider: l.Provider, Loopback: back.told()}}
	if c.known {
		a.Path, a.Body = "/v1/session/prove/provider", api.BeginProof{Provider: l.Provider, Loopback: back.told()}
	}
	begun, _, err := fetch[api.BegunLogIn](ctx, c, a)
	if err != nil {
		_ = back.listener.Close()
		return err
	}
	back.address = begun.URL
	return s.atBrowser(ctx, c, back, l)
}

// byPasskey logs in by a passkey, which a browser of this machine uses. A log-in
// before it ends.
func (s *shell) byPasskey(ctx context.Context, c *link, l savedLogin) error {
	back, err := listenLoopback(ctx)
	if err != nil {
		return err
	}
	told := back.told()
	at := url.Values{"port": {strconv.Itoa(told.Port)}, "state": {told.State}, "challenge": {told.Challenge}}
	back.address = c.Base() + "/passkeys#" + at.Encode()
	before := l.Token
	l.Provider, l.Passkey = "", true
	if err := s.atBrowser(ctx, c, back, l); err != nil || before == "" {
		return err
	}
	old, err := s.stranger()
	if err != nil {
		return err
	}
	old.bear(secretText(before).Secret)
	_ = old.LogOut(ctx) // a session that is over needs no end
	return nil
}

// atBrowser asks to open the address in a browser, waits for who comes back from
// it, and keeps their log-in.
func (s *shell) atBrowser(ctx context.Context, c *link, back *loopback, l savedLogin) error {
	fmt.Fprintf(s.cfg.Streams.Err, "open this address in a browser of this machine:\n\n%s\n\n", clean(back.address))
	grant, err := back.wait(ctx)
	if err != nil {
		return err
	}
	in := api.FetchLogIn{Grant: api.Grant{Password: secretText(grant)}, Verifier: secretText(back.verifier)}
	out, _, err := fetch[api.LoggedIn](ctx, c, asked{Method: http.MethodPost, Path: "/v1/session/fetch", Body: in})
	if err != nil {
		return err
	}
	l.Name = out.Account.Name
	return s.loggedIn(c, out, l)
}
