package imap

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/connector"
)

// maxScript bounds a script, and any other text of a ManageSieve server.
const maxScript = 64 << 10

// sieve speaks ManageSieve (RFC 5804) as the account whose scripts apply to everybody.
type sieve struct {
	conn *carrier
	in   *bufio.Reader
	env  *connector.Env
}

// refusal is NO or BYE.
type refusal struct {
	word, code, text string
}

// Error implements error.
func (r *refusal) Error() string { return strings.TrimSpace(r.word + " " + r.code + " " + r.text) }

// openSieve logs in to the account with the scripts.
func openSieve(ctx context.Context, env *connector.Env) (*sieve, error) {
	account := text(env.Settings, "sieve_account")
	if account == "" || text(env.Settings, "sieve_url") == "" {
		return nil, connector.Errorf(connector.Invalid, "to block senders, the settings sieve_url and sieve_account are needed")
	}
	conn, err := dial(ctx, env, protocol{setting: "sieve_url", plain: "sieve", implicit: "sieves", port: "4190", implicitPort: "5190", upgrade: startSieve})
	if err != nil {
		return nil, err
	}
	s := &sieve{conn: conn, in: bufio.NewReader(conn), env: env}
	if _, err := s.answer(); err != nil {
		s.close()
		return nil, s.failed("greet", err, false)
	}
	proof, err := env.SASL(ctx, conn.Conn, identity(env, account))
	if err == nil {
		var mechanism string
		var initial []byte
		if mechanism, initial, err = proof.Start(); err == nil {
			_, err = s.command("AUTHENTICATE %s %s", quoted(mechanism), quoted(base64.StdEncoding.EncodeToString(initial)))
		}
	}
	if err != nil {
		s.close()
		failed := s.failed("log in as "+account, err, false)
		if _, refused := errors.AsType[*refusal](err); refused && failed.Class == connector.Invalid {
			failed.Class = connector.Denied
		}
		return nil, failed
	}
	return s, nil
}

func (s *sieve) close() { _ = s.conn.Close() }

// startSieve asks a ManageSieve server for TLS. It greets again after that.
func startSieve(conn net.Conn) (string, error) {
	for i := range 2 {
		if i == 1 {
			if _, err := io.WriteString(conn, "STARTTLS\r\n"); err != nil {
				return "", err
			}
		}
		for line := `"`; strings.HasPrefix(line, `"`); { // what it can do, a line each
			var err error
			if line, err = readLine(conn); err != nil {
				return "", err
			}
			if !strings.HasPrefix(line, `"`) && !strings.HasPrefix(strings.ToUpper(line), "OK") {
				return "", connector.Errorf(connector.Denied, "the ManageSieve server has no TLS on this port: use tls: none if it is on this host")
			}
		}
	}
	return "", nil
}

// quoted writes a string; control characters have no place in one.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(printable(text)) + `"`
}

// command sends a line and returns the strings of the answer.
func (s *sieve) command(format string, args ...any) ([]string, error) {
	if _, err := fmt.Fprintf(s.conn, format+"\r\n", args...); err != nil {
		return nil, err
	}
	return s.answer()
}

// answer reads lines of strings until OK, NO or BYE.
func (s *sieve) answer() ([]string, error) {
	var out []string
	for range 10000 {
		line, err := readLine(s.in)
		if err != nil {
			return nil, err
		}
		if word := strings.ToUpper(firstWord(line)); word == "OK" || word == "NO" || word == "BYE" {
			r := &refusal{word: word}
			rest := strings.TrimSpace(line[len(word):])
			if code, after, ok := strings.Cut(strings.TrimPrefix(rest, "("), ")"); ok && strings.HasPrefix(rest, "(") {
				r.code, rest = strings.ToUpper(code), after
			}
			if r.text, err = s.str(strings.TrimSpace(rest)); err != nil {
				return nil, err
			}
			if word == "OK" {
				return out, nil
			}
			return nil, r
		}
		text, err := s.str(line)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return nil, connector.Errorf(connector.Unavailable, "the ManageSieve server sends lines without end")
}

func firstWord(line string) string {
	word, _, _ := strings.Cut(line, " ")
	return word
}

// str reads the string that a line begins with, or announces as so many bytes.
func (s *sieve) str(line string) (string, error) {
	if size, ok := strings.CutPrefix(line, "{"); ok {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(size, "}"), "+"))
		if err != nil || n < 0 || n > maxScript {
			return "", connector.Errorf(connector.Unavailable, "the ManageSieve server sends a text of a wrong size")
		}
		raw := make([]byte, n)
		if _, err := io.ReadFull(s.in, raw); err != nil {
			return "", err
		}
		_, err = readLine(s.in) // the line ends after the bytes
		return string(raw), err
	}
	var out strings.Builder
	escaped := false
	for i, r := range strings.TrimPrefix(line, `"`) {
		switch {
		case escaped:
			out.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == '"' && i >= 0:
			return out.String(), nil
		default:
			out.WriteRune(r)
		}
	}
	return out.String(), nil
}

// script returns a script, and whether there is one.
func (s *sieve) script(name string) (string, bool, error) {
	out, err := s.command("GETSCRIPT %s", quoted(name))
	if r, ok := errors.AsType[*refusal](err); ok && r.word == "NO" && (r.code == "NONEXISTENT" || r.code == "") {
		return "", false, nil
	}
	if err != nil {
		return "", false, s.failed("read a script", err, false)
	}
	return strings.Join(out, ""), true, nil
}

// failed says what an error means; changing tells that the command may have changed something.
func (s *sieve) failed(doing string, err error, changing bool) *connector.Error {
	r, ok := errors.AsType[*refusal](err)
	if ok && r.word == "NO" {
		class := connector.Invalid
		switch {
		case strings.HasPrefix(r.code, "QUOTA"):
			class = connector.Limited
		case r.code == "TRYLATER":
			class = connector.Unavailable
		case r.code == "AUTH-TOO-WEAK", r.code == "ENCRYPT-NEEDED":
			class = connector.Denied
		}
		return connector.Errorf(class, "the ManageSieve server refuses to %s: %s", doing, redacted(s.env, r.text))
	}
	if !changing {
		return definite(err)
	}
	return connector.Errorf(connector.Unknown, "the ManageSieve server did not answer when asked to %s: %s", doing, redacted(s.env, err.Error()))
}
