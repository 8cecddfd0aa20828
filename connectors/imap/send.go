package imap

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/netip"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/connector"
)

// smtpServer is how the server that takes mail is reached.
func smtpServer() protocol {
	return protocol{setting: "smtp_url", plain: "smtp", implicit: "smtps", port: "587", implicitPort: "465", upgrade: startSMTP}
}

// startSMTP asks an SMTP server for TLS (RFC 3207), reading nothing beyond its answer.
func startSMTP(conn net.Conn) (string, error) {
	for i, said := range []string{"", "EHLO " + ownName(conn), "STARTTLS"} {
		if said != "" {
			if _, err := io.WriteString(conn, said+"\r\n"); err != nil {
				return "", err
			}
		}
		line := ""
		for more := true; more; more = len(line) > 3 && line[3] == '-' {
			var err error
			if line, err = readLine(conn); err != nil {
				return "", err
			}
		}
		if !strings.HasPrefix(line, "2") {
			class, hint := connector.Unavailable, ""
			if i == 2 {
				class, hint = connector.Denied, ": use smtps://, or tls: none if it is on this host"
			}
			return "", connector.Errorf(class, "the SMTP server answers %.100q%s", line, hint)
		}
	}
	return "220 now with TLS\r\n", nil
}

// ownName is what we call ourselves: the address, since names may not lead back.
func ownName(conn net.Conn) string {
	at, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return "[127.0.0.1]"
	}
	if addr := at.Addr().Unmap(); addr.Is4() {
		return "[" + addr.String() + "]"
	}
	return "[IPv6:" + at.Addr().WithZone("").String() + "]"
}

// send sends a mail. Until its last line nothing has been done; if the answer to
// that is lost, nobody knows.
func send(ctx context.Context, env *connector.Env, in map[string]any, key string) (map[string]any, error) {
	from := text(env.Settings, "send_from")
	to := slices.Concat(texts(in, "to"), texts(in, "cc"))
	for _, a := range append([]string{from}, to...) {
		if !isPath(a) {
			return nil, connector.Errorf(connector.Invalid, "%.80q is no address to send from or to", a)
		}
	}
	if len(to) == 0 {
		return nil, connector.Errorf(connector.Invalid, "the mail has nobody to go to")
	}
	sum := sha256.Sum256([]byte(env.Connection + "\x00" + key))
	id := "<" + hex.EncodeToString(sum[:16]) + "@" + from[strings.LastIndexByte(from, '@')+1:] + ">"
	mail, err := compose(env.Now(), from, id, in)
	if err != nil {
		return nil, err
	}
	conn, err := dial(ctx, env, smtpServer())
	if err != nil {
		return nil, err
	}
	c := &smtp{Conn: textproto.NewConn(conn), env: env}
	defer func() { _ = c.Close() }()
	if err := c.submit(ctx, conn, append([]string{from}, to...), mail); err != nil {
		return nil, err
	}
	return map[string]any{"message_id": id}, nil
}

// isPath tells whether an address can stand between angle brackets (RFC 5321).
func isPath(a string) bool {
	at := strings.LastIndexByte(a, '@')
	return at > 0 && at < len(a)-1 && len(a) <= 254 && !strings.ContainsFunc(a, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>()[]\,;:"`, r)
	})
}

// compose writes a mail that no machine should answer (RFC 3834).
func compose(now time.Time, from, id string, in map[string]any) ([]byte, error) {
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", "<" + from + ">"}, {"To", list(texts(in, "to"))}, {"Cc", list(texts(in, "cc"))}, {"Reply-To", list([]string{text(in, "reply_to")})},
		{"Subject", mime.QEncoding.Encode("utf-8", printable(text(in, "subject")))}, {"Date", now.UTC().Format(time.RFC1123Z)}, {"Message-ID", id},
		{"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "quoted-printable"},
		{"Auto-Submitted", "auto-generated"},
	} {
		if h[1] != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
		}
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	_, err := io.WriteString(w, strings.ReplaceAll(strings.ReplaceAll(text(in, "body"), "\r\n", "\n"), "\n", "\r\n"))
	err = errors.Join(err, w.Close())
	return b.Bytes(), err
}

// list writes addresses, one a line.
func list(addresses []string) string {
	var out []string
	for _, a := range addresses {
		if isPath(a) {
			out = append(out, "<"+a+">")
		}
	}
	return strings.Join(out, ",\r\n ")
}

// smtp speaks to a server that takes mail.
type smtp struct {
	*textproto.Conn
	env *connector.Env
}

// submit hands a mail over; addresses begin with the sender's.
func (c *smtp) submit(ctx context.Context, conn *carrier, addresses []string, mail []byte) error {
	if err := c.answered(2, "be greeted"); err != nil {
		return err
	}
	if err := c.command("say EHLO", "EHLO %s", ownName(conn)); err != nil {
		return err
	}
	if login, _ := c.env.Settings["smtp_login"].(bool); login {
		if err := c.login(ctx, conn, addresses[0]); err != nil {
			return err
		}
	}
	if err := c.command("send from "+addresses[0], "MAIL FROM:<%s>", addresses[0]); err != nil {
		return err
	}
	for _, a := range addresses[1:] {
		if err := c.command("send to "+a, "RCPT TO:<%s>", a); err != nil {
			return err
		}
	}
	if err := c.PrintfLine("DATA"); err != nil {
		return definite(err)
	}
	if err := c.answered(3, "take a mail"); err != nil {
		return err
	}
	w := c.DotWriter()
	_, err := w.Write(mail)
	if err = errors.Join(err, w.Close()); err == nil {
		err = c.answered(2, "accept the mail")
	}
	if failed, ok := errors.AsType[*connector.Error](err); ok && failed.Status != 0 {
		return failed // it said no
	}
	if err != nil { // the last line may have left, and the mail with it
		return connector.Errorf(connector.Unknown, "the SMTP server did not answer to the mail: %s", redacted(c.env, err.Error()))
	}
	_ = c.PrintfLine("QUIT") // the mail is theirs, whatever they say now
	return nil
}

// login proves who sends. The line with the credential is in no error.
func (c *smtp) login(ctx context.Context, conn *carrier, from string) error {
	proof, err := c.env.SASL(ctx, conn.Conn, identity(c.env, from))
	if err != nil {
		return definite(err)
	}
	mechanism, initial, err := proof.Start()
	if err != nil {
		return definite(err)
	}
	failed := c.command("log in", "AUTH %s %s", mechanism, base64.StdEncoding.EncodeToString(initial))
	if refused, ok := errors.AsType[*connector.Error](failed); ok && refused.Class == connector.Invalid {
		refused.Class = connector.Denied
	}
	return failed
}

// command sends a line and wants a yes.
func (c *smtp) command(doing, format string, args ...any) error {
	if err := c.PrintfLine(format, args...); err != nil {
		return definite(err)
	}
	return c.answered(2, doing)
}

// answered reads an answer that must begin with a digit. Before the mail itself
// has been sent an error is definite.
func (c *smtp) answered(want int, doing string) error {
	code, said, err := c.ReadResponse(want)
	if err == nil {
		return nil
	}
	if _, refused := errors.AsType[*textproto.Error](err); !refused {
		return definite(err)
	}
	out := connector.Errorf(connector.Invalid, "the SMTP server refuses to %s: %d %s", doing, code, redacted(c.env, oneSpace(said)))
	out.Status = code
	switch {
	case code == 530, code == 534, code == 535, code == 538, code >= 500 && strings.HasPrefix(said, "5.7."):
		out.Class = connector.Denied
	case code < 500:
		out.Class = connector.Unavailable
	}
	return out
}
