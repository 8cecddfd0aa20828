package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// savedLogin is what a log-in at a server left.
type savedLogin struct {
	Token string `json:"token,omitempty"`
	// Device lets the server know this machine again; it outlives a log-out.
	Device string `json:"device,omitempty"`
	Tenant string `json:"tenant,omitempty"`
	Name   string `json:"name,omitempty"`
	// Provider is the one that the log-in came by, if it did.
	Provider string `json:"provider,omitempty"`
	// Passkey tells that it came by a passkey.
	Passkey bool `json:"passkey,omitempty"`
}

// loginsFile is where log-ins are kept, for the user of this machine alone;
// empty where there is no home directory.
func (s *shell) loginsFile() string {
	base := s.env("XDG_CONFIG_HOME")
	if !filepath.IsAbs(base) {
		home := s.env("HOME")
		if home == "" {
			return ""
		}
		base = filepath.Join(home, ".config")
	}
	return filepath.Join(base, "harrier", "logins.json")
}

// saved returns the log-ins by the address of their server.
func (s *shell) saved() (map[string]savedLogin, error) {
	path := s.loginsFile()
	if path == "" {
		return nil, nil
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, harrier.Errorf(harrier.Denied, "others may read %s; remove it and log in again", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "cannot read %s: %w", path, err)
	}
	var all map[string]savedLogin
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "%s cannot be read; remove it and log in again", path)
	}
	return all, nil
}

// save keeps what a log-in at a server left.
func (s *shell) save(base string, l savedLogin) error {
	path := s.loginsFile()
	if path == "" {
		return usagef("there is no home directory to keep the log-in in; use an API key: HARRIER_TOKEN")
	}
	all, err := s.saved()
	if err != nil {
		return err
	}
	if all == nil {
		all = map[string]savedLogin{}
	}
	all[base] = l
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the log-in: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return harrier.Errorf(harrier.Unavailable, "cannot make %s: %w", filepath.Dir(path), err)
	}
	next := path + ".next"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return harrier.Errorf(harrier.Unavailable, "cannot write %s: %w", next, err)
	}
	if err := os.Rename(next, path); err != nil {
		return harrier.Errorf(harrier.Unavailable, "cannot write %s: %w", path, err)
	}
	return nil
}

// hidden asks for something that nobody should see.
func (s *shell) hidden(ctx context.Context, question string) (api.Password, error) {
	if s.cfg.Streams.InTTY {
		fmt.Fprint(s.cfg.Streams.Err, question+": ")
	}
	if s.cfg.Streams.Hidden != nil {
		text, err := s.cfg.Streams.Hidden()
		fmt.Fprintln(s.cfg.Streams.Err)
		if err != nil {
			return api.Password{}, harrier.Errorf(harrier.Unavailable, "cannot read the %s: %w", question, err)
		}
		return api.Password{Secret: harrier.NewSecret(text)}, nil
	}
	text, ok := s.line(ctx)
	if !ok {
		return api.Password{}, usagef("no %s was given; write it to the standard input, on a line of its own", question)
	}
	return api.Password{Secret: harrier.NewSecret(text)}, nil
}
