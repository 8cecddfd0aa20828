package imap

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/harrier-soar/harrier/connector"
)

// nothingAdded is the id of an entry that was there before, so that the undo
// of adding it removes nothing.
const nothingAdded = "none"

// blocked is a sender that a call is about.
type blocked struct{ address string }

// newBlocked reads the sender of a call: an address, or a domain.
func newBlocked(in map[string]any) (blocked, error) {
	sender := strings.ToLower(strings.TrimSpace(text(in, "sender")))
	as := sender
	if !strings.Contains(sender, "@") {
		as = "x@" + sender
	}
	if !isPath(as) || strings.ContainsAny(sender, "*?") || strings.Count(as, "@") != 1 {
		return blocked{}, connector.Errorf(connector.Invalid, "%.80q is neither a mail address nor a domain", sender)
	}
	return blocked{sender}, nil
}

// script is the name of the sender's script: one for each, so that two calls
// at the same moment cannot undo each other.
func (b blocked) script() string {
	sum := sha256.Sum256([]byte(b.address))
	return "harrier-" + hex.EncodeToString(sum[:16])
}

// source is the script. Address comparisons have no case (RFC 5228 §2.7.3).
func (b blocked) source(folder, comment string) string {
	test := `anyof (address :all :is "from" ` + quoted(b.address) + `, envelope :all :is "from" ` + quoted(b.address) + `)`
	if !strings.Contains(b.address, "@") {
		below := quoted("*." + b.address)
		test = `anyof (address :domain :is "from" ` + quoted(b.address) + `, address :domain :matches "from" ` + below +
			`, envelope :domain :is "from" ` + quoted(b.address) + `, envelope :domain :matches "from" ` + below + `)`
	}
	if len(comment) > 500 {
		comment = comment[:500]
	}
	do, needs := "discard;", `"envelope"`
	if folder != "" {
		do, needs = "fileinto :create "+quoted(folder)+";", `"envelope", "fileinto", "mailbox"`
	}
	return "# Harrier blocks " + b.address + "\r\n# " + printable(comment) + "\r\nrequire [" + needs + "];\r\nif " + test +
		" {\r\n  " + do + "\r\n  stop;\r\n}\r\n"
}

// findSender tells whether a sender is blocked.
func findSender(ctx context.Context, env *connector.Env, in map[string]any) (map[string]any, error) {
	b, s, there, err := openBlocked(ctx, env, in)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if !there {
		return map[string]any{"blocked": false}, nil
	}
	return map[string]any{"blocked": true, "entry_id": b.script()}, nil
}

// openBlocked logs in and looks for the script of a sender.
func openBlocked(ctx context.Context, env *connector.Env, in map[string]any) (blocked, *sieve, bool, error) {
	b, err := newBlocked(in)
	if err != nil {
		return b, nil, false, err
	}
	s, err := openSieve(ctx, env)
	if err != nil {
		return b, nil, false, err
	}
	_, there, err := s.script(b.script())
	if err != nil {
		s.close()
		return b, nil, false, err
	}
	return b, s, there, nil
}

// blockSender adds the script of a sender.
func blockSender(ctx context.Context, env *connector.Env, in map[string]any) (map[string]any, error) {
	b, s, there, err := openBlocked(ctx, env, in)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if there {
		return map[string]any{"blocked": true, "already": true, "entry_id": nothingAdded}, nil
	}
	folder := quarantineFolder(env)
	if text(env.Settings, "blocked_mail") == "discard" {
		folder = ""
	}
	source := b.source(folder, text(in, "comment"))
	if _, err := s.command("PUTSCRIPT %s {%d+}\r\n%s", quoted(b.script()), len(source), source); err != nil {
		return nil, s.failed("add a script", err, true)
	}
	return map[string]any{"blocked": true, "already": false, "entry_id": b.script()}, nil
}

// unblockSender removes the script of a sender.
func unblockSender(ctx context.Context, env *connector.Env, in map[string]any) (map[string]any, error) {
	entry := text(in, "entry_id")
	b, s, there, err := openBlocked(ctx, env, in)
	if err != nil {
		return nil, err
	}
	defer s.close()
	switch {
	case entry == nothingAdded:
		return map[string]any{"blocked": there}, nil
	case entry != "" && entry != b.script():
		return nil, connector.Errorf(connector.Invalid, "entry %.80q is not that of %s", entry, b.address)
	case !there:
		return map[string]any{"blocked": false}, nil
	}
	_, err = s.command("DELETESCRIPT %s", quoted(b.script()))
	if r, ok := errors.AsType[*refusal](err); ok && r.code == "NONEXISTENT" {
		err = nil
	}
	if err != nil {
		return nil, s.failed("remove a script", err, true)
	}
	return map[string]any{"blocked": false}, nil
}
