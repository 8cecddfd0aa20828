package ldap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/harrier-soar/harrier/connector"
)

const (
	// maxTraffic bounds what one session reads from the server.
	maxTraffic = 512 << 20
	// pageSize is how many entries are asked for at a time: Active Directory gives
	// a thousand at most.
	pageSize = 500
	// greetTime bounds the wait for a server that is asked for TLS.
	greetTime = 10 * time.Second
)

// session is a log-in to a directory.
type session struct {
	conn *ldap.Conn
	env  *connector.Env
	// base is the entry that everything is below.
	base string
}

// open connects and logs in.
func open(ctx context.Context, env *connector.Env) (*session, error) {
	conn, bare, err := dial(ctx, env)
	if err != nil {
		return nil, err
	}
	proof, err := env.SASL(ctx, conn, connector.Identity{})
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	_, said, err := proof.Start()
	// A simple bind says what PLAIN says: a name and a password.
	parts := strings.SplitN(string(said), "\x00", 3)
	if err != nil || len(parts) != 3 {
		_ = conn.Close()
		return nil, connector.Errorf(connector.Invalid, "there is no name and password to log in with")
	}
	if parts[2] == "" { // an empty password logs in as nobody and succeeds (RFC 4513 §5.1.2)
		_ = conn.Close()
		return nil, connector.Errorf(connector.Denied, "the password is empty, with which a directory lets anybody in as nobody")
	}
	s := &session{conn: ldap.NewConn(&carrier{Conn: conn, left: maxTraffic}, !bare), env: env}
	s.conn.SetTimeout(2 * time.Minute)
	s.conn.Start()
	if err := s.conn.Bind(parts[1], parts[2]); err != nil {
		s.close()
		return nil, s.failed("log in", err)
	}
	if s.base, err = s.root(text(env.Settings, "base_dn")); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// close ends the session. Nothing depends on the server's good-bye.
func (s *session) close() { _ = s.conn.Close() }

// root is the entry that everything is below: the one that is set, or the one
// that the directory names.
func (s *session) root(set string) (string, error) {
	if set != "" {
		if _, err := ldap.ParseDN(set); err != nil {
			return "", connector.Errorf(connector.Invalid, "base_dn %.200q is no name of an entry: write one such as DC=corp,DC=example", set)
		}
		return set, nil
	}
	found, err := s.search(query{scope: itself, attributes: []string{"defaultNamingContext", "namingContexts"}})
	if err != nil {
		return "", err
	}
	if len(found) == 1 {
		if base := found[0].GetAttributeValue("defaultNamingContext"); base != "" {
			return base, nil
		}
		if bases := found[0].GetAttributeValues("namingContexts"); len(bases) == 1 {
			return bases[0], nil
		}
	}
	return "", connector.Errorf(connector.Invalid, "the directory does not say where its accounts are: set base_dn, such as DC=corp,DC=example")
}

// The scopes of a query.
const (
	below  = ldap.ScopeWholeSubtree
	itself = ldap.ScopeBaseObject
)

// query is what is asked of a directory.
type query struct {
	base, filter string
	scope        int
	attributes   []string
	// limit is how many entries are wanted; zero means one page.
	limit int
	// each, where it is set, gets the entries instead, until it says no.
	each func(*ldap.Entry) bool
}

// search asks, page by page where the scope is more than one entry.
func (s *session) search(q query) ([]*ldap.Entry, error) {
	if q.filter == "" {
		q.filter = "(objectClass=*)"
	}
	if _, err := ldap.CompileFilter(q.filter); err != nil {
		return nil, connector.Errorf(connector.Invalid, "%.200q is no filter of LDAP: %v", q.filter, err)
	}
	var out []*ldap.Entry
	paging := ldap.NewControlPaging(pageSize)
	for {
		req := ldap.NewSearchRequest(q.base, q.scope, ldap.NeverDerefAliases, 0, 0, false, q.filter, q.attributes, nil)
		if q.scope == below {
			req.Controls = []ldap.Control{paging}
		}
		res, err := s.conn.Search(req)
		if err != nil {
			return nil, s.failed("search", err)
		}
		for _, e := range res.Entries {
			if q.each == nil {
				out = append(out, e)
			} else if !q.each(e) {
				return nil, nil
			}
		}
		next, ok := ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if q.scope != below || !ok || len(next.Cookie) == 0 || q.each == nil && len(out) >= max(q.limit, pageSize) {
			return out, nil
		}
		paging.SetCookie(next.Cookie)
	}
}

// failed says what an error of the directory means.
func (s *session) failed(doing string, err error) *connector.Error {
	if failed, ok := errors.AsType[*connector.Error](err); ok {
		return failed
	}
	said, ok := errors.AsType[*ldap.Error](err)
	if !ok {
		return connector.Errorf(connector.Unavailable, "the directory cannot be asked to %s: %s", doing, s.redacted(err.Error()))
	}
	if inner, ok := errors.AsType[*connector.Error](said.Err); ok {
		return inner
	}
	class := connector.Unavailable
	switch said.ResultCode {
	case ldap.LDAPResultInvalidCredentials, ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultInappropriateAuthentication,
		ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired, ldap.LDAPResultUnwillingToPerform:
		class = connector.Denied
	case ldap.LDAPResultNoSuchObject:
		class = connector.NotFound
	case ldap.LDAPResultProtocolError, ldap.LDAPResultInvalidDNSyntax, ldap.LDAPResultInappropriateMatching, ldap.LDAPResultUndefinedAttributeType,
		ldap.ErrorFilterCompile:
		class = connector.Invalid
	}
	return connector.Errorf(class, "the directory refuses to %s: %s", doing, s.redacted(said.Error()))
}

// redacted is what a server said, without our secrets and not too long.
func (s *session) redacted(said string) string {
	if s.env.Redact != nil {
		said = s.env.Redact(said)
	}
	return fmt.Sprintf("%.300q", said)
}

// dial connects to the directory, with TLS unless tls is none.
func dial(ctx context.Context, env *connector.Env) (conn net.Conn, bare bool, err error) {
	raw := text(env.Settings, "base_url")
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return nil, false, connector.Errorf(connector.Invalid, "base_url is %q: write ldaps://host:port or ldap://host:port", raw)
	}
	if env.Dial == nil || env.Secure == nil || env.SASL == nil {
		return nil, false, connector.Errorf(connector.Invalid, "there is no way to connect to %s", u.Host)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"ldap": "389", "ldaps": "636"}[u.Scheme]
	}
	if conn, err = env.Dial(ctx, "tcp", net.JoinHostPort(u.Hostname(), port)); err != nil {
		return nil, false, err
	}
	bare = u.Scheme == "ldap" && text(env.Settings, "tls") == "none"
	if u.Scheme == "ldap" && !bare {
		if err := upgraded(ctx, conn); err != nil {
			_ = conn.Close()
			return nil, false, err
		}
	}
	if bare {
		return conn, true, nil
	}
	secured, err := env.Secure(ctx, conn, u.Hostname())
	if err != nil {
		_ = conn.Close()
		return nil, false, err
	}
	return secured, false, nil
}

// carrier is a connection that brings so much and no more.
type carrier struct {
	net.Conn
	left int64
}

// Read implements net.Conn.
func (c *carrier) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, connector.Errorf(connector.Unavailable, "the directory sent more than %d bytes", maxTraffic)
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

var _ io.Reader = (*carrier)(nil)
