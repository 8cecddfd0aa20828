package connectortest

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/schema"
)

// hostile lists texts that become syntax where they are pasted.
func hostile() []string {
	return []string{
		`../../admin`, `..`, `a/../../b`, `%2e%2e%2f`, `a?x=1&y=2#z`, "a\r\nX-Injected: 1", "a\x00b", `'"`, `' or '1' eq '1`, `" | delete index=*`,
		`"}, "admin": true, "x": {"`, `*)(uid=*))(|(uid=*`, `${{ settings }}`, `{{7*7}}`, `$(id)`, "`id`", `<script>alert(1)</script>`, `\`, `\"`, `\'`, `; DROP TABLE x --`,
		"\u202eevil", "ü💥", strings.Repeat("A", 5000), `@evil.example`, `http://evil.example/`, `//evil.example/x`, `a;b=c`, `a+b c`, `name" or true or "`,
	}
}

// hostileTextStaysData puts hostile texts into every input that takes them and
// compares the requests with those of a harmless text: same endpoint, same
// places, other values only.
func (a action) hostileTextStaysData(t *testing.T) {
	base := a.newWorld(t, none, nothing).in
	for _, f := range a.spec.Input {
		plain := marked(f, "specimen")
		in := maps.Clone(base)
		if in[f.Name] = plain; plain == nil || !a.taken(in) {
			continue
		}
		harmless := a.requestsFor(t, in)
		for _, text := range hostile() {
			in = maps.Clone(base)
			if in[f.Name] = marked(f, text); !a.taken(in) {
				continue // the engine refuses it before the connector sees it
			}
			for i, got := range a.requestsFor(t, in) {
				if i >= len(harmless) {
					t.Errorf("%s = %q: sends more requests", f.Name, text)
					break
				}
				if problem := differs(harmless[i], got, text); problem != "" {
					t.Errorf("%s = %q: %s\n%s %s\n%s", f.Name, text, problem, got.Method, got.URL, got.body)
				}
			}
		}
	}
}

// marked returns a value of a field that holds a text, or nil where it cannot.
func marked(f schema.Field, text string) any {
	switch f.Type.Kind {
	case schema.String, schema.Host, schema.User, schema.Any:
		if len(f.Type.Values) > 0 {
			return nil
		}
		return text
	case schema.URL:
		return "https://example.com/" + text
	case schema.Email:
		return text + "@example.com"
	case schema.List:
		if v := marked(schema.Field{Type: *f.Type.Elem}, text); v != nil {
			return []any{v}
		}
	case schema.Map:
		if v := marked(schema.Field{Type: *f.Type.Elem}, text); v != nil {
			return map[string]any{"specimen": v}
		}
	case schema.Object:
		for _, nested := range f.Type.Fields {
			if v := marked(nested, text); v != nil {
				return map[string]any{nested.Name: v}
			}
		}
	case schema.Integer, schema.Number, schema.Boolean, schema.IP, schema.CIDR, schema.Domain, schema.Hash,
		schema.Timestamp, schema.Duration, schema.Verdict, schema.EvidenceID: // hold no such text
	}
	return nil
}

// taken reports whether the engine would let these arguments pass. Stored files
// are left out: a connector gets what is in them instead of what is checked.
func (a action) taken(in map[string]any) bool {
	in = maps.Clone(in)
	var checked []schema.Field
	for _, f := range a.spec.Input {
		if f.Type.Kind == schema.EvidenceID {
			delete(in, f.Name)
			continue
		}
		checked = append(checked, f)
	}
	_, wrong := schema.CheckFields(in, checked)
	return len(wrong) == 0
}

// requestsFor returns what the action sends for these arguments. A simulated
// vendor is asked where there is one, since its answers lead on; else one that
// answers with an empty object.
func (a action) requestsFor(t *testing.T, in map[string]any) []sent {
	t.Helper()
	w := a.newWorld(t, none, nothing)
	_, err := a.call(t, w.env, in)
	if err != nil && len(w.rec.requests()) == 0 && connector.AsError(err).Class != connector.Invalid {
		t.Errorf("%v: refused as %v before anything was sent, want invalid", in, err)
	}
	base, parseErr := url.Parse(fmt.Sprint(w.env.Settings["base_url"]))
	if parseErr != nil {
		t.Fatal(parseErr)
	}
	for _, req := range w.rec.requests() {
		if req.URL.Host != base.Host || req.URL.Scheme != base.Scheme || !strings.HasPrefix(req.URL.EscapedPath(), base.EscapedPath()) || req.URL.User != nil {
			t.Errorf("%v: a request left the endpoint: %s", in, req.URL)
		}
	}
	return w.rec.requests()
}

