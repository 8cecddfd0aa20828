package transport_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/transport"
)

// listen serves connections until the test ends.
func listen(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { defer func() { _ = conn.Close() }(); handle(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); group.Wait() })
	return l.Addr().String()
}

func echo(conn net.Conn) { _, _ = io.Copy(conn, conn) }

func failureOf(t *testing.T, err error) *connector.Error {
	t.Helper()
	e, ok := errors.AsType[*connector.Error](err)
	if !ok {
		t.Fatalf("error %T %v has no class", err, err)
	}
	return e
}

func TestDial_speaksOtherProtocols(t *testing.T) {
	t.Parallel()
	address := listen(t, echo)
	tr := newTransport(t, transport.Config{})
	conn, err := tr.Env(to("tcp://"+address), contain()).Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "ping\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line != "ping\n" {
		t.Errorf("got %q, %v", line, err)
	}
}

func TestDial_holdsTheGuards(t *testing.T) {
	t.Parallel()
	address := listen(t, echo)
	tr := newTransport(t, transport.Config{})
	open := to("tcp://" + address)
	closed := to("tcp://name.example:25")
	closed.AllowPrivate = nil
	inside := newTransport(t, transport.Config{Resolver: &names{any: []string{"127.0.0.1"}}})
	cases := map[string]struct {
		tr               *transport.Transport
		conn             transport.Connection
		network, address string
	}{
		"another port":     {tr, open, "tcp", "127.0.0.1:1"},
		"another host":     {tr, open, "tcp", "127.0.0.2" + address[strings.LastIndex(address, ":"):]},
		"a unix socket":    {tr, open, "unix", "/var/run/docker.sock"},
		"raw IP":           {tr, open, "ip4:icmp", "127.0.0.1"},
		"no port":          {tr, open, "tcp", "127.0.0.1"},
		"a name inside":    {inside, closed, "tcp", "name.example:25"},
		"another spelling": {tr, open, "tcp", "0x7f000001" + address[strings.LastIndex(address, ":"):]},
	}
	for name, c := range cases {
		conn, err := c.tr.Env(c.conn, read()).Dial(t.Context(), c.network, c.address)
		if err == nil {
			_ = conn.Close()
			t.Errorf("%s: connected", name)
			continue
		}
		if e := failureOf(t, err); e.Class != connector.Denied {
			t.Errorf("%s: got %v, want it denied", name, e)
		}
	}
}

// G5 for other protocols: what was written decides.
func TestDial_tellsWhetherItLeft_G5(t *testing.T) {
	t.Parallel()
	address := listen(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 1))
		_ = conn.(*net.TCPConn).SetLinger(0) //nolint:forcetypeassert // it was accepted from TCP
	})
	tr := newTransport(t, transport.Config{})
	for _, c := range []struct {
		call transport.Call
		send string
		want connector.Class
	}{{contain(), "x", connector.Unknown}, {read(), "x", connector.Unavailable}} {
		conn, err := tr.Env(to("tcp://"+address), c.call).Dial(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, c.send)
		_, err = conn.Read(make([]byte, 1))
		if e := failureOf(t, err); e.Class != c.want {
			t.Errorf("%s: got %v, want %s", c.call.Effect, e, c.want)
		}
		_ = conn.Close()
	}
	_, err := tr.Env(to("tcp://"+refusing(t)), contain()).Dial(t.Context(), "tcp", address)
	if e := failureOf(t, err); e.Class != connector.Denied {
		t.Errorf("got %v", e)
	}
	free := refusing(t)
	_, err = tr.Env(to("tcp://"+free), contain()).Dial(t.Context(), "tcp", free)
	if e := failureOf(t, err); e.Class != connector.Unavailable || !strings.Contains(e.Text, "refused") {
		t.Errorf("got %v, want Unavailable", e)
	}
}

func TestDial_endsWithTheCall(t *testing.T) {
	t.Parallel()
	address := listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	tr := newTransport(t, transport.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	conn, err := tr.Env(to("tcp://"+address), contain()).Dial(ctx, "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	cancel()
	_, err = conn.Read(make([]byte, 1))
	if e := failureOf(t, err); e.Class != connector.Unavailable || !strings.Contains(e.Text, "cancelled") {
		t.Errorf("nothing sent: got %v, want Unavailable", e)
	}
	if err := conn.SetDeadline(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("a later deadline revived a call that ended")
	}
	timed := contain()
	timed.Timeout = 400 * time.Millisecond
	slow, err := tr.Env(to("tcp://"+address), timed).Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Close() }()
	_, _ = io.WriteString(slow, "x")
	_, err = slow.Read(make([]byte, 1))
	var timeout net.Error
	if e := failureOf(t, err); e.Class != connector.Unknown || !errors.As(err, &timeout) || !timeout.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want Unknown that still is a timeout of the network", e)
	}
}

