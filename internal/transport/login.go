package transport

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/harrier-soar/harrier/connector"
)

// maxLoginBody bounds what a token endpoint or a log-in may answer.
const maxLoginBody = 1 << 20

// loginSpec is how requests for tokens are sent. They change nothing in the
// world that matters, so a failure is Unavailable.
func loginSpec() sendSpec { return sendSpec{maxBody: maxLoginBody} }

// login fetches a session token with a request of the product's own.
type login struct{ l *link }

func (s *login) fetch(ctx context.Context) (grant, *connector.Error) {
	l, spec := s.l, s.l.conn.Auth.Login
	fields := make(map[string]string, len(spec.Body))
	for name, secret := range spec.Body {
		value, err := l.creds.reveal(ctx, secret)
		if err != nil {
			return grant{}, err
		}
		fields[name] = value
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return grant{}, connector.Errorf(connector.Invalid, "connection %q: the log-in cannot be written: %w", l.conn.Name, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, below(l.base, spec.Path).String(), nil)
	if err != nil {
		return grant{}, connector.Errorf(connector.Invalid, "connection %q: the path of the log-in is not one", l.conn.Name)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	ans, failed := l.send(ctx, req, body, loginSpec())
	if failed != nil {
		return grant{}, failed
	}
	if ans.status < 200 || ans.status > 299 {
		return grant{}, l.loginRefused(ans, "", "")
	}
	token := tokenAt(ans, spec.Token)
	if token == "" || strings.ContainsAny(token, "\r\n\x00") {
		return grant{}, connector.Errorf(connector.Unavailable, "the log-in of %q gave no token at %s", l.conn.Name, spec.Token)
	}
	l.learn(token)
	return grant{token, cmp.Or(spec.TTL, defaultTokenTTL)}, nil
}

// tokenAt finds a token at body.some.field or header.Some-Name.
func tokenAt(ans *answer, place string) string {
	if name, ok := strings.CutPrefix(place, "header."); ok {
		return ans.header.Get(name)
	}
	var value any
	if err := json.Unmarshal(ans.body, &value); err != nil {
		return ""
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(place, "body."), ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return ""
		}
		value = object[part]
	}
	token, _ := value.(string)
	return token
}

// loginRefused says why there is no token. It is definite for the call that
// needed one: nothing of it was sent.
func (l *link) loginRefused(ans *answer, code, description string) *connector.Error {
	class, text := connector.Unavailable, fmt.Sprintf("connection %q could not log in: status %d", l.conn.Name, ans.status)
	switch {
	case ans.status == http.StatusTooManyRequests:
		class = connector.Limited
	case ans.status >= 300 && ans.status < 400:
		class, text = connector.Denied, fmt.Sprintf("connection %q could not log in: the endpoint redirects, which is not followed: correct its address", l.conn.Name)
	case ans.status >= 400 && ans.status < 500 && ans.status != http.StatusRequestTimeout:
		class = connector.Denied
	}
	if code != "" {
		text += " " + short(code)
	}
	if description != "" {
		text += ": " + short(description)
	}
	if class == connector.Denied {
		text += "; check its credentials"
	}
	return &connector.Error{Class: class, Text: l.sinks.text(text), Status: ans.status, After: connector.RetryAfter(ans.header, l.t.cfg.Now())}
}

// short keeps what a vendor says readable in an error.
func short(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if runes := []rune(s); len(runes) > 200 {
		return string(runes[:200]) + "…"
	}
	return s
}

// learn tells the redactors of tokens before anything else is done with them.
func (l *link) learn(tokens ...string) {
	l.sinks.add(tokens...)
	l.creds.answers.add(tokens...)
}
