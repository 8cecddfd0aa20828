package rest

import (
	"fmt"
	"strings"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// fields reads settings or inputs. Those at the top need help, apart from
// base_url, whose meaning is always the same.
func (l *loader) fields(n *document.Node, nested bool) []schema.Field {
	var out []schema.Field
	for _, e := range entries(n) {
		l.name(e.Value, e.KeyPos, e.Key)
		if e.Value.Kind != document.Map {
			continue
		}
		f := l.field(e.Key, e.Value)
		if f.Help == "" && !nested && e.Key != "base_url" {
			l.at(keySpan(e), "missing-key", e.Key+" lacks help", "add help: one sentence that says what to give")
		}
		out = append(out, f)
	}
	return out
}

// field reads one setting or input.
func (l *loader) field(name string, n *document.Node) schema.Field {
	f := schema.Field{Name: name, Help: text(n, "help"), Required: truth(n, "required")}
	f.Type = l.typeOf(n, func(fields *document.Node) []schema.Field { return l.fields(fields, true) })
	f.Min, f.Max = l.bound(n.Get("min")), l.bound(n.Get("max"))
	if d := n.Get("default"); d != nil {
		v, wrong := l.checked(d, f)
		for _, m := range wrong {
			l.problem(d, "bad-default", "the default "+m.String(), "write a default of type "+f.Type.String())
		}
		f.Default = v
		if f.Required {
			l.problem(d, "conflicting-keys", name+" is required and has a default", "keep one of them")
		}
	}
	return f
}

// checked compares a constant of the document with a field. Numbers stand for
// the texts that they look like where text is wanted.
func (l *loader) checked(n *document.Node, f schema.Field) (any, []schema.Mismatch) {
	out, wrong := schema.CheckFields(map[string]any{f.Name: n.Value()}, []schema.Field{f})
	return out[f.Name], wrong
}

// bound reads a bound.
func (l *loader) bound(n *document.Node) *float64 {
	if n == nil {
		return nil
	}
	switch v := n.Value().(type) {
	case int64:
		return new(float64(v))
	case float64:
		return new(v)
	}
	l.problem(n, "bad-value", "the bound is no number", "write a number")
	return nil
}

// typeOf reads a type with its values and fields.
func (l *loader) typeOf(n *document.Node, fields func(*document.Node) []schema.Field) schema.Type {
	t, err := schema.ParseType(text(n, "type"))
	if err != nil {
		return schema.TypeOf(schema.Any) // noted by the grammar
	}
	if v := n.Get("values"); v != nil {
		if t.Kind != schema.String || len(v.Items) == 0 {
			l.problem(v, "wrong-type", "values are for type string", "write type: string and at least one value")
		}
		t.Values = texts(v)
	}
	if nested := n.Get("fields"); nested != nil {
		switch {
		case t.Kind == schema.Object:
			t.Fields = fields(nested)
		case t.Kind == schema.List && t.Elem != nil && t.Elem.Kind == schema.Object:
			t.Elem = new(schema.ObjectOf(fields(nested)...))
		default:
			l.problem(nested, "wrong-type", "fields are for type object and list<object>", "change the type or take the fields away")
		}
	}
	return t
}

// auth reads how the transport authenticates.
func (l *loader) auth(n *document.Node) connector.Auth {
	kind, form := "none", n
	switch {
	case n == nil:
	case n.Kind == document.Map && len(n.Entries) > 0:
		kind, form = n.Entries[0].Key, n.Entries[0].Value
	default:
		kind, form = n.Text, nil
	}
	auth := connector.Auth{Name: text(form, "header"), Prefix: text(form, "prefix")}
	switch kind {
	case "api_key":
		auth.Kind, auth.Secrets = connector.HeaderAuth, []string{"api_key"}
		if q := text(form, "query"); q != "" {
			auth.Kind, auth.Name = connector.QueryAuth, q
		}
		if field := text(form, "body"); field != "" {
			auth.Kind, auth.Name = connector.BodyAuth, field
		}
	case "basic":
		auth.Kind, auth.Secrets = connector.BasicAuth, []string{"username", "password"}
	case "bearer":
		auth.Kind, auth.Secrets, auth.Name = connector.BearerAuth, []string{"token"}, "Authorization"
		if auth.Prefix != "" { // a bearer by another name is a header
			auth.Kind = connector.HeaderAuth
		}
	case "oauth2":
		auth.Kind, auth.Secrets = connector.OAuth2Auth, []string{"client_id", "client_secret"}
		auth.TokenURL, auth.Scopes = l.tokenURL(form.Get("token_url")), texts(form.Get("scopes"))
	case "jwt_bearer":
		auth.Kind, auth.Secrets = connector.JWTBearerAuth, []string{"client_email", "private_key"}
		auth.TokenURL, auth.Scopes = l.tokenURL(form.Get("token_url")), texts(form.Get("scopes"))
		l.subject(&auth, form)
	case "hmac":
		auth.Kind, auth.Secrets, auth.Algorithm = connector.HMACAuth, []string{"api_key"}, text(form, "algorithm")
	case "mtls":
		auth.Kind, auth.Secrets = connector.MTLSAuth, []string{"certificate", "private_key"}
	case "login":
		auth.Kind = connector.LoginAuth
		l.login(&auth, form)
	default:
		auth.Kind = connector.NoAuth
	}
	return auth
}

// subject reads on whose behalf requests are made.
func (l *loader) subject(auth *connector.Auth, n *document.Node) {
	if s := n.Get("subject"); s != nil {
		auth.Subject = s.Text
		if _, known := schema.ObjectOf(l.settings...).Field(s.Text); !known {
			l.problem(s, "unknown-name", fmt.Sprintf("there is no setting %q", s.Text), "declare it in settings, or leave subject out")
		}
	}
	if p := n.Get("subject_path"); p != nil {
		path, ok := strings.CutSuffix(p.Text, "{subject}")
		auth.SubjectPath = path
		if !ok || !strings.HasPrefix(path, "/") || !strings.HasSuffix(path, "/") || strings.ContainsAny(path, "{}") {
			l.problem(p, "bad-path", "this is not a path that ends in {subject}", "write a path below base_url such as /users/{subject}")
		}
	}
}

// login reads a session log-in.
func (l *loader) login(auth *connector.Auth, n *document.Node) {
	auth.Login = &connector.Login{
		Path: text(n, "path"), Token: text(n, "token"), TTL: duration(n, "ttl", 0), Body: make(map[string]string),
	}
	for _, e := range entries(n.Get("body")) {
		auth.Login.Body[e.Key] = e.Value.Text
		auth.Secrets = append(auth.Secrets, e.Value.Text)
	}
	if auth.Name == "" {
		auth.Name = "Authorization"
		if auth.Prefix == "" {
			auth.Prefix = "Bearer "
		}
	}
	if p := n.Get("path"); p != nil && !strings.HasPrefix(p.Text, "/") {
		l.problem(p, "bad-path", "the path does not begin with /", "write the path below base_url, as in /login")
	}
}

// tokenURL reads a template of a URL: {x}, or ${{ settings.x }} as the transport
// writes it, is a setting.
func (l *loader) tokenURL(n *document.Node) string {
	if n == nil {
		return ""
	}
	var out strings.Builder
	for rest := strings.NewReplacer("${{", "{", "}}", "}").Replace(n.Text); ; {
		before, after, ok := strings.Cut(rest, "{")
		out.WriteString(before)
		if !ok {
			break
		}
		name, tail, ok := strings.Cut(after, "}")
		name = strings.TrimPrefix(strings.TrimSpace(name), "settings.")
		if _, known := schema.ObjectOf(l.settings...).Field(name); !ok || !known {
			l.problem(n, "unknown-name", fmt.Sprintf("there is no setting %q", name), "declare it in settings, or write the URL without { }")
		}
		out.WriteString("${{ settings." + name + " }}")
		rest = tail
	}
	if !strings.HasPrefix(n.Text, "https://") && !strings.HasPrefix(out.String(), "${{") {
		l.problem(n, "bad-value", "the token URL is not https", "write https://… or begin with a setting, as in {login_url}/token")
	}
	return out.String()
}

// limits reads what a connection asks of its vendor at most.
func (l *loader) limits(n *document.Node) connector.Limits {
	rate, _ := parseRate(text(n, "rate"))
	limits := connector.Limits{Rate: rate, Burst: count(n, "burst", 0), Daily: count(n, "daily", 0), Concurrent: count(n, "concurrent", 0)}
	if rate > 0 {
		limits.Burst = max(1, limits.Burst)
	}
	return limits
}