// differs tells how a request differs from a harmless one in more than values.
func differs(want, got sent, text string) string {
	switch {
	case want.Method != got.Method:
		return "another method"
	case strings.Count(want.URL.EscapedPath(), "/") != strings.Count(got.URL.EscapedPath(), "/"):
		return "other path segments: " + got.URL.EscapedPath()
	case climbs(got.URL.Path):
		return "the path climbs: " + got.URL.Path
	case got.URL.Fragment != "":
		return "there is a fragment"
	}
	for _, pair := range [][2][]string{
		{names(want.URL.Query()), names(got.URL.Query())},
		{names(want.Header), names(got.Header)},
		{skeleton(want), skeleton(got)},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			return fmt.Sprintf("other names: %q instead of %q", pair[1], pair[0])
		}
	}
	return escaped(leaves(want), leaves(got), text)
}

// climbs reports whether a decoded path has a dot segment.
func climbs(path string) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(s string) bool { return s == ".." || s == "." })
}

// names returns the names in a query or a header, each as often as it occurs.
func names(m map[string][]string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if k == "Content-Length" {
			continue
		}
		for range m[k] {
			out = append(out, k)
		}
	}
	return out
}

// escaped checks texts that a value is part of, as in a query language: where
// quotes enclose the value, a quote in it must not stand there as it is.
func escaped(want, got []string, text string) string {
	for i, w := range want {
		if i >= len(got) || w == "specimen" || !strings.Contains(w, "specimen") {
			continue
		}
		at := strings.Index(w, "specimen")
		for _, quote := range []string{`'`, `"`} {
			if at > 0 && w[at-1:at] == quote && strings.Contains(text, quote) && got[i] == w[:at]+text+w[at+len("specimen"):] {
				return fmt.Sprintf("a quote inside quotes: %s", got[i])
			}
		}
	}
	return ""
}

// skeleton returns the places of a body: paths of JSON, names of a form or of parts.
func skeleton(s sent) []string {
	places, _ := body(s)
	return places
}

// leaves returns the texts in the query and the body.
func leaves(s sent) []string {
	var out []string
	query := s.URL.Query()
	for _, k := range slices.Sorted(maps.Keys(query)) {
		out = append(out, query[k]...)
	}
	_, texts := body(s)
	return append(out, texts...)
}

// body returns the places and the texts of a body.
func body(s sent) (places, texts []string) {
	media, params, err := mime.ParseMediaType(s.Header.Get("Content-Type"))
	if err != nil {
		return nil, nil
	}
	switch media {
	case "application/json":
		var v any
		if json.Unmarshal(s.body, &v) != nil {
			return []string{"not JSON"}, nil
		}
		return jsonPlaces("", v)
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(s.body))
		if err != nil {
			return []string{"no form"}, nil
		}
		for _, k := range slices.Sorted(maps.Keys(form)) {
			texts = append(texts, form[k]...)
		}
		return names(form), texts
	case "multipart/form-data":
		reader := multipart.NewReader(strings.NewReader(string(s.body)), params["boundary"])
		for {
			part, err := reader.NextPart()
			if err != nil {
				return places, nil
			}
			places = append(places, part.FormName(), strings.Join(names(http.Header(part.Header)), ","))
		}
	}
	return nil, []string{string(s.body)}
}

// jsonPlaces returns the paths of the values in a JSON document and its texts.
func jsonPlaces(path string, v any) (places, texts []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			p, x := jsonPlaces(path+"/"+k, v[k])
			places, texts = append(places, p...), append(texts, x...)
		}
		return places, texts
	case []any:
		for _, item := range v {
			p, x := jsonPlaces(path+"/-", item)
			places, texts = append(places, p...), append(texts, x...)
		}
		return places, texts
	case string:
		return []string{path}, []string{v}
	}
	return []string{path}, nil
}