func TestDial_holdsAPlaceUntilItIsClosed(t *testing.T) {
	t.Parallel()
	address := listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	tr := newTransport(t, transport.Config{Timeouts: transport.Timeouts{Queue: 50 * time.Millisecond}})
	link := to("tcp://" + address)
	link.Limits.Concurrent = 1
	first, err := tr.Env(link, read()).Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tr.Env(link, read()).Dial(t.Context(), "tcp", address)
	if e := failureOf(t, err); e.Class != connector.Limited {
		t.Errorf("got %v, want Limited", e)
	}
	_, _ = first.Close(), first.Close()
	again, err := tr.Env(link, read()).Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatalf("after the first was closed: %v", err)
	}
	_ = again.Close()
}

// tunnel is a proxy that speaks CONNECT and sends every tunnel to one address.
func tunnel(t *testing.T, target, password string, seen *[]string) string {
	t.Helper()
	var mu sync.Mutex
	return listen(t, func(conn net.Conn) {
		r := bufio.NewReader(conn)
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		mu.Lock()
		*seen = append(*seen, req.Method+" "+req.Host)
		mu.Unlock()
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte("soc:"+password))
		if password != "" && req.Header.Get("Proxy-Authorization") != want {
			_, _ = io.WriteString(conn, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
			return
		}
		if target == "" {
			_, _ = io.WriteString(conn, "HTTP/1.1 503 Service Unavailable\r\n\r\n")
			return
		}
		out, err := net.Dial("tcp", target)
		if err != nil {
			return
		}
		defer func() { _ = out.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nX: y\r\n\r\n")
		go func() { _, _ = io.Copy(out, r); _ = out.(*net.TCPConn).CloseWrite() }() //nolint:forcetypeassert // dialled as TCP
		_, _ = io.Copy(conn, out)
	})
}

// NET-07: a proxy carries the traffic, and what it shall connect to is checked here.
func TestProxy_carriesCheckedTargetsOnly_NET07(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) })
	target := strings.TrimPrefix(server.URL, "http://")
	var seen []string
	proxy := tunnel(t, target, canary, &seen)
	resolver := &names{answers: map[string][][]string{
		"vendor.example": {{"127.0.0.1"}}, "mixed.example": {{"127.0.0.1", "10.0.0.1"}}, "metadata.example": {{"169.254.169.254"}},
	}}
	tr := newTransport(t, transport.Config{Resolver: resolver, Vault: secrets{"proxy_username": "soc", "proxy_password": canary}})
	through := func(base string) transport.Connection {
		c := to(base)
		c.Proxy, c.ProxyAuth = "http://"+proxy, true
		return c
	}
	wantBody(t, do(t, tr.Env(through("http://vendor.example:8080"), contain()), ask{http.MethodPost, "/", "x"}), 200, "vendor.example:8080")
	named := through("http://elsewhere.example")
	named.ProxyDNS = true
	wantBody(t, do(t, tr.Env(named, read()), ask{http.MethodGet, "/", ""}), 200, "elsewhere.example")
	for _, base := range []string{"http://mixed.example", "http://metadata.example", "http://10.0.0.1"} {
		got := do(t, tr.Env(through(base), read()), ask{http.MethodGet, "/", ""})
		if got.err == nil || (got.err.Class != connector.Denied && got.err.Class != connector.Invalid) {
			t.Errorf("%s: got %v, want it refused", base, got)
		}
	}
	if want := "[CONNECT 127.0.0.1:8080 CONNECT elsewhere.example:80]"; fmt.Sprint(seen) != want {
		t.Errorf("the proxy saw %v, want %s", seen, want)
	}
}

func TestProxy_failuresAreDefinite(t *testing.T) {
	t.Parallel()
	var seen []string
	hidden := to("http://127.0.0.1:1")
	hidden.Proxy, hidden.AllowPrivate = "http://127.0.0.1:3128", nil
	cases := map[string]struct {
		proxy string
		want  connector.Class
		text  string
	}{
		"asks for a password": {"http://" + tunnel(t, "", "pw", &seen), connector.Denied, "proxy_username"},
		"has no way":          {"http://" + tunnel(t, "", "", &seen), connector.Unavailable, "503"},
		"is gone":             {"http://" + refusing(t), connector.Unavailable, "refused"},
		"speaks no HTTP":      {"http://" + listen(t, func(c net.Conn) { _, _ = io.WriteString(c, "220 smtp\r\n\r\n") }), connector.Unavailable, ""},
		"never ends its answer": {"http://" + listen(t, func(c net.Conn) {
			for {
				if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 4096)); err != nil {
					return
				}
			}
		}), connector.Unavailable, "does not end"},
		"says nothing":         {"http://" + listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), connector.Unavailable, "in time"},
		"is written strangely": {"socks5://127.0.0.1:1", connector.Invalid, "proxy"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			times := transport.Timeouts{}
			if name == "says nothing" {
				times.Connect = 200 * time.Millisecond
			}
			tr := newTransport(t, transport.Config{Timeouts: times})
			conn := to("http://127.0.0.1:9")
			conn.Proxy = c.proxy
			wantClass(t, do(t, tr.Env(conn, contain()), ask{http.MethodPost, "/", "x"}), c.want, c.text)
		})
	}
	if err := hidden.Check(); err == nil {
		t.Error("a proxy inside was taken without being allowed")
	}
	hidden.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	if err := hidden.Check(); err != nil {
		t.Error(err)
	}
}
