package rest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/connector"
)

// paged returns a manifest that reads a list by one kind of paging.
func paged(kind string) string {
	return manifest(`
effect: read
request: {get: /list, query: {size: 2}}
paging:
  items: body.value
  max_pages: 10
  max_items: 7
  ` + kind + `
output:
  all: {type: list<integer>, from: items}
  more: {type: boolean, from: truncated}
example: {all: [1], more: false}
`)
}

func TestDo_followsPagesOfEveryKind(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"link: body.?next": "/list?size=2 /list?at=2 /list?at=4",
		"link: header":     "/list?size=2 /list?at=2 /list?at=4",
		"cursor: {from: body.?mark, query: cursor}": "/list?size=2 /list?size=2&cursor=2 /list?size=2&cursor=4",
		"offset: {query: at, size: 2}":              "/list?size=2&at=0 /list?size=2&at=2 /list?size=2&at=4",
		"page: {query: page, size: 2}":              "/list?size=2&page=1 /list?size=2&page=2 /list?size=2&page=3",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t, list(5))
			out, err := do(t, load(t, paged(kind)), v.env(nil), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]any{"all": []any{int64(0), int64(1), int64(2), int64(3), int64(4)}, "more": false}, out); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if got := strings.ReplaceAll(strings.Join(v.uris(), " "), "GET ", ""); got != want {
				t.Errorf("requests are %s, want %s", got, want)
			}
		})
	}
}

// list answers with pages of two out of n numbers, in every style at once.
func list(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		at, _ := strconv.Atoi(q.Get("at") + q.Get("cursor"))
		if page, err := strconv.Atoi(q.Get("page")); err == nil {
			at = 2 * (page - 1)
		}
		value := []int{}
		for i := at; i < min(n, at+2); i++ {
			value = append(value, i)
		}
		answer := map[string]any{"value": value}
		if at+2 < n {
			answer["next"], answer["mark"] = fmt.Sprintf("/list?at=%d", at+2), strconv.Itoa(at+2)
			w.Header().Set("Link", fmt.Sprintf(`</list?at=0>; rel="first", </list?at=%d>; rel="next"`, at+2))
		}
		_ = json.NewEncoder(w).Encode(answer)
	}
}

func TestDo_tellsWherePagesWereCutOff(t *testing.T) {
	t.Parallel()
	v := newVendor(t, list(100))
	out, err := do(t, load(t, paged("link: body.?next")), v.env(nil), nil)
	if err != nil || out["more"] != true || len(out["all"].([]any)) != 7 {
		t.Errorf("output %v, error %v; want 7 items and more", out, err)
	}
}

func TestDo_followsPagesNowhereElse(t *testing.T) {
	t.Parallel()
	elsewhere := newVendor(t, list(5))
	for _, next := range []string{elsewhere.URL + "/list", "//evil.example/x", "https://evil.example/", "http://u:p@127.0.0.1/", "file:///etc/passwd", "\x00"} {
		v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]any{"value": []int{1}, "next": next})
		})
		if _, err := do(t, load(t, paged("link: body.?next")), v.env(nil), nil); err == nil || err.Class != connector.Drift {
			t.Errorf("next page %q: error %v, want drift", next, err)
		}
	}
	if n := len(elsewhere.requests()); n != 0 {
		t.Errorf("%d requests went to another origin", n)
	}
	circle := newVendor(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"value":[1],"next":"/list"}`) })
	if _, err := do(t, load(t, paged("link: body.?next")), circle.env(nil), nil); err == nil || err.Class != connector.Drift {
		t.Errorf("pages in circles: error %v, want drift", err)
	}
}

const spread = `
effect: read
input: {only: {type: list<string>, help: Only these.}}
fan_out:
  over: input.?only
  list: {get: /users}
  items: body.value
  parallel: 3
request: {get: "/users/{id}/mail", path: {id: "${{ each }}"}}
paging: {items: "body.value.map(m, {'user': each, 'n': m})", link: body.?next}
errors: [{status: 404, skip: true}]
output:
  all:
    type: list<object>
    each: items
    fields:
      user: {type: string, from: item.user}
      n: {type: integer, from: item.n}
