package client

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Client speaks to one server. It is safe for concurrent use.
type Client struct {
	http    *http.Client
	base    string
	token   harrier.Secret
	agent   string
	retries int
	most    int64
	// network tells that the way to the server is ours: the network.
	network bool
}

// Option is a setting of a [Client].
type Option func(*Client)

// WithToken authenticates with an API key, the token of a session, or what is
// in the file api.token of the server's data directory.
func WithToken(token harrier.Secret) Option { return func(c *Client) { c.token = token } }

// WithHTTP makes the calls through a client of the caller's: with a proxy, other
// certificates, or a Unix socket. Its redirects and cookies are not used.
func WithHTTP(h *http.Client) Option {
	return func(c *Client) { c.http, c.network = h, h.Transport == nil }
}

// WithUserAgent says what calls.
func WithUserAgent(name string) Option { return func(c *Client) { c.agent = name } }

// WithRetries says how often a call is made again at most where that is safe;
// three times where it is absent. With zero, which is never, changes bear no
// key of ours either.
func WithRetries(n int) Option { return func(c *Client) { c.retries = max(n, 0) } }

// WithMaxAnswer bounds an answer in JSON, in bytes: 256 MiB where it is absent.
// Downloads and streams are not bounded, they are read as they come.
func WithMaxAnswer(n int64) Option { return func(c *Client) { c.most = n } }

// New returns a client of the server at an address such as
// https://harrier.example. A token is sent in the clear to this machine only.
func New(base string, options ...Option) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return nil, harrier.Errorf(harrier.Invalid, "%q is not the address of a server; write https://harrier.example", base)
	}
	c := &Client{base: u.Scheme + "://" + u.Host, agent: agent(), retries: 3, most: 256 << 20}
	for _, option := range options {
		option(c)
	}
	c.settle()
	return c, c.safe()
}

// With returns a client of the same server with other settings, over the same
// connections: after a log-in, with the new token.
func (c *Client) With(options ...Option) *Client {
	other := *c
	for _, option := range options {
		option(&other)
	}
	other.settle()
	return &other
}

// settle makes the HTTP client one that stays: the caller's own follows
// redirects as ever, and no jar keeps what logs in.
func (c *Client) settle() {
	if c.http == nil {
		c.http = &http.Client{Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, ResponseHeaderTimeout: 2 * time.Minute, TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second,
		}}
		c.network = true
	}
	c.http = &http.Client{Transport: c.http.Transport, Timeout: c.http.Timeout, CheckRedirect: stay}
}

// safe refuses to send a token over a network in the clear. Where the caller
// made the way to the server, the caller knows where it leads.
func (c *Client) safe() error {
	if c.network && !c.token.IsZero() && strings.HasPrefix(c.base, "http:") && !here(c.base) {
		return harrier.Errorf(harrier.Invalid, "%s would send the token over the network in the clear; use https", c.base)
	}
	return nil
}

// Base is the address of the server, without a slash at its end.
func (c *Client) Base() string { return c.base }

// stay keeps the token where it was sent to.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// here tells whether an address is this machine's.
func here(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// agent names this package with the version of the module, where that is known.
func agent() string {
	const path = "github.com/harrier-soar/harrier"
	version := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Path == path {
			version = info.Main.Version
		}
		for _, m := range info.Deps {
			if m.Path == path {
				version = m.Version
			}
		}
	}
	return "harrier-go/" + cmp.Or(strings.Trim(version, "()"), "devel")
}
