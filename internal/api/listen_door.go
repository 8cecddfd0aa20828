package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"golang.org/x/net/netutil"
)

// DoorListening says where senders are listened to. Nothing but the doors is
// behind it.
type DoorListening struct {
	// Address has a port, and may be reached from other machines: then
	// Certificate and Key are needed. Empty listens for no senders.
	Address string
	// Certificate and Key are PEM files; they are read again when they change.
	Certificate, Key string
	// ClientCA is a PEM file: certificates of senders are verified with it.
	ClientCA string
}

// maxSenders bounds the connections of senders.
const maxSenders = 4096

// listenDoors opens the address for senders.
func (s *Server) listenDoors(ctx context.Context, l DoorListening) (listenerPart, error) {
	address := strings.Replace(l.Address, "localhost:", "127.0.0.1:", 1)
	at, err := netip.ParseAddrPort(address)
	host, _, splitErr := net.SplitHostPort(address)
	everywhere := splitErr == nil && host == ""
	switch {
	case err != nil && !everywhere:
		return listenerPart{}, harrier.Errorf(harrier.Invalid, "%q is not an address to listen on for senders; write 127.0.0.1:8443 or :8443", l.Address)
	case l.Certificate == "" && (everywhere || !at.Addr().Unmap().IsLoopback()):
		return listenerPart{}, harrier.Errorf(harrier.Invalid, "senders of other machines would send their secrets in the clear; give a certificate and its key for %s, or listen on 127.0.0.1 behind a proxy with TLS", l.Address)
	case l.Certificate == "" && l.ClientCA != "":
		return listenerPart{}, harrier.Errorf(harrier.Invalid, "certificates of senders are checked with TLS alone; give a certificate and its key too")
	}
	part := listenerPart{handler: s.DoorHandler()}
	if l.Certificate != "" {
		if part.tls, err = l.tls(); err != nil {
			return listenerPart{}, err
		}
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return listenerPart{}, harrier.Errorf(harrier.Unavailable, "cannot listen on %s for senders; choose another port, or 0 for a free one: %w", l.Address, err)
	}
	part.Listener = netutil.LimitListener(ln, maxSenders)
	return part, nil
}

// tls is how connections of senders are protected.
func (l DoorListening) tls() (*tls.Config, error) {
	pair := &pair{cert: l.Certificate, key: l.Key}
	if _, err := pair.get(nil); err != nil {
		return nil, err
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.get, NextProtos: []string{"h2", "http/1.1"}}
	if l.ClientCA == "" {
		return cfg, nil
	}
	text, err := os.ReadFile(l.ClientCA)
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "cannot read %s: %w", l.ClientCA, err)
	}
	cfg.ClientCAs = x509.NewCertPool()
	if !cfg.ClientCAs.AppendCertsFromPEM(text) {
		return nil, harrier.Errorf(harrier.Invalid, "%s holds no certificate; give a PEM file", l.ClientCA)
	}
	cfg.ClientAuth = tls.VerifyClientCertIfGiven // whether one is needed is for the source to say
	return cfg, nil
}

// pair is a certificate with its key that is read again when its file changes.
type pair struct {
	cert, key string

	mu   sync.Mutex // guards what follows
	at   time.Time
	last *tls.Certificate
}

// get returns the certificate as it is now, or the last good one.
func (p *pair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	info, err := os.Stat(p.cert)
	if err == nil && p.last != nil && info.ModTime().Equal(p.at) {
		return p.last, nil
	}
	c, loadErr := tls.LoadX509KeyPair(p.cert, p.key)
	if err := errors.Join(err, loadErr); err != nil {
		if p.last != nil { // it is being replaced: the key comes after the certificate
			return p.last, nil
		}
		return nil, harrier.Errorf(harrier.Invalid, "the certificate %s with the key %s cannot be used: %w", p.cert, p.key, err)
	}
	p.last, p.at = &c, info.ModTime()
	return p.last, nil
}

// scheme is how addresses of the listener begin.
func (p listenerPart) scheme() string {
	if p.tls != nil {
		return "https://"
	}
	return "http://"
}

// serve answers on a listener, with TLS where it has it.
func (p listenerPart) serve(server *http.Server) error {
	if p.tls == nil {
		return server.Serve(p.Listener)
	}
	server.TLSConfig = p.tls
	return server.ServeTLS(p.Listener, "", "")
}