example: {all: [{user: a, n: 1}]}
`

func TestDo_asksForEachAndKeepsTheOrder(t *testing.T) {
	t.Parallel()
	c := load(t, manifest(spread))
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/users":
			_, _ = io.WriteString(w, `{"value":["a","gone","b","c/d"]}`)
		case "/users/gone/mail":
			w.WriteHeader(http.StatusNotFound)
		default:
			_, _ = io.WriteString(w, `{"value":[1,2]}`)
		}
	})
	want := []any{}
	for _, user := range []string{"a", "b", "c/d"} {
		want = append(want, map[string]any{"user": user, "n": int64(1)}, map[string]any{"user": user, "n": int64(2)})
	}
	out, err := do(t, c, v.env(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, out["all"]); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
	before := len(v.requests())
	if _, err := do(t, c, v.env(nil), map[string]any{"only": []any{"b"}}); err != nil || len(v.requests()) != before+1 {
		t.Errorf("error %v, requests %v; want one more", err, v.uris()[before:])
	}
}

func TestDo_failsWholeWhereOneOfManyFails(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/users/b/mail" {
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = io.WriteString(w, `{"value":["a","b"]}`)
	})
	out, err := do(t, load(t, manifest(spread)), v.env(nil), nil)
	if err == nil || err.Class != connector.Denied || out != nil {
		t.Errorf("output %v, error %v; want denied and no output", out, err)
	}
}

const jobs = `
effect: disclose
repeat: never
shares: [url]
input: {url: {type: url, required: true, help: The page.}}
request: {post: /scans, body: {url: "${{ input.url }}"}}
job:
  state: {id: body.id}
  after: 5s
  poll: {get: "/scans/{id}", path: {id: "${{ job.id }}"}}
  done: body.status == "done"
  failed: {when: body.status == "failed", class: invalid, message: body.why}
  result: {get: "/scans/{id}/report", path: {id: "${{ job.id }}"}}
  every: 10s
  max: 1h
output: {score: {type: integer, from: body.score}, id: {type: string, from: job.id}}
example: {score: 1, id: a}
`

// step is what a vendor of jobs says and what becomes of it.
type step struct {
	status int
	body   string
	want   string // pending, a class, or done
}

func TestDo_followsAJobWithoutHoldingAWorker(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]step{
		"that ends":                      {{200, `{"id":"j/1"}`, "pending"}, {200, `{"status":"busy"}`, "pending"}, {503, ``, "pending"}, {429, ``, "pending"}, {200, `{"status":"done"}`, "done"}},
		"that fails":                     {{200, `{"id":"j/1"}`, "pending"}, {200, `{"status":"failed","why":"bad page"}`, "invalid"}},
		"that is lost":                   {{200, `{"id":"j/1"}`, "pending"}, {404, ``, "unknown"}},
		"that drifts":                    {{200, `{"id":"j/1"}`, "pending"}, {200, `{"state":"busy"}`, "unknown"}},
		"that was not taken":             {{400, `{}`, "invalid"}},
		"whose id did not come (effect)": {{200, `{}`, "unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/report") {
					_, _ = io.WriteString(w, `{"score":7}`)
					return
				}
				w.WriteHeader(steps[n].status)
				_, _ = io.WriteString(w, steps[n].body)
			})
			req := connector.Request{Action: "act", Input: map[string]any{"url": "https://a.example/"}}
			c := load(t, manifest(jobs))
			for ; n < len(steps); n++ {
				answer, err := c.Do(t.Context(), v.env(nil), req)
				got := "done"
				if answer.Pending != nil {
					got, req.Resume = "pending", answer.Pending.State
				} else if err != nil {
					got = string(connector.AsError(err).Class)
				}
				if got != steps[n].want {
					t.Fatalf("after %+v: %s (%v), want %s", steps[n], got, err, steps[n].want)
				}
				if diff := cmp.Diff(map[string]any{"score": int64(7), "id": "j/1"}, answer.Output); got == "done" && diff != "" {
					t.Errorf("output (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestDo_givesUpOnAJobThatTakesTooLong(t *testing.T) {
	t.Parallel()
	v := newVendor(t, answering(200, `{"id":"1","status":"busy"}`))
	c := load(t, manifest(jobs))
	env := v.env(nil)
	req := connector.Request{Action: "act", Input: map[string]any{"url": "https://a.example/"}}
	answer, err := c.Do(t.Context(), env, req)
	if err != nil {
		t.Fatal(err)
	}
	now := env.Now()
	env.Now = func() time.Time { return now.Add(61 * time.Minute) }
	req.Resume = answer.Pending.State
	if _, err := c.Do(t.Context(), env, req); connector.AsError(err) == nil || connector.AsError(err).Class != connector.Unknown {
		t.Errorf("error is %v, want unknown: it was submitted", err)
	}
	req.Resume = json.RawMessage(`{"v":99}`)
	if _, err := c.Do(t.Context(), env, req); connector.AsError(err) == nil || connector.AsError(err).Class != connector.Unknown {
		t.Errorf("error is %v, want unknown for a state of another version", err)
	}
}

const ruled = `
effect: notify
repeat: never
input: {n: {type: integer, required: true, help: N.}}
request: {post: /x, body: {n: "${{ input.n }}"}}
errors:
  - {when: body.ok == false && body.error == "gone", class: not_found, message: body.error}
  - {when: body.ok == false && body.error == "already", output: {done: true, n: "${{ input.n }}"}}
  - {status: [500, 502], when: "body.?nothing.orValue(false) == true", class: unavailable}
