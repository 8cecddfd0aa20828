package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/client"
)

// tape is a way to the server that keeps what went over it.
type tape struct {
	to    http.RoundTripper
	sent  []byte
	query string
	got   []*bytes.Buffer
	where string
}

// RoundTrip implements [http.RoundTripper].
func (p *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		p.sent, r.Body = text, io.NopCloser(bytes.NewReader(text))
	}
	p.query = r.URL.RawQuery
	resp, err := p.to.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	b := new(bytes.Buffer)
	p.got, p.where = append(p.got, b), resp.Header.Get("Location")
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(resp.Body, b), resp.Body}
	return resp, nil
}

// caller is a client of a server, by a tape.
func caller(t *testing.T, s *Server) (*client.Client, *tape) {
	t.Helper()
	p := &tape{to: s.InProcess(harrier.Operator())}
	c, err := client.New("http://harrier", client.WithHTTP(&http.Client{Transport: p}), client.WithRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

// methodOf is the method of a route.
func methodOf(c *client.Client, r route) reflect.Value {
	return reflect.ValueOf(c).MethodByName(strings.ToUpper(r.name[:1]) + r.name[1:])
}

// arguments are what a method is called with to make a request.
func arguments(t *testing.T, m reflect.Type, r route, one sample) []reflect.Value {
	t.Helper()
	path, query, _ := strings.Cut(one.path, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	args := []reflect.Value{reflect.ValueOf(t.Context())}
	for i, part := range strings.Split(r.path(), "/") {
		if strings.HasPrefix(part, "{") {
			args = append(args, reflect.ValueOf(strings.Split(path, "/")[i]))
		}
	}
	for i := len(args); i < m.NumIn()-1; i++ {
		arg := reflect.New(m.In(i))
		switch {
		case strings.HasSuffix(m.In(i).Name(), "Query"):
			ask(t, arg.Elem(), q)
		case m.In(i) == reflect.TypeFor[client.Upload]():
			arg.Elem().Set(reflect.ValueOf(client.Upload{Media: one.media, Body: strings.NewReader(one.body)}))
		case one.body != "":
			if err := json.Unmarshal([]byte(one.body), arg.Interface()); err != nil {
				t.Fatalf("the sample does not fit %s: %v", m.In(i), err)
			}
		}
		args = append(args, arg.Elem())
	}
	return args
}

// ask fills a query.
func ask(t *testing.T, into reflect.Value, q url.Values) {
	t.Helper()
	for i := range into.NumField() {
		text, f := q[into.Type().Field(i).Tag.Get("query")], into.Field(i)
		if len(text) == 0 {
			continue
		}
		switch f.Kind() {
		case reflect.String:
			f.SetString(text[0])
		case reflect.Int64:
			n, err := strconv.ParseInt(text[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			f.SetInt(n)
		case reflect.Bool:
			f.SetBool(text[0] == "true")
		case reflect.Slice:
			f.Set(reflect.ValueOf(text))
		default:
			t.Fatalf("a sample has the parameter %s", into.Type().Field(i).Name)
		}
	}
}

// answer is what a method gave; of a list, what is on its first page, because the
// world's lists have no end.
func (p *tape) answer(t *testing.T, out []reflect.Value) any {
	t.Helper()
	if last := out[len(out)-1]; len(out) > 1 || last.Kind() == reflect.Interface {
		if err, _ := last.Interface().(error); err != nil {
			t.Fatal(err)
		}
	}
	if out[0].Kind() != reflect.Func {
		return out[0].Interface()
	}
	all := []any{}
	for v, err := range out[0].Seq2() {
		if err, _ := err.Interface().(error); err != nil {
			t.Fatal(err)
		}
		if data := v; data.Kind() == reflect.Struct && strings.HasPrefix(data.Type().Name(), "Message[") {
			if data.FieldByName("Event").String() == "end" {
				continue // how the run stands, which is raw
			}
			all = append(all, data.FieldByName("Data").Interface())
			if strings.HasPrefix(data.FieldByName("Event").String(), "notification.") {
				return all // the last that the world knows of; the stream would go on
			}
			continue
		}
		if all = append(all, v.Interface()); len(all) == len(p.items(t)) {
			break
		}
	}
	return all
}

// items are those of all pages that came.
func (p *tape) items(t *testing.T) []any {
	t.Helper()
	all := []any{}
	for _, page := range p.got {
		m, _ := plain(t, page.Bytes()).(map[string]any)
		list, _ := m["items"].([]any)
		all = append(all, list...)
	}
	return all
}

// plain is JSON without the order of its keys.
func plain(t *testing.T, text []byte) any {
	t.Helper()
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// encoded is a value as JSON without the order of its keys.
func encoded(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return plain(t, text)
}

// answers is what the server answered, as a method's answer would be.
func (p *tape) answers(t *testing.T, got any) any {
	t.Helper()
	first := p.got[0].Bytes()
	switch got.(type) {
	case string:
		return p.where
	case error, nil:
		return nil
	case []any:
		if !bytes.HasPrefix(first, []byte(": connected")) {
			return p.items(t)
		}
		all, event := []any{}, ""
		for line := range strings.Lines(string(first)) {
			if name, ok := strings.CutPrefix(line, "event: "); ok {
				event = strings.TrimSpace(name)
			}
			if data, ok := strings.CutPrefix(line, "data: "); ok && event != "end" {
				all = append(all, plain(t, []byte(data)))
			}
		}
		return all
	}
	if reflect.TypeOf(got).Kind() == reflect.Slice {
		return p.items(t)
	}
	return plain(t, first)
}

// Every route has a method of package client that asks for what the route's
// sample asks, and whose answer, written again, is what the server wrote.
func TestClient_asksEveryRouteAndLosesNothing(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	all := samples(t, s)
	for _, r := range s.routes() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			one := all[r.pattern]
			c, p := caller(t, s)
			m := methodOf(c, r)
			if !m.IsValid() {
				t.Fatalf("%s has no method; run go generate ./client", r.name)
			}
			got := p.answer(t, m.Call(arguments(t, m.Type(), r, one)))
			if len(p.got) == 0 {
				t.Fatal("nothing was asked")
			}
			_, query, _ := strings.Cut(one.path, "?")
			wantQuery, _ := url.ParseQuery(query)
			if sent, _ := url.ParseQuery(p.query); len(p.got) == 1 && cmp.Diff(wantQuery, sent) != "" {
				t.Errorf("the query is %s, want %s", p.query, query)
			}
			if one.media == "application/json" && one.body != "" && !bytes.Equal(p.sent, []byte(one.body)) {
				if diff := cmp.Diff(plain(t, []byte(one.body)), plain(t, p.sent)); diff != "" {
					t.Errorf("what was sent differs from the sample (-want +got):\n%s", diff)
				}
			}
			if d, ok := got.(*client.Download); ok {
				text, err := io.ReadAll(d)
				if err != nil || d.Close() != nil || !bytes.Equal(text, p.got[0].Bytes()) {
					t.Errorf("the file is %q and was %q (%v)", text, p.got[0], err)
				}
				return
			}
			if diff := cmp.Diff(p.answers(t, got), encoded(t, got)); diff != "" {
				t.Errorf("something was lost or made up (-server +client):\n%s", diff)
			}
		})
	}
}

// filled is a value of a type with something in each field.
func filled(t *testing.T, of reflect.Type, depth int) reflect.Value {
	t.Helper()
	v := reflect.New(of).Elem()
	switch of {
	case reflect.TypeFor[time.Time]():
		return reflect.ValueOf(epoch().Add(1234 * time.Microsecond))
	case reflect.TypeFor[json.RawMessage]():
		return reflect.ValueOf(json.RawMessage(`{"n":12345678901234567,"l":[null,"x"]}`))
	case reflect.TypeFor[harrier.Secret]():
		return reflect.ValueOf(harrier.NewSecret("s"))
	case reflect.TypeFor[client.Object](), reflect.TypeFor[Object]():
		v.Set(reflect.ValueOf(map[string]any{"a": map[string]any{"b": true}}).Convert(of))
		return v
	}
	switch of.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Int32:
		v.SetInt(3)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Uint8:
		v.SetUint(7)
	case reflect.Interface:
		v.Set(reflect.ValueOf("x"))
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(of.Elem()))
			v.Elem().Set(filled(t, of.Elem(), depth-1))
		}
	case reflect.Array:
		for i := range v.Len() {
			v.Index(i).Set(filled(t, of.Elem(), depth))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(of, 0, 1))
		if depth > 0 {
			v.Set(reflect.Append(v, filled(t, of.Elem(), depth-1)))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(of))
		v.SetMapIndex(reflect.ValueOf("k").Convert(of.Key()), filled(t, of.Elem(), depth))
	case reflect.Struct:
		for i := range v.NumField() {
			if of.Field(i).IsExported() {
				v.Field(i).Set(filled(t, of.Field(i).Type, depth))
			}
		}
	default:
		t.Fatalf("a field has the type %s", of)
	}
	return v
}

