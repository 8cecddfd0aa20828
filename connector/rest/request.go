package rest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// request is one HTTP request, compiled.
type request struct {
	method  string
	path    []pathPiece
	query   []pair
	headers []pair
	body    *payload
	form    []pair
	parts   []part
}

// pathPiece is literal text of a path or one encoded segment.
type pathPiece struct {
	literal string
	name    string
	value   *payload
}

// request reads a request; nil where there is none.
func (l *loader) request(n *document.Node, input []schema.Field, s *scope) *request {
	if n == nil || n.Kind != document.Map {
		return nil
	}
	r := &request{}
	for _, m := range methods() {
		if path := n.Get(m); path != nil && r.method == "" {
			r.method = strings.ToUpper(m)
			r.path = l.path(path, n.Get("path"), input, s)
		}
	}
	r.query, r.form = l.pairs(n.Get("query"), s), l.pairs(n.Get("form"), s)
	r.headers = l.headers(n.Get("headers"), s)
	r.body = l.tree(n.Get("body"), s, false)
	r.parts = l.multipart(n.Get("multipart"), s)
	if r.method == "GET" && (r.body != nil || r.form != nil || r.parts != nil) {
		l.problem(n, "conflicting-keys", "a GET has no body", "use query, or another method")
	}
	return r
}

// pathCharacters may stand literally in a path template.
const pathCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._~:@$-"

// path reads a path template.
func (l *loader) path(n, values *document.Node, input []schema.Field, s *scope) []pathPiece {
	var out []pathPiece
	used := make(map[string]bool)
	rest := n.Text
	if !strings.HasPrefix(rest, "/") || strings.Contains(rest, "${{") || strings.Contains(rest+"/", "/../") {
		l.problem(n, "bad-path", "this is not a path", "write a path below base_url that begins with /, values as {x}, and put the rest under query")
		return nil
	}
	for rest != "" {
		before, after, found := strings.Cut(rest, "{")
		if strings.Trim(before, pathCharacters) != "" {
			l.problem(n, "bad-path", fmt.Sprintf("the path has %q", before), "use letters, digits and . _ ~ : @ $ - between slashes; a value inside quotes or brackets could leave them")
		}
		if before != "" {
			out = append(out, pathPiece{literal: before})
		}
		if !found {
			break
		}
		name, tail, ok := strings.Cut(after, "}")
		if !ok || name == "" {
			l.problem(n, "bad-path", "a { in the path is not closed", "write {name}")
			return nil
		}
		used[name] = true
		piece := pathPiece{name: name, value: l.tree(values.Get(name), s, false)}
		if piece.value == nil {
			piece.value = l.pathInput(n, input, name, s)
		}
		out = append(out, piece)
		rest = tail
	}
	for _, e := range entries(values) {
		if !used[e.Key] {
			l.at(keySpan(e), "unknown-name", "the path has no {"+e.Key+"}", "take the entry away, or put {"+e.Key+"} in the path")
		}
	}
	return out
}

// pathInput returns the input that fills {name}.
func (l *loader) pathInput(n *document.Node, input []schema.Field, name string, s *scope) *payload {
	f, ok := schema.ObjectOf(input...).Field(name)
	switch {
	case !ok:
		l.problem(n, "unknown-name", fmt.Sprintf("nothing fills {%s}", name), fmt.Sprintf("declare the input %s, or add path: {%s: …}", name, name))
		return &payload{}
	case !f.Required && f.Default == nil:
		l.problem(n, "wrong-type", fmt.Sprintf("the input %s in the path may be absent", name), "make it required, give it a default, or write path with orValue(…)")
	}
	return &payload{program: l.expression(n, "input."+name, 0, s)}
}

// pairs reads named values that are encoded as text.
func (l *loader) pairs(n *document.Node, s *scope) []pair {
	var out []pair
	for _, e := range entries(n) {
		p := l.tree(e.Value, s, false)
		if p.kind == document.Map || p.program != nil && (p.program.Type().Kind == schema.Object || p.program.Type().Kind == schema.Map) {
			l.problem(e.Value, "wrong-type", e.Key+" is an object, which has no spelling here", "give a single value or a list")
		}
		out = append(out, pair{name: e.Key, value: p})
	}
	return out
}

