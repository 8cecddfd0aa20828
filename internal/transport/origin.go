package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// origin is a scheme, host and port in canonical spelling.
type origin struct {
	scheme, host string
	port         uint16
}

// String returns the origin as a URL shows it.
func (o origin) String() string { return o.scheme + "://" + o.address() }

// address is what is dialled.
func (o origin) address() string { return net.JoinHostPort(o.host, strconv.Itoa(int(o.port))) }

// defaultPort is the port of a scheme; ok is false for schemes that we do not speak.
func defaultPort(scheme string) (port uint16, ok bool) {
	switch scheme {
	case "http":
		return 80, true
	case "https":
		return 443, true
	case "ldap":
		return 389, true
	case "ldaps":
		return 636, true
	case "imap":
		return 143, true
	case "imaps":
		return 993, true
	case "smtp":
		return 25, true
	case "smtps":
		return 465, true
	case "ssh":
		return 22, true
	case "syslog":
		return 514, true
	case "tcp", "udp":
		return 0, true // the port must be said
	}
	return 0, false
}

// originOf returns where a URL leads. It refuses every spelling that two
// parsers could read differently.
func originOf(u *url.URL) (origin, error) {
	switch {
	case u.Opaque != "":
		return origin{}, fmt.Errorf("two slashes are missing: write %s://host", u.Scheme)
	case u.User != nil:
		return origin{}, errors.New("a URL must not hold a user or password: put them into the vault")
	}
	scheme := strings.ToLower(u.Scheme)
	port, ok := defaultPort(scheme)
	if !ok {
		return origin{}, fmt.Errorf("the scheme %q is not spoken here: use https", u.Scheme)
	}
	host, err := canonicalHost(u.Hostname())
	if err != nil {
		return origin{}, err
	}
	if text := u.Port(); text != "" {
		if port, err = parsePort(text); err != nil {
			return origin{}, err
		}
	}
	if port == 0 {
		return origin{}, fmt.Errorf("%s needs a port, as in %s://%s:514", scheme, scheme, host)
	}
	return origin{scheme, host, port}, nil
}

func parsePort(text string) (uint16, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is not a port: want 1 to 65535", text)
	}
	return uint16(n), nil
}

// canonicalHost returns an address or a name in its one spelling: lower case,
// without the final dot. Numbers that some systems take for addresses (127.1,
// 0x7f.1, 2130706433) and names that are not ASCII are refused.
func canonicalHost(host string) (string, error) {
	if host == "" {
		return "", errors.New("the host is missing")
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return "", fmt.Errorf("the address %s has a zone: leave it out", host)
		}
		return addr.String(), nil
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if len(name) > 253 {
		return "", errors.New("the host name is longer than 253 characters")
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if err := checkLabel(label); err != nil {
			return "", fmt.Errorf("the host %q: %w", host, err)
		}
	}
	if last := labels[len(labels)-1]; looksNumeric(last) {
		return "", fmt.Errorf("the host %q looks like a number but is not an address: write four decimal numbers", host)
	}
	if metadataName(name) {
		return "", fmt.Errorf("the host %q is a cloud's metadata service", host)
	}
	return name, nil
}

func checkLabel(label string) error {
	if label == "" || len(label) > 63 {
		return errors.New("a part between dots is empty or longer than 63 characters")
	}
	for _, r := range label {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
		case r > 127:
			return errors.New("write it in ASCII, as in xn--bcher-kva.example")
		default:
			return fmt.Errorf("the character %q is not allowed", r)
		}
	}
	return nil
}

// looksNumeric is the rule of the URL standard for hosts that end in a number.
func looksNumeric(label string) bool {
	if rest, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(rest, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// metadataName reports names by which clouds give out credentials.
func metadataName(name string) bool {
	switch name {
	case "metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal":
		return true
	}
	return false
}
