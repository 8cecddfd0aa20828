package playbook

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier/document"
)

// credential is a shape that only credentials have.
type credential struct {
	what    string
	pattern *regexp.Regexp
}

// credentials lists the shapes of credentials that are told by their look.
func credentials() []credential {
	var out []credential
	for _, c := range [][2]string{
		{"an AWS access key", `\b(AKIA|ASIA)[0-9A-Z]{16}\b`},
		{"a GitHub token", `\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,})\b`},
		{"a GitLab token", `\bglpat-[A-Za-z0-9_-]{20,}`},
		{"a Slack token", `\bxox[abeoprs]-[A-Za-z0-9-]{10,}`},
		{"a Slack webhook", `hooks\.slack\.com/services/T[A-Za-z0-9_]+/B[A-Za-z0-9_]+/[A-Za-z0-9_]+`},
		{"a Google API key", `\bAIza[0-9A-Za-z_-]{35}`},
		{"a Stripe key", `\b[sr]k_live_[0-9A-Za-z]{16,}`},
		{"an OpenAI key", `\bsk-(proj-)?[A-Za-z0-9_-]{32,}`},
		{"a private key", `-----BEGIN [A-Z ]*PRIVATE KEY-----`},
		{"a signed token", `\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`},
		{"a bearer token", `(?i)\bbearer\s+[A-Za-z0-9._~+/-]{20,}=*`},
		{"basic credentials", `(?i)\bbasic\s+[A-Za-z0-9+/]{16,}={0,2}$`},
		{"a password in an address", `[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@]+@`},
	} {
		out = append(out, credential{c[0], regexp.MustCompile(c[1])})
	}
	return out
}

// telling matches names under which a constant is a credential.
const telling = `(?i)(^|_|-)(password|passwd|passphrase|pwd|secret|token|api_?key|apikey|access_?key|private_?key|client_?secret|credentials?|authorization)$`

// secrets finds credentials that are written as text, anywhere in the file.
func (c *checker) secrets() {
	look := lookout{checker: c, shapes: credentials(), name: regexp.MustCompile(telling)}
	look.node(c.doc.file.Root, "", false)
}

// lookout looks for credentials.
type lookout struct {
	checker *checker
	shapes  []credential
	name    *regexp.Regexp
}

// node looks at a value; given tells that it is an argument or a computed
// value, where a telling name is enough.
func (l lookout) node(n *document.Node, name string, given bool) {
	if n == nil {
		return
	}
	switch n.Kind {
	case document.Map:
		for _, e := range n.Entries {
			l.node(e.Value, e.Key, given || e.Key == "with" || e.Key == "set" || e.Key == "input" || e.Key == "outputs")
		}
	case document.List:
		for _, item := range n.Items {
			l.node(item, name, given)
		}
	case document.String:
		l.text(n, name, given)
	case document.Int, document.Float, document.Bool, document.Null:
	}
}

// text looks at one text.
func (l lookout) text(n *document.Node, name string, given bool) {
	for _, s := range l.shapes {
		if s.pattern.MatchString(n.Text) {
			l.checker.secretFound(n, "this looks like "+s.what)
			return
		}
	}
	if given && !dynamic(n) && l.name.MatchString(name) && strings.TrimSpace(n.Text) != "" {
		l.checker.secretText(n, name)
	}
}

// secretText reports a constant where a credential belongs.
func (c *checker) secretText(n *document.Node, name string) {
	c.secretFound(n, name+" is a credential, written as text")
}

// secretFound reports a credential without showing it.
func (c *checker) secretFound(n *document.Node, message string) {
	if full(c.problems, false) {
		return
	}
	for _, q := range c.problems {
		if q.Code == "secret-in-text" && q.Pos == n.Pos {
			return
		}
	}
	p := c.doc.file.Problem(n.Pos, 1, "secret-in-text", message,
		"remove it, change it at its vendor, and keep the new one in a connection")
	p.Line, p.Width = hide(p.Line, n.Pos.Column)
	c.problems = append(c.problems, p)
}

// hide replaces a line's text from a column on.
func hide(line string, column int) (string, int) {
	const shown = "[secret]"
	runes := []rune(line)
	if column-1 > len(runes) {
		return shown, utf8.RuneCountInString(shown)
	}
	return string(runes[:column-1]) + shown, utf8.RuneCountInString(shown)
}