// headers reads headers.
func (l *loader) headers(n *document.Node, s *scope) []pair {
	forbidden := []string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer", "Authorization", "Proxy-Authorization", "Cookie"}
	for _, e := range entries(n) {
		name := http.CanonicalHeaderKey(e.Key)
		switch {
		case slices.Contains(forbidden, name):
			l.at(keySpan(e), "bad-header", e.Key+" is not for connectors", "credentials belong to auth; the rest is set by the transport")
		case strings.Trim(strings.ToLower(e.Key), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "":
			l.at(keySpan(e), "bad-header", e.Key+" is no name of a header", "use letters, digits and -")
		}
	}
	return l.pairs(n, s)
}

// reads reports whether the request depends on a variable.
func (r *request) reads(name string) bool {
	all := slices.Concat(r.query, r.headers, r.form)
	for _, p := range r.parts {
		all = append(all, pair{value: p.value}, pair{value: p.filename}, pair{value: p.content})
	}
	for _, p := range r.path {
		all = append(all, pair{value: p.value})
	}
	return r.body.reads(name) || slices.ContainsFunc(all, func(p pair) bool { return p.value.reads(name) })
}

// extra is what paging adds to a request.
type extra struct {
	query []pair
	body  map[string]any
	form  []pair
}

// build returns the HTTP request. Values cannot leave their places: it is
// verified that the URL is still below the base.
func (r *request) build(ctx context.Context, base string, at instant, add extra) (*http.Request, error) {
	target, err := r.url(ctx, base, at, add.query)
	if err != nil {
		return nil, err
	}
	body, contentType, err := r.encode(ctx, at, add)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, connector.Errorf(connector.Invalid, "the request cannot be built: check base_url and the inputs of the path")
	}
	req.Header.Set("Accept", "application/json")
	for _, h := range r.headers {
		values, err := textsOf(ctx, h, at)
		if err != nil {
			return nil, err
		}
		for i, v := range values {
			if strings.ContainsFunc(v, func(c rune) bool { return unicode.IsControl(c) && c != '\t' }) {
				return nil, connector.Errorf(connector.Invalid, "the value of header %s has control characters", h.name)
			}
			if i == 0 {
				req.Header.Set(h.name, v)
			} else {
				req.Header.Add(h.name, v)
			}
		}
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return req, nil
}

// url returns the address of the request.
func (r *request) url(ctx context.Context, base string, at instant, add []pair) (string, error) {
	root, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil || root.Host == "" || root.Scheme != "https" && root.Scheme != "http" || root.User != nil || root.RawQuery != "" || root.Fragment != "" {
		return "", connector.Errorf(connector.Invalid, "the setting base_url of the connection is not usable: write https://host/path without query, user or fragment")
	}
	var path strings.Builder
	for _, p := range r.path {
		if p.value == nil {
			path.WriteString(p.literal)
			continue
		}
		segment, err := p.segment(ctx, at)
		if err != nil {
			return "", err
		}
		path.WriteString(segment)
	}
	for part := range strings.SplitSeq(path.String(), "/") {
		if part == "." || part == ".." {
			return "", connector.Errorf(connector.Invalid, "a value would make the path climb")
		}
	}
	query, err := encodePairs(ctx, slices.Concat(r.query, add), at)
	if err != nil {
		return "", err
	}
	target := root.Scheme + "://" + root.Host + root.EscapedPath() + path.String()
	if query != "" {
		target += "?" + query
	}
	return target, nil
}

// segment returns a value as one encoded segment.
func (p pathPiece) segment(ctx context.Context, at instant) (string, error) {
	values, err := textsOf(ctx, pair{name: p.name, value: p.value}, at)
	if err != nil {
		return "", err
	}
	if len(values) != 1 {
		return "", connector.Errorf(connector.Invalid, "{%s} in the path has no single value", p.name)
	}
	segment, err := connector.PathSegment(values[0])
	if err != nil {
		return "", connector.Errorf(connector.Invalid, "{%s}: %s", p.name, connector.AsError(err).Text)
	}
	return segment, nil
}
