package app

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/change"
)

// New content that ships is joined with what the team changed. What is in force
// stays until somebody approves the join, which is proposed once; where both
// changed the same lines, both stand in a draft.
func TestUpgrade_joinsWhatShipsWithWhatTheTeamChanged(t *testing.T) {
	t.Parallel()
	a := newChanging(t, Options{}).App
	const path = "notes.yaml"
	at := func(text string) *change.Service {
		kind := change.Kind{
			Name: "notes", Place: path, Holds: func(p string) bool { return p == path },
			Prepare: func(context.Context, change.Next) (change.Candidate, error) { return change.Candidate{}, nil },
		}
		s := change.New(change.Config{
			Store: a.store, Kinds: []change.Kind{kind}, Team: fstest.MapFS{}, Shipped: fstest.MapFS{path: {Data: []byte(text)}}, Now: time.Now,
		})
		if err := s.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s
	}
	old := at("a\nb\nc\nd\ne\n")
	me := harrier.Operator()
	c, _, err := old.Propose(t.Context(), me, change.Proposal{Title: "ours", Origin: change.Written, Files: []change.File{{Path: path, Text: []byte("A\nb\nc\nd\ne\n")}}})
	if err == nil {
		c, err = old.Submit(t.Context(), me, c)
	}
	if err == nil {
		_, err = old.Approve(t.Context(), me, c, change.Decision{Digest: c.Digest})
	}
	if err != nil {
		t.Fatal(err)
	}
	if same, err := old.Upgrade(t.Context()); err != nil || len(same) != 0 {
		t.Fatalf("nothing new ships: %v, %v", same, err)
	}
	next := at("a\nb\nc\nd\nE\n")
	joined, err := next.Upgrade(t.Context())
	if err != nil || len(joined) != 1 || joined[0].State != change.Submitted || string(joined[0].Files[0].Text) != "A\nb\nc\nd\nE\n" {
		t.Fatalf("joined %+v, %v", joined, err)
	}
	if again, err := next.Upgrade(t.Context()); err != nil || len(again) != 0 {
		t.Errorf("it is proposed twice: %v, %v", again, err)
	}
	if text, _, err := next.Base(path); err != nil || !strings.HasPrefix(string(text), "A\n") || strings.Contains(string(text), "E") {
		t.Errorf("in force before a review: %q, %v", text, err)
	}
	both, err := at("X\nb\nc\nd\ne\n").Upgrade(t.Context())
	if err != nil || len(both) != 1 || both[0].State != change.Draft || !strings.Contains(string(both[0].Files[0].Text), "<<<<<<<") {
		t.Fatalf("what both changed: %+v, %v", both, err)
	}
	joined[0].Rev = 1
	if _, err := next.Approve(t.Context(), me, joined[0], change.Decision{Digest: joined[0].Digest}); err != nil {
		t.Fatal(err)
	}
	if more, err := next.Upgrade(t.Context()); err != nil || len(more) != 0 {
		t.Errorf("after the join there is more to join: %v, %v", more, err)
	}
}
