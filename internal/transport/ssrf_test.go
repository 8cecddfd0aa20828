package transport_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/transport"
)

// hostile lists spellings of places inside. None may be reached, whoever
// configures it. A % stands for the port of a server that must not be met.
func hostile() []string {
	return []string{
		// loopback in every spelling
		"http://127.0.0.1:%/", "http://127.0.0.1:%", "https://127.0.0.1:%/", "HTTP://127.0.0.1:%/", "http://127.1:%/", "http://127.0.1:%/",
		"http://2130706433:%/", "http://017700000001:%/", "http://0177.0.0.1:%/", "http://0177.0.0.01:%/", "http://0x7f.1:%/", "http://0x7f.0x0.0x0.0x1:%/",
		"http://0x7f000001:%/", "http://0X7F000001:%/", "http://00000000177.0.0.1:%/", "http://127.0.0.1.:%/", "http://127.000.000.001:%/",
		"http://127.255.255.254:%/", "http://127.0.0.2:%/", "http://256.0.0.1:%/", "http://1.2.3:%/", "http://127.0.0.1.1:%/",
		"http://0:%/", "http://0.0.0.0:%/", "http://0.0.0.1:%/", "http://[::]:%/", "http://[::1]:%/", "http://[0:0:0:0:0:0:0:1]:%/", "http://[0000::0001]:%/",
		// IPv4 inside IPv6
		"http://[::ffff:127.0.0.1]:%/", "http://[::ffff:7f00:1]:%/", "http://[::ffff:0:0]:%/", "http://[::127.0.0.1]:%/", "http://[::ffff:0:127.0.0.1]:%/",
		"http://[64:ff9b::7f00:1]:%/", "http://[64:ff9b::127.0.0.1]:%/", "http://[64:ff9b:1::7f00:1]:%/", "http://[64:ff9b::a9fe:a9fe]:%/",
		"http://[2002:7f00:1::]:%/", "http://[2002:a00:1::]:%/", "http://[2002:c0a8:101::1]:%/",
		"http://[2001:0:4136:e378:8000:63bf:80ff:fffe]:%/", "http://[2001::1]:%/", "http://[2600::5efe:127.0.0.1]:%/", "http://[2600::200:5efe:10.0.0.1]:%/",
		// metadata
		"http://169.254.169.254/latest/meta-data/", "http://169.254.170.2/v2/credentials", "http://[fd00:ec2::254]/", "http://100.100.100.200/",
		"http://168.63.129.16/", "http://metadata.google.internal/", "http://METADATA.google.internal./", "http://metadata/", "http://metadata.goog/",
		"http://instance-data/", "http://instance-data.ec2.internal/", "http://2852039166/", "http://0xa9fea9fe/", "http://[::ffff:a9fe:a9fe]/", "http://192.0.0.192/",
		// private, shared, link-local, reserved
		"http://10.0.0.1/", "http://10.255.255.255/", "http://172.16.0.1/", "http://172.31.255.254/", "http://192.168.1.1/", "http://100.64.0.1/", "http://100.127.255.254/",
		"http://169.254.1.1/", "http://192.0.0.1/", "http://192.0.2.1/", "http://198.18.0.1/", "http://198.19.255.255/", "http://198.51.100.1/", "http://203.0.113.1/",
		"http://224.0.0.1/", "http://239.255.255.250/", "http://240.0.0.1/", "http://255.255.255.255/", "http://[fe80::1]/", "http://[fe80::1%25lo]:%/", "http://[::1%25lo]:%/",
		"http://[fec0::1]/", "http://[fc00::1]/", "http://[fdff::1]/", "http://[ff02::1]/", "http://[100::1]/", "http://[2001:db8::1]/", "http://[3fff::1]/", "http://[5f00::1]/",
		// names
		"http://localhost:%/", "http://localhost.:%/", "http://LOCALHOST:%/", "http://sub.localhost:%/", "http://localhost.localdomain:%/", "http://ip6-localhost:%/",
		"http://127.0.0.1.nip.example:%/", "http://cname-to-private.example:%/",
		// what parsers read differently
		"http://①②⑦.0.0.1:%/", "http://127。0。0。1:%/", "http://127．0．0．1:%/", "http://127｡0｡0｡1:%/", "http://ⓛocalhost:%/", "http://xn--.:%/",
		"http://good.example@127.0.0.1:%/", "http://good.example:pw@127.0.0.1:%/", "http://127.0.0.1:%@good.example/", "http://@127.0.0.1:%/",
		"http://good.example\\@127.0.0.1:%/", "http://127.0.0.1:%\\@good.example/", "http:\\\\127.0.0.1:%/", "http:127.0.0.1:%/", "http:/127.0.0.1:%/", "http:///127.0.0.1:%/",
		"http://127.0.0.1\t:%/", "http://127.0.\n0.1:%/", " http://127.0.0.1:%/", "http://127.0.0.1 :%/", "http://127.0.0.1%00.good.example/", "http://%31%32%37.0.0.1:%/",
		"//127.0.0.1:%/", "http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://127.0.0.1:+80/", "http://127.0.0.1:-1/", "http://127.0.0.1:80:80/", "http://:%/", "http://[]:%/",
		"http://[127.0.0.1]:%/", "http://a..b:%/", "http://_/", "http://", "",
		// schemes
		"gopher://127.0.0.1:%/_x", "file:///etc/passwd", "ftp://127.0.0.1:%/", "unix:///var/run/docker.sock", "dict://127.0.0.1:%/", "jar:http://127.0.0.1:%!/", "data:text/plain,x", "ldap://127.0.0.1:%/", "javascript:1", "ws://127.0.0.1:%/",
	}
}

