package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Client speaks to the control endpoint of a lab in another process. Its
// methods are those of [Lab]; where they cannot report an error and one
// happens, they return nothing and [Client.Err] tells.
type Client struct {
	base string
	http *http.Client
	urls map[string]string
	err  error
}

// Dial returns a client of the lab whose control endpoint has this address,
// which must be a loopback one.
func Dial(ctx context.Context, base string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return nil, harrier.Errorf(harrier.Invalid, "%q is not the control address of a lab, such as http://127.0.0.1:4001", base)
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err != nil || !ip.IsLoopback() {
		return nil, harrier.Errorf(harrier.Invalid, "a lab listens on loopback addresses only, not on %s", u.Hostname())
	}
	c := &Client{base: strings.TrimSuffix(base, "/"), http: &http.Client{Timeout: 10 * time.Second}, urls: map[string]string{}}
	var vendors map[string]string
	if err := c.do(ctx, http.MethodGet, "/lab/vendors", nil, &vendors); err != nil {
		return nil, err
	}
	c.urls = vendors
	return c, nil
}

// do makes one request.
func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return harrier.Errorf(harrier.Unavailable, "ask the lab: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if cerr := res.Body.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return harrier.Errorf(harrier.Unavailable, "ask the lab: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return harrier.Errorf(harrier.Invalid, "the lab answers %s: %s", res.Status, bytes.TrimSpace(data))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}

// ask is do for the methods of [Lab], which do not wait and so have no context.
func (c *Client) ask(method, path string, in, out any) error {
	return c.do(context.Background(), method, path, in, out) //nolint:forbidigo // the client's own limit of time holds
}

// get is ask for methods that cannot report an error.
func get[T any](c *Client, path string) T {
	var v T
	if err := c.ask(http.MethodGet, path, nil, &v); err != nil {
		c.err = err
	}
	return v
}

// Err returns the last error of a method that could not report it.
func (c *Client) Err() error { return c.err }

// URL is [Lab.URL].
func (c *Client) URL(vendor string) string { return c.urls[vendor] }

// Vendors is [Lab.Vendors].
func (c *Client) Vendors() []string { return slices.Sorted(maps.Keys(c.urls)) }

// State is [Lab.State].
func (c *Client) State() State { return get[State](c, "/lab/state") }

// Effects is [Lab.Effects].
func (c *Client) Effects() []Effect { return get[[]Effect](c, "/lab/effects") }

// Calls is [Lab.Calls].
func (c *Client) Calls() []Call { return get[[]Call](c, "/lab/calls") }

// Seed is [Lab.Seed].
func (c *Client) Seed(s Scenario) error {
	return c.ask(http.MethodPost, "/lab/seed", s, nil)
}

// Alert is [Lab.Alert].
func (c *Client) Alert(a Alert) error { return c.ask(http.MethodPost, "/lab/alerts", a, nil) }

// List is [Lab.List].
func (c *Client) List(i Listed) error { return c.ask(http.MethodPost, "/lab/indicators", i, nil) }

// Fault is [Lab.Fault].
func (c *Client) Fault(vendor string, r Rule) error {
	return c.ask(http.MethodPost, "/lab/faults", wireRule{
		Vendor: vendor, Method: r.Method, Path: r.Path, Nth: r.Nth, Count: r.Count, Probability: r.Probability, Kind: r.Kind,
		RetryAfter: span(r.RetryAfter), Delay: span(r.Delay), Skew: span(r.Skew), From: r.From, To: r.To,
	}, nil)
}

// Connections is [Lab.Connections].
func (c *Client) Connections() []ConnectionSeed {
	var seeds []ConnectionSeed
	for _, raw := range get[[]connectionJSON](c, "/lab/connections") {
		seed := ConnectionSeed{
			Name: raw.Name, Connector: raw.Connector, BaseURL: raw.BaseURL, Settings: raw.Settings,
			AllowHosts: raw.AllowHosts, AllowPrivate: raw.AllowPrivate, Limits: raw.Limits, Secrets: map[string]harrier.Secret{},
		}
		for name, value := range raw.Secrets {
			seed.Secrets[name] = harrier.NewSecret(value)
		}
		seeds = append(seeds, seed)
	}
	return seeds
}

// Close ends the client; the lab goes on.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// connectionJSON is a connection as the control endpoint shows it.
type connectionJSON struct {
	Name         string            `json:"name"`
	Connector    string            `json:"connector"`
	BaseURL      string            `json:"base_url"`
	Settings     map[string]any    `json:"settings"`
	Secrets      map[string]string `json:"secrets"`
	AllowHosts   []string          `json:"allow_hosts"`
	AllowPrivate []netip.Prefix    `json:"allow_private"`

	Limits harrier.ConnectionLimits `json:"limits"`
}
