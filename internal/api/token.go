package api

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/harrier-soar/harrier"
)

// TokenPath is where the token of a data directory is.
func TokenPath(dir string) string { return filepath.Join(dir, "api.token") }

// tokenPrefix lets scanners find tokens that got lost.
const tokenPrefix = "harrier_local_"

// EnsureToken returns the token of a data directory, and makes one where there
// is none. A file that others may read is refused.
func EnsureToken(dir string) (harrier.Secret, error) {
	path := TokenPath(dir)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return ReadToken(dir)
	}
	if err != nil {
		return harrier.Secret{}, harrier.Errorf(harrier.Unavailable, "cannot write %s: %w", path, err)
	}
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails since Go 1.24
	token := tokenPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	_, err = f.WriteString(token + "\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return harrier.Secret{}, harrier.Errorf(harrier.Unavailable, "cannot write %s: %w", path, err)
	}
	return harrier.NewSecret(token), nil
}

// ReadToken returns the token of a data directory.
func ReadToken(dir string) (harrier.Secret, error) {
	path := TokenPath(dir)
	info, err := os.Stat(path)
	if err != nil {
		return harrier.Secret{}, harrier.Errorf(harrier.NotFound, "there is no token in %s; start the server with --listen once: %w", dir, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return harrier.Secret{}, harrier.Errorf(harrier.Denied, "others may read %s; replace it: remove the file and start the server again", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return harrier.Secret{}, harrier.Errorf(harrier.Unavailable, "cannot read %s: %w", path, err)
	}
	token := strings.TrimSpace(string(text))
	if len(token) < 26 { // what a text of 128 random bits has at least
		return harrier.Secret{}, harrier.Errorf(harrier.Invalid, "%s holds no token; remove the file and start the server again", path)
	}
	return harrier.NewSecret(token), nil
}
