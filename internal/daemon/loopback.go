package daemon

import (
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/cli"
)

// tokenName is the file with the bearer token in the data directory.
const tokenName = "api.token"

// listenLoopback listens on a loopback address, with the data directory's token.
func listenLoopback(o cli.ServeOptions) (net.Listener, harrier.Secret, error) {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, harrier.Secret{}, harrier.Errorf(harrier.Invalid, "%q is not an address to listen on, such as 127.0.0.1:8080", o.Listen)
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return nil, harrier.Secret{}, harrier.Errorf(harrier.Invalid, "%s is not a loopback address; this version listens on 127.0.0.1 or [::1] only", host)
	}
	token, err := loadToken(filepath.Join(o.Dir, tokenName))
	if err != nil {
		return nil, token, err
	}
	ln, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, token, harrier.Errorf(harrier.Unavailable, "listen on %s: %w", o.Listen, err)
	}
	return ln, token, nil
}

// loadToken reads the token, and makes one where there is none.
func loadToken(path string) (harrier.Secret, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return harrier.NewSecret(strings.TrimSpace(string(text))), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return harrier.Secret{}, harrier.Errorf(harrier.Unavailable, "read the token: %w", err)
	}
	token := "harrier_" + rand.Text()
	if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
		return harrier.Secret{}, harrier.Errorf(harrier.Unavailable, "write the token: %w", err)
	}
	return harrier.NewSecret(token), nil
}

// bearer lets whoever knows the token be the local operator.
func bearer(token harrier.Secret) api.Authenticator {
	return func(r *http.Request) (harrier.Principal, bool) {
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || token.IsZero() || !token.Equal(harrier.NewSecret(given)) {
			return harrier.Principal{}, false
		}
		return harrier.Operator(), true
	}
}
