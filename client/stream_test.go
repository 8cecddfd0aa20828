package client_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/client"
)

func streams(text string) http.HandlerFunc { return says(http.StatusOK, "text/event-stream", text) }

// journal is the events of a run from one to another.
func journal(from, to int) string {
	var b strings.Builder
	b.WriteString(": connected\n\n")
	for n := from; n <= to; n++ {
		fmt.Fprintf(&b, "id: %d\nevent: step.began\ndata: {\"seq\":%d,\"type\":\"step.began\"}\n\n", n, n)
	}
	return b.String()
}

const over = "event: end\ndata: {\"playbook\":\"p\"}\n\n"

// A stream that breaks, in the middle of a message too, goes on behind the last
// message that came whole: none is missed and none is doubled.
func TestStream_goesOnWhereItBroke(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{answers: []http.HandlerFunc{
			streams(journal(1, 3) + "id: 4\nevent: step.began\ndata: {\"seq\":4"),
			nil, refuses(http.StatusServiceUnavailable, "unavailable", "Retry-After", "5"), streams(": connected\n\n"),
			streams(journal(4, 6) + "id: 7\n"), streams(journal(7, 7) + over),
		}}
		var seqs []int64
		ended := 0
		for m, err := range of(t, s).WatchRun(t.Context(), "run_1", client.WatchRunQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			if m.Event == "end" {
				ended++
				continue
			}
			seqs = append(seqs, m.Data.Seq)
		}
		if diff := cmp.Diff([]int64{1, 2, 3, 4, 5, 6, 7}, seqs); diff != "" || ended != 1 {
			t.Errorf("ended %d times; %s", ended, diff)
		}
		var places []string
		for _, r := range s.asked {
			places = append(places, r.Header.Get("Last-Event-ID"))
		}
		if diff := cmp.Diff([]string{"", "3", "3", "3", "3", "6"}, places); diff != "" {
			t.Error(diff)
		}
	})
}

// The stream of everything outlives a stop of the server; what may be missing is
// told.
func TestStream_ofEverythingHasNoEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const stops = "event: end\ndata: {\"detail\":\"the server stops\"}\n\n"
		s := &server{answers: []http.HandlerFunc{
			streams(": connected\n\n" + stops), streams("id: p1\nevent: case.created\ndata: {\"title\":\"a\"}\n\n" + stops),
			streams("id: p9\nevent: lost\ndata: {\"detail\":\"too far\"}\n\n"), streams("id: p10\nevent: case.changed\ndata: {\"title\":\"b\"}\n\n"),
		}}
		var got []string
		for m, err := range of(t, s).WatchAll(t.Context(), client.WatchAllQuery{Topics: "cases"}) {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, m.Event+" "+m.ID+" "+m.Data.Title); m.Data.Title == "b" {
				break
			}
		}
		if diff := cmp.Diff([]string{"lost  ", "case.created p1 a", "lost p9 ", "case.changed p10 b"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestStream_endsWithARefusalAndWhereTheServerStaysAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			answer http.HandlerFunc
			want   harrier.Kind
			most   int
		}{
			{refuses(http.StatusNotFound, "not_found"), harrier.NotFound, 1},
			{nil, harrier.Unavailable, 21},
			{streams("data: {\n\n"), harrier.Unavailable, 1},
			{streams("data: " + strings.Repeat("x", 17<<20) + "\n\n"), harrier.Limited, 1},
		} {
			s := &server{answers: []http.HandlerFunc{c.answer}}
			var last error
			for _, err := range of(t, s).WatchRun(t.Context(), "run_1", client.WatchRunQuery{}) {
				last = err
			}
			if harrier.KindOf(last) != c.want || len(s.asked) != c.most {
				t.Errorf("after %d tries: %v", len(s.asked), last)
			}
		}
	})
}

// Whatever comes as a stream, reading it ends, and each message that is told
// stands in it.
func FuzzStream_ends(f *testing.F) {
	f.Add([]byte(journal(1, 2) + over))
	f.Add([]byte("data: 1\r\ndata: 2\r\n\r\nid\nevent:x\n\n:\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		in := bufio.NewReader(strings.NewReader(string(text)))
		for n := 0; ; n++ {
			e, err := client.ReadEvent(in)
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
				return
			}
			if n > len(text) || len(e) > len(text) {
				t.Fatalf("%d events in %d bytes", n, len(text))
			}
		}
	})
}