absent: {output: {done: false, n: 0}}
output: {done: {type: boolean, from: body.ok}, n: {type: integer, from: body.n}}
example: {done: true, n: 1}
`

func TestDo_readsAnswersByTheManifestsRules(t *testing.T) {
	t.Parallel()
	c := load(t, manifest(ruled))
	for body, want := range map[string]string{
		`200 {"ok":true,"n":5}`:              "true 5",
		`200 {"ok":false,"error":"gone"}`:    "not_found: Acme answered 200 to acme.act: gone",
		`200 {"ok":false,"error":"already"}`: "true 3",
		`404 {}`:                             "false 0",
		`500 {"nothing":true}`:               "unavailable: Acme answered 500 to acme.act",
		`500 {}`:                             "unknown: Acme answered 500 to acme.act",
		`500 null`:                           "unknown: Acme answered 500 to acme.act",
		"200 {\"ok\":false,\"error\":\"gone\",\"x\":\"\"}": "not_found: Acme answered 200 to acme.act: gone",
	} {
		status, text, _ := strings.Cut(body, " ")
		code, err := strconv.Atoi(status)
		if err != nil {
			t.Fatal(err)
		}
		v := newVendor(t, answering(code, text))
		out, failed := do(t, c, v.env(nil), map[string]any{"n": int64(3)})
		got := fmt.Sprintf("%v %v", out["done"], out["n"])
		if failed != nil {
			got = failed.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

func TestDo_quotesTheVendorOnOneBoundedLineWithoutSecrets(t *testing.T) {
	t.Parallel()
	c := load(t, manifest("effect: read\nrequest: {get: /x}\nerrors: [{status: 400, class: invalid, message: body.m}]\noutput: {m: {type: string, from: body.m}}\nexample: {m: a}\nraw: true"))
	long := "s3cret\n\u202e" + strings.Repeat("x", 1000)
	for _, status := range []int{400, 200} {
		v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(map[string]any{"m": long, "deep": []string{"s3cret"}})
		})
		env := v.env(nil)
		env.Redact = func(s string) string { return strings.ReplaceAll(s, "s3cret", "[secret]") }
		out, err := do(t, c, env, nil)
		if strings.Contains(fmt.Sprint(out, err), "s3cret") {
			t.Errorf("status %d: the secret is shown: %v %v", status, out, err)
		}
		if err != nil && (len(err.Text) > 500 || strings.ContainsAny(err.Text, "\n\u202e")) {
			t.Errorf("the message is not one short line: %q", err.Text)
		}
	}
}

const uploads = `
effect: disclose
repeat: never
shares: [content]
input:
  content: {type: evidence, required: true, help: The file.}
  name: {type: string, required: true, help: Its name.}
request:
  post: /files
  multipart:
    name: ${{ input.name }}
    file: {file: "${{ input.content }}", name: "${{ input.name }}", type: text/plain}
output: {id: {type: string, from: body.id}}
example: {id: a}
`

func TestDo_sendsFilesWhoseNamesAreHarmless(t *testing.T) {
	t.Parallel()
	hostile := "../a\"\r\nX: y;b.txt"
	for _, content := range []any{"aGVsbG8=", []byte("hello")} {
		v := newVendor(t, answering(200, `{"id":"1"}`))
		if _, err := do(t, load(t, manifest(uploads)), v.env(nil), map[string]any{"content": content, "name": hostile}); err != nil {
			t.Fatal(err)
		}
		seen := v.requests()[0]
		_, params, err := mime.ParseMediaType(seen.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		form, err := multipart.NewReader(strings.NewReader(seen.Body), params["boundary"]).ReadForm(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		f, err := form.File["file"][0].Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(f)
		if err != nil || string(b) != "hello" || form.Value["name"][0] != hostile || len(form.File) != 1 {
			t.Errorf("parts: %q %v %v", b, form.Value, err)
		}
		if got := form.File["file"][0].Filename; strings.ContainsAny(got, "\"/\\\r\n") {
			t.Errorf("the file is called %q", got)
		}
	}
	v := newVendor(t, answering(200, `{"id":"1"}`))
	if _, err := do(t, load(t, manifest(uploads)), v.env(nil), map[string]any{"content": "not base64!", "name": "a"}); err == nil || err.Class != connector.Invalid {
		t.Errorf("error is %v, want invalid", err)
	}
}

func TestDo_preparesByReadsThatAreDefinite(t *testing.T) {
	t.Parallel()
	c := load(t, manifest(`