// NET-02, NET-03, NET-05: no spelling of a place inside is reached, not even when an admin configures it.
func TestTransport_reachesNoPlaceInside_NET03(t *testing.T) {
	t.Parallel()
	var met atomic.Int64
	server := serve(t, func(http.ResponseWriter, *http.Request) { met.Add(1) })
	port := server.URL[strings.LastIndex(server.URL, ":")+1:]
	// Every name leads inside, as a hostile name server would have it.
	tr := newTransport(t, transport.Config{Resolver: &names{any: []string{"127.0.0.1", "::1"}}})
	list := hostile()
	if len(list) < 80 {
		t.Fatalf("only %d spellings", len(list))
	}
	for _, spelling := range list {
		place := strings.ReplaceAll(spelling, "%", port)
		if strings.Contains(spelling, "%2") || strings.Contains(spelling, "%00") || strings.Contains(spelling, "%31") {
			place = strings.ReplaceAll(strings.ReplaceAll(spelling, ":%/", ":"+port+"/"), "%%", "%")
		}
		conn := to(place)
		conn.AllowPrivate = nil
		env := tr.Env(conn, read())
		for _, target := range []string{place, "/"} { // as it stands, and below the base URL
			got := do(t, env, ask{http.MethodGet, target, ""})
			if got.err == nil || (got.err.Class != connector.Denied && got.err.Class != connector.Invalid) {
				t.Errorf("base URL %q, request %q: got %v, want it refused", place, target, got)
			}
		}
		good := to("https://good.example")
		good.AllowPrivate = nil
		if got := do(t, tr.Env(good, read()), ask{http.MethodGet, place, ""}); got.err == nil || got.err.Class == connector.Unavailable {
			t.Errorf("request to %q over another connection: got %v, want it refused", place, got)
		}
		if c, err := tr.Env(conn, read()).Dial(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(place, "http://"), "/")); err == nil {
			_ = c.Close()
			t.Errorf("dial to %q succeeded", place)
		}
	}
	if met.Load() != 0 {
		t.Errorf("the server inside was met %d times", met.Load())
	}
}

// A spelling may be refused only because it is inside: the same server is reached where it is allowed.
func TestTransport_reachesWhatIsAllowed(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("met")) })
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	tr := newTransport(t, transport.Config{Resolver: &names{any: []string{"127.0.0.1"}}})
	for _, base := range []string{server.URL, "http://lab.example:" + port, "http://LAB.example.:" + port + "/", "http://[::ffff:127.0.0.1]:" + port} {
		wantBody(t, do(t, tr.Env(to(base), read()), ask{http.MethodGet, "/x", ""}), 200, "met")
	}
}

func TestConnection_checkRefusesLiteralsEarly_NET05(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://127.0.0.1:5432", "http://[::1]", "http://169.254.169.254", "http://user:pw@vendor.example", "ftp://vendor.example", ""} {
		conn := to(base)
		conn.AllowPrivate = nil
		if err := conn.Check(); err == nil || strings.Contains(err.Error(), "pw@") {
			t.Errorf("%q: got %v, want an error without the password", base, err)
		}
	}
	if err := to("https://vendor.example/api").Check(); err != nil {
		t.Error(err)
	}
}

// NET-02: a name that is public when it is looked up first and inside later is not followed inside.
func TestTransport_survivesRebinding_NET02(t *testing.T) {
	t.Parallel()
	var met atomic.Int64
	server := serve(t, func(http.ResponseWriter, *http.Request) { met.Add(1) })
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	flips := &names{answers: map[string][][]string{
		"flip.example": {{"192.0.2.1"}, {"127.0.0.1"}, {"::1"}, {"127.0.0.1", "::ffff:127.0.0.1"}},
		"both.example": {{"10.0.0.1", "127.0.0.1", "0.0.0.0"}},
	}}
	tr := newTransport(t, transport.Config{Resolver: flips})
	for _, host := range []string{"flip.example", "both.example"} {
		conn := to("http://" + host + ":" + port)
		conn.AllowPrivate = nil
		for range 5 {
			got := do(t, tr.Env(conn, read()), ask{http.MethodGet, "/", ""})
			wantClass(t, got, connector.Denied, "may not reach")
		}
	}
	if met.Load() != 0 {
		t.Errorf("the server inside was met %d times", met.Load())
	}
}

func TestTransport_skipsForbiddenAnswersOfAMixedName(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("met")) })
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	tr := newTransport(t, transport.Config{Resolver: &names{any: []string{"10.1.2.3", "169.254.169.254", "127.0.0.1"}}})
	wantBody(t, do(t, tr.Env(to("http://mixed.example:"+port), read()), ask{http.MethodGet, "/", ""}), 200, "met")
}

