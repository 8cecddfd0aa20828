package rest_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/connector/rest"
)

const preparedJob = `
effect: record
repeat: natural
input: {name: {type: string, required: true, help: The thing.}}
prepare: {there: {get: /things}}
request:
  post: "/things/{command}"
  path: {command: '${{ input.name in prepare.there.names ? "load" : "add" }}'}
  body: '${{ input.name in prepare.there.names ? {} : {"name": input.name} }}'
job:
  state: {id: '[?body.?id, ?prepare.there.?id][0]'}
  poll: {post: "/load", body: {}}
  done: body.ok == true
  every: 10s
  max: 1h
output: {id: {type: string, from: job.id}}
example: {id: a}
`

func TestDo_aJobIsPreparedOnceAndKeepsWhatItRead(t *testing.T) {
	t.Parallel()
	for there, first := range map[string]string{
		`{"names":["a"],"id":"7"}`: "POST /things/load",
		`{"names":[],"id":"9"}`:    "POST /things/add",
	} {
		v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/api/things", "/things":
				_, _ = io.WriteString(w, there)
			case "/api/load", "/load":
				_, _ = io.WriteString(w, `{"ok":true}`)
			case "/api/things/add", "/things/add":
				_, _ = io.WriteString(w, `{"id":"8"}`)
			default:
				_, _ = io.WriteString(w, `{}`)
			}
		})
		c := load(t, manifest(preparedJob))
		req := connector.Request{Action: "act", Input: map[string]any{"name": "a"}}
		submitted, err := c.Do(t.Context(), v.env(nil), req)
		if err != nil || submitted.Pending == nil {
			t.Fatalf("submitted: %+v, %v", submitted, err)
		}
		req.Resume = submitted.Pending.State
		done, err := c.Do(t.Context(), v.env(nil), req)
		if err != nil {
			t.Fatal(err)
		}
		id := map[string]string{"POST /things/load": "7", "POST /things/add": "8"}[first]
		if diff := cmp.Diff(map[string]any{"id": id}, done.Output); diff != "" {
			t.Errorf("output (-want +got):\n%s", diff)
		}
		if got, want := fmt.Sprint(v.uris()), "[GET /things "+first+" POST /load]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestLoad_aJobKnowsLaterOnlyWhatItsStateKeeps(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{
		"output: {id: {type: string, from: prepare.there.id}}",
		"output: {id: {type: string, from: job.id}}\nerrors: [{when: prepare.there.ok, class: invalid}]",
	} {
		text := preparedJob[:len(preparedJob)-len("output: {id: {type: string, from: job.id}}\nexample: {id: a}\n")] + wrong + "\nexample: {id: a}\n"
		if _, problems := rest.Load("connector.yaml", []byte(manifest(text))); problems.Err() == nil {
			t.Errorf("loads without a problem:\n%s", wrong)
		}
	}
}