// through sends a value as JSON into another type and gives both texts.
func through(t *testing.T, from reflect.Value, to reflect.Type) (sent, kept any) {
	t.Helper()
	text, err := json.Marshal(from.Interface())
	if err != nil {
		t.Fatalf("%s: %v", from.Type(), err)
	}
	into := reflect.New(to)
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into.Interface()); err != nil {
		t.Fatalf("%s does not fit %s: %v\n%s", from.Type(), to, err, text)
	}
	return plain(t, text), encoded(t, into.Interface())
}

// body is the type of the JSON that a method sends, or nil.
func bodyOf(m reflect.Type) reflect.Type {
	for i := 1; i < m.NumIn()-1; i++ {
		if in := m.In(i); in.Kind() == reflect.Struct && !strings.HasSuffix(in.Name(), "Query") && in != reflect.TypeFor[client.Upload]() {
			return in
		}
	}
	return nil
}

// result is the type of the JSON that a method gives, an item where it is a
// list, or nil.
func result(m reflect.Type) (of reflect.Type, list bool) {
	out := m.Out(0)
	switch {
	case out.Kind() == reflect.Func:
		item := out.In(0).In(0)
		if data, ok := item.FieldByName("Data"); ok && strings.HasPrefix(item.Name(), "Message[") {
			return data.Type, false
		}
		return item, true
	case out.Kind() == reflect.Slice:
		return out.Elem(), true
	case out.Kind() == reflect.Struct:
		return out, false
	}
	return nil, false
}