// Metadata services are not opened by a prefix around them.
func TestTransport_needsMetadataListedExactly(t *testing.T) {
	t.Parallel()
	conn := to("http://169.254.169.254/")
	conn.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("0.0.0.0/0")}
	if err := conn.Check(); err == nil || !strings.Contains(err.Error(), "169.254.169.254/32") {
		t.Errorf("got %v, want to be told to list it exactly", err)
	}
	conn.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("169.254.169.254/32")}
	if err := conn.Check(); err != nil {
		t.Errorf("listed exactly: %v", err)
	}
}

// NET-04: redirects of every kind are handed back, and nobody goes there.
func TestTransport_followsNoRedirect_NET04(t *testing.T) {
	t.Parallel()
	var met atomic.Int64
	inside := serve(t, func(http.ResponseWriter, *http.Request) { met.Add(1) })
	outside := serve(t, func(w http.ResponseWriter, r *http.Request) {
		status := map[string]int{"/301": 301, "/302": 302, "/303": 303, "/307": 307, "/308": 308, "/refresh": 200}[r.URL.Path]
		w.Header().Set("Location", inside.URL)
		w.Header().Set("Refresh", "0; url="+inside.URL)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`<meta http-equiv="refresh" content="0; url=` + inside.URL + `">`))
	})
	tr := newTransport(t, transport.Config{})
	for path, status := range map[string]int{"/301": 301, "/302": 302, "/303": 303, "/307": 307, "/308": 308, "/refresh": 200} {
		got := do(t, tr.Env(to(outside.URL), contain()), ask{http.MethodPost, path, "body"})
		if got.err != nil || got.status != status {
			t.Errorf("%s: got %v, want %d", path, got, status)
		}
		location := got.header.Get("Location")
		wantClass(t, do(t, tr.Env(to(outside.URL), read()), ask{http.MethodGet, location, ""}), connector.Denied, "allowed hosts")
	}
	if met.Load() != 0 {
		t.Errorf("a redirect was followed %d times", met.Load())
	}
}

// Scheme, host and port of a request must all be allowed.
func TestTransport_holdsTheAllowList_NET05(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("met")) })
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("other")) })
	tr := newTransport(t, transport.Config{})
	conn := to(server.URL + "/api")
	for _, target := range []string{other.URL, strings.Replace(server.URL, "http", "https", 1), strings.Replace(server.URL, "127.0.0.1", "127.0.0.2", 1)} {
		wantClass(t, do(t, tr.Env(conn, read()), ask{http.MethodGet, target, ""}), connector.Denied, "allowed hosts")
	}
	conn.AllowHosts = []string{strings.TrimPrefix(other.URL, "http://")}
	wantBody(t, do(t, tr.Env(conn, read()), ask{http.MethodGet, other.URL + "/x", ""}), 200, "other")
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	req.Host = "elsewhere.example"
	wantClass(t, exchange(t, tr.Env(conn, read()), req), connector.Denied, "another host")
	for _, entry := range []string{"", "a b", "http://x/path", "host:0", "host:99999", "user@host", "gopher://x"} {
		conn.AllowHosts = []string{entry}
		if err := conn.Check(); err == nil {
			t.Errorf("allowed host %q was taken", entry)
		}
	}
}

// The environment has no say in where traffic goes.
func TestTransport_ignoresProxyVariables(t *testing.T) { //nolint:paralleltest // it sets variables of the process
	var met atomic.Int64
	proxy := serve(t, func(http.ResponseWriter, *http.Request) { met.Add(1) })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	tr := newTransport(t, transport.Config{Resolver: &names{any: []string{"127.0.0.1"}}})
	wantClass(t, do(t, tr.Env(to("http://vendor.example:1"), read()), ask{http.MethodGet, "/", ""}), connector.Unavailable, "refused")
	if met.Load() != 0 {
		t.Error("the proxy of the environment was asked")
	}
}

// FuzzAddress proves that whatever is written as a base URL, nothing inside is
// reached and no path of the code panics.
func FuzzAddress(f *testing.F) {
	for _, s := range hostile() {
		f.Add(strings.ReplaceAll(s, "%", "80"))
	}
	tr := newTransport(f, transport.Config{Resolver: &names{any: []string{"127.0.0.1"}}})
	f.Fuzz(func(t *testing.T, base string) {
		conn := to(base)
		conn.AllowPrivate = nil
		if conn.Check() != nil {
			return
		}
		u, err := url.Parse(base)
		if err != nil {
			t.Fatalf("%q passed the check and is no URL", base)
		}
		if addr, err := netip.ParseAddr(u.Hostname()); err == nil {
			if addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() || addr.IsUnspecified() || addr.IsMulticast() {
				t.Fatalf("%q passed the check", base)
			}
			return // public: not to be called from a test
		}
		if got := do(t, tr.Env(conn, read()), ask{http.MethodGet, "/", ""}); got.err == nil || got.err.Class == connector.Unavailable {
			t.Fatalf("%q: %v", base, got)
		}
	})
}
