package transport

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/harrier-soar/harrier/connector"
)

// maxProxyHead bounds what a proxy may answer to CONNECT.
const maxProxyHead = 16 << 10

// proxy is an HTTP proxy that carries every connection with CONNECT.
type proxy struct {
	at origin
	// names leaves the look-up of names to the proxy.
	names bool
	tls   *tls.Config
	// login returns the user and password, or empty text where none is needed.
	login func(ctx context.Context) (user, password string, err error)
}

// parseProxy reads the proxy of a connection; nil where it has none.
func parseProxy(c Connection) (*proxy, error) {
	if c.Proxy == "" {
		return nil, nil
	}
	u, err := url.Parse(c.Proxy)
	if err != nil {
		return nil, fmt.Errorf("the proxy is not a URL: %w", unwrapURL(err))
	}
	at, err := originOf(u)
	if err != nil {
		return nil, fmt.Errorf("the proxy: %w", err)
	}
	if at.scheme != "http" && at.scheme != "https" {
		return nil, errors.New("the proxy: want http://host:port or https://host:port")
	}
	return &proxy{at: at, names: c.ProxyDNS}, nil
}

// throughProxy opens a tunnel to host:port. The tunnel's target is checked
// like an address that we connect to ourselves.
func (d *dialer) throughProxy(ctx context.Context, host, port string) (net.Conn, error) {
	target, err := d.tunnelTarget(ctx, host)
	if err != nil {
		return nil, err
	}
	conn, err := d.direct(ctx, "tcp", d.proxy.at.host, fmt.Sprint(d.proxy.at.port))
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	tunnel, err := d.proxy.open(ctx, conn, net.JoinHostPort(target, port))
	if !stop() { // the connection was closed because ctx ended
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("proxy: %w", err)
	}
	return &counted{Conn: tunnel}, nil
}

func (d *dialer) tunnelTarget(ctx context.Context, host string) (string, error) {
	if _, err := netip.ParseAddr(host); err != nil && d.proxy.names {
		return host, nil
	}
	addr, err := d.checked(ctx, host)
	return addr.String(), err
}

// open speaks CONNECT on a connection to the proxy.
func (p *proxy) open(ctx context.Context, conn net.Conn, target string) (net.Conn, error) {
	if p.at.scheme == "https" {
		cfg := p.tls.Clone()
		cfg.ServerName, cfg.NextProtos = p.at.host, nil
		secure := tls.Client(conn, cfg)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = secure
	}
	head := "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n"
	user, password, err := p.login(ctx)
	if err != nil {
		return nil, err
	}
	if user != "" || password != "" {
		head += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password)) + "\r\n"
	}
	if _, err := conn.Write([]byte(head + "\r\n")); err != nil {
		return nil, err
	}
	return conn, answered(conn)
}

// answered reads the proxy's answer and not a byte more.
func answered(conn net.Conn) error {
	var head []byte
	one := make([]byte, 1)
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		if len(head) == maxProxyHead {
			return errors.New("the answer to CONNECT does not end")
		}
		if _, err := conn.Read(one); err != nil {
			return err
		}
		head = append(head, one[0])
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), &http.Request{Method: http.MethodConnect})
	if err != nil {
		return errors.New("the answer to CONNECT is not HTTP")
	}
	_ = resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusOK:
		return nil
	case resp.StatusCode == http.StatusProxyAuthRequired:
		return connector.Errorf(connector.Denied, "the proxy asks for a user and password: set proxy_username and proxy_password")
	case resp.StatusCode >= 400 && resp.StatusCode < 500:
		return connector.Errorf(connector.Denied, "the proxy refused the connection with status %d", resp.StatusCode)
	}
	return connector.Errorf(connector.Unavailable, "the proxy answered with status %d %s", resp.StatusCode, strings.ToLower(http.StatusText(resp.StatusCode)))
}