// Each type of package client holds all that the server's type of the same thing
// holds, field by field, and the other way round for what is sent.
func TestClient_typesHoldAllThatTheServersHold(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	c, _ := caller(t, s)
	schemas := s.huma.OpenAPI().Components.Schemas
	secret := cmp.FilterValues(func(a, b any) bool { return a == "[secret]" || b == "[secret]" }, cmp.Ignore())
	for path, item := range s.huma.OpenAPI().Paths {
		for _, r := range s.routes() {
			if r.path() != path {
				continue
			}
			op := map[string]int{"GET": 0, "POST": 1, "PATCH": 2, "DELETE": 3, "PUT": 4}[r.method()]
			o := []any{item.Get, item.Post, item.Patch, item.Delete, item.Put}[op]
			in, out := refs(t, o)
			m := methodOf(c, r).Type()
			if of := bodyOf(m); of != nil {
				sent, kept := through(t, filled(t, of, 4), schemas.TypeFromRef(in))
				if diff := cmp.Diff(sent, kept, secret); diff != "" {
					t.Errorf("%s: the server loses something of %s (-client +server):\n%s", r.name, of, diff)
				}
			}
			of, list := result(m)
			if of == nil || out == "" {
				continue
			}
			from := schemas.TypeFromRef(out)
			if list {
				items, _ := from.FieldByName("Items")
				from = items.Type.Elem()
			}
			for _, v := range []reflect.Value{filled(t, from, 4), reflect.New(from).Elem()} {
				sent, kept := through(t, v, of)
				if diff := cmp.Diff(sent, kept, secret); diff != "" {
					t.Errorf("%s: %s loses something (-server +client):\n%s", r.name, of, diff)
				}
			}
		}
	}
}

// refs are the schemas of what an operation takes and gives.
func refs(t *testing.T, op any) (in, out string) {
	t.Helper()
	text, err := json.Marshal(op)
	if err != nil {
		t.Fatal(err)
	}
	type content struct {
		Content map[string]struct {
			Schema struct {
				Ref string `json:"$ref"`
			}
		}
	}
	var o struct {
		RequestBody content
		Responses   map[string]content
	}
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	in = o.RequestBody.Content["application/json"].Schema.Ref
	for status, one := range o.Responses {
		for _, media := range []string{"application/json", "text/event-stream"} {
			if ref := one.Content[media].Schema.Ref; ref != "" && status != "default" {
				out = ref
			}
		}
	}
	return in, out
}
