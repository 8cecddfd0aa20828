package transport

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/connector"
)

// allowList holds every origin that one connection may reach.
type allowList struct {
	name    string // of the connection
	base    origin
	origins []origin
	// token is the origin of the token endpoint, for the transport itself only.
	token *origin
}

func newAllowList(c Connection) (allowList, *url.URL, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		return allowList{}, nil, fmt.Errorf("the base URL is not a URL: %w", unwrapURL(err))
	}
	o, err := originOf(base)
	if err != nil {
		return allowList{}, nil, fmt.Errorf("the base URL: %w", err)
	}
	list := allowList{name: c.Name, base: o, origins: []origin{o}}
	for _, entry := range c.AllowHosts {
		more, err := parseAllowed(entry, o)
		if err != nil {
			return allowList{}, nil, fmt.Errorf("allowed host %q: %w", entry, err)
		}
		list.origins = append(list.origins, more)
	}
	return list, base, nil
}

// unwrapURL drops the URL from a parse error, which may hold a secret.
func unwrapURL(err error) error {
	if e, ok := err.(*url.Error); ok { //nolint:errorlint // url.Parse returns exactly this type
		return e.Err
	}
	return err
}

// parseAllowed reads host, host:port or scheme://host:port.
func parseAllowed(entry string, base origin) (origin, error) {
	if strings.Contains(entry, "://") {
		u, err := url.Parse(entry)
		if err != nil {
			return origin{}, unwrapURL(err)
		}
		if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
			return origin{}, fmt.Errorf("leave out what follows the port")
		}
		return originOf(u)
	}
	out := origin{scheme: base.scheme, port: base.port}
	host, port, err := net.SplitHostPort(entry)
	if err != nil {
		host = strings.Trim(entry, "[]")
	} else if out.port, err = parsePort(port); err != nil {
		return origin{}, err
	}
	out.host, err = canonicalHost(host)
	return out, err
}

// url returns an error unless a request may go to u.
func (a allowList) url(u *url.URL) *connector.Error {
	o, err := originOf(u)
	if err != nil {
		return connector.Errorf(connector.Denied, "connection %q: %w", a.name, err)
	}
	if o.scheme != "http" && o.scheme != "https" {
		return connector.Errorf(connector.Denied, "connection %q: the scheme %s is not HTTP", a.name, o.scheme)
	}
	if !slices.Contains(a.origins, o) {
		return connector.Errorf(connector.Denied,
			"connection %q may not reach %s: add it to its allowed hosts if it belongs to the product", a.name, o)
	}
	return nil
}

// dial returns an error unless host:port belongs to an allowed origin of any scheme.
func (a allowList) dial(address string) (host string, err *connector.Error) {
	name, text, splitErr := net.SplitHostPort(address)
	if splitErr != nil {
		return "", connector.Errorf(connector.Denied, "connection %q: %q is not host:port", a.name, address)
	}
	port, portErr := parsePort(text)
	host, hostErr := canonicalHost(name)
	if portErr != nil || hostErr != nil {
		return "", connector.Errorf(connector.Denied, "connection %q: %q is not an address to connect to", a.name, address)
	}
	fits := func(o origin) bool { return o.host == host && o.port == port }
	if slices.ContainsFunc(a.origins, fits) || (a.token != nil && fits(*a.token)) {
		return host, nil
	}
	return "", connector.Errorf(connector.Denied,
		"connection %q may not reach %s: add it to its allowed hosts if it belongs to the product", a.name, net.JoinHostPort(host, text))
}
