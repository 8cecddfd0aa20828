package listen

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// again is how long files are believed before they are looked at.
const again = time.Minute

// identityFiles is a certificate that is read again when its files change.
type identityFiles struct {
	dir   string
	names Certificates
	now   func() time.Time

	mu      sync.Mutex // guards what follows
	looked  time.Time
	changed [3]time.Time
	config  *tls.Config
	ends    time.Time
}

// serverTLS makes the identity of a listener. Files that turn bad later leave
// the last good ones in use.
func serverTLS(dir string, names Certificates, now func() time.Time) (*identityFiles, error) {
	f := &identityFiles{dir: dir, names: names, now: now}
	return f, f.load()
}

// server is a configuration that follows the files.
func (f *identityFiles) server() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return f.current(), nil },
	}
}

// end is when the certificate in use ends.
func (f *identityFiles) end() time.Time {
	f.current()
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ends
}

// current looks at the files now and then.
func (f *identityFiles) current() *tls.Config {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now().Sub(f.looked) < again {
		return f.config
	}
	f.looked = f.now()
	if f.times() != f.changed {
		if err := f.read(); err != nil {
			return f.config
		}
	}
	return f.config
}

func (f *identityFiles) load() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looked = f.now()
	return f.read()
}

// read reads the files. mu is held.
func (f *identityFiles) read() error {
	changed := f.times()
	pair, err := tls.LoadX509KeyPair(f.path(f.names.Certificate), f.path(f.names.Key))
	if err != nil {
		return harrier.Errorf(harrier.Invalid, "the certificate and its key cannot be read: %w", err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	if f.names.ClientCA != "" {
		text, err := os.ReadFile(f.path(f.names.ClientCA))
		if err != nil {
			return fmt.Errorf("client_ca: %w", err)
		}
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(text) {
			return harrier.Errorf(harrier.Invalid, "client_ca: %s has no certificate in PEM", f.names.ClientCA)
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	f.config, f.changed, f.ends = config, changed, time.Time{}
	if pair.Leaf != nil {
		f.ends = pair.Leaf.NotAfter
	}
	return nil
}

// times are when the files were changed last.
func (f *identityFiles) times() (at [3]time.Time) {
	for i, name := range [...]string{f.names.Certificate, f.names.Key, f.names.ClientCA} {
		if name == "" {
			continue
		}
		if info, err := os.Stat(f.path(name)); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}

func (f *identityFiles) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(f.dir, name)
}