effect: record
repeat: natural
input: {id: {type: string, required: true, help: The thing.}}
prepare: {before: {get: "/things/{id}"}}
request: {put: "/things/{id}", body: {was: "${{ prepare.before.state }}"}}
output: {before: {type: string, from: prepare.before.state}}
example: {before: a}
`))
	for status, want := range map[int]string{200: "[GET /things/a%2Fb PUT /things/a%2Fb] <nil>", 500: "[GET /things/a%2Fb] unavailable", 404: "[GET /things/a%2Fb] not_found"} {
		v := newVendor(t, answering(status, `{"state":"open"}`))
		_, err := do(t, c, v.env(nil), map[string]any{"id": "a/b"})
		got := fmt.Sprint(v.uris(), " ", nil)
		if err != nil {
			got = fmt.Sprint(v.uris(), " ", err.Class)
		}
		if got != want {
			t.Errorf("status %d: %s, want %s", status, got, want)
		}
	}
}

// canned answers every request from memory.
type canned string

// Do implements [connector.HTTPDoer].
func (c canned) Do(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(c)))}, nil
}

func BenchmarkDo(b *testing.B) {
	c := load(b, manifest(everything))
	env := &connector.Env{HTTP: canned(`{"ok":true}`), Now: time.Now, Settings: map[string]any{"base_url": "https://acme.example/api"}}
	req := connector.Request{Action: "act", Key: "k", Input: map[string]any{"id": "a b", "tags": []any{"x", "y"}, "note": "hello"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Do(b.Context(), env, req); err != nil {
			b.Fatal(err)
		}
	}
}

func TestDo_returnsOnlyTypedErrors(t *testing.T) {
	t.Parallel()
	c := load(t, manifest("effect: read\nrequest: {get: /x}"))
	for _, action := range []string{"act", "nothing"} {
		_, err := c.Do(t.Context(), &connector.Env{HTTP: failing{}, Now: time.Now, Settings: map[string]any{"base_url": "https://a.example"}}, connector.Request{Action: action})
		if _, ok := errors.AsType[*connector.Error](err); !ok || strings.Contains(err.Error(), "token=") {
			t.Errorf("error of %s is %T %v", action, err, err)
		}
	}
}

// failing fails as net/http does, with a key in the address.
type failing struct{}

// Do implements [connector.HTTPDoer].
func (failing) Do(r *http.Request) (*http.Response, error) {
	return nil, &url.Error{Op: "Get", URL: r.URL.String() + "?token=abc", Err: io.ErrUnexpectedEOF}
}

// Values that are only passed on are not bounded as what an expression makes is.
func TestDo_passesLargeValuesOn(t *testing.T) {
	t.Parallel()
	file := []byte(strings.Repeat("0123456789abcdef", 256<<10)) // 4 MiB
	v := newVendor(t, answering(200, `{"id":"`+strings.Repeat("x", 3<<20)+`"}`))
	out, err := do(t, load(t, manifest(uploads)), v.env(nil), map[string]any{"content": file, "name": "a"})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(out["id"].(string)); n != 3<<20 || !strings.Contains(v.requests()[0].Body, string(file)) {
		t.Errorf("an output of %d bytes came from a request of %d", n, len(v.requests()[0].Body))
	}
	many := make([]string, 10000)
	for i := range many {
		many[i] = fmt.Sprintf(`{"user":"u%d","n":%d}`, i, i)
	}
	v = newVendor(t, answering(200, `{"value":[`+strings.Join(many, ",")+`]}`))
	mapped := strings.Replace(spread[:strings.Index(spread, "fan_out")]+spread[strings.Index(spread, "request:"):], `"body.value.map(m, {'user': each, 'n': m})"`, "body.value", 1)
	mapped = strings.NewReplacer("/users/{id}/mail", "/mail", `, path: {id: "${{ each }}"}`, "", "errors: [{status: 404, skip: true}]\n", "").Replace(mapped)
	out, err = do(t, load(t, manifest(mapped)), v.env(nil), nil)
	if err != nil || len(out["all"].([]any)) != 10000 {
		t.Fatalf("error %v, %d items; want 10000", err, len(out))
	}
}

// A selector means the same whether it is followed or evaluated.
func TestDo_selectsAsCELDoes(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"a":{"b":1}}`: "map[x:1 y:1]", `{"a":{"b":null}}`: "drift", `{"a":{}}`: "drift", `{"a":null}`: "drift", `{}`: "drift", `[]`: "drift", `{"a":{"b":[]}}`: "drift",
	} {
		v := newVendor(t, answering(200, body))
		for _, from := range []string{"body.a.b", "body.a . b"} {
			c := load(t, manifest("effect: read\nrequest: {get: /x}\noutput: {x: {type: integer, from: "+from+"}, y: {type: integer, optional: true, from: body.a.?b}}\nexample: {x: 1}"))
			out, err := do(t, c, v.env(nil), nil)
			got := fmt.Sprint(out)
			if err != nil {
				got = string(err.Class)
			}
			if got != want {
				t.Errorf("%s of %s: %s (%v), want %s", from, body, got, err, want)
			}
		}
	}
}
