package pager_test

import (
	"errors"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/pager"
)

const paged = `harrier: 1
people:
  kim: {name: Kim, mail: kim@corp.example}
  ana: {mail: ana@corp.example}
rotas:
  soc: {zone: UTC, layers: [{people: [kim], start: "2026-01-05", every: 7d}]}
channels:
  pager: {kind: page}
  mail: {kind: mail}
routes:
  - name: urgent
    urgent: true
    rounds: 2
    levels:
      - {tell: ["rota:soc"], via: [pager, mail], wait: 5m}
      - {tell: ["person:ana"], via: [mail], wait: 10m}
`

// Whoever takes a page in the pager's own app has the notification: it does not
// climb, and the page is resolved, so that the pager does not ask again.
func TestWatch_takesOnWhatWasTakenInThePager(t *testing.T) {
	t.Parallel()
	s := newStage(t, paged)
	n := s.tell(critical("a"))
	s.pass(time.Minute)
	s.want("at first", "page ")
	s.taken[n.ID.String()] = "KIM@corp.example"
	s.pass(20 * time.Second)
	if got := s.status(n.ID); got.Status != pager.Acknowledged || got.AckedBy != "kim" || got.Note != "taken by pager" {
		t.Errorf("it is %+v", got)
	}
	s.pass(3 * time.Hour)
	s.want("in the end", "page ", "resolve ")
	for _, d := range s.sent {
		if d.Inputs["key"] != n.ID.String() {
			t.Errorf("%s goes by the key %v", d.Name, d.Inputs["key"])
		}
	}
}

// What is taken on here is resolved in the pager, once, also after a restart.
func TestWatch_resolvesWhatWasTakenHere(t *testing.T) {
	t.Parallel()
	s := newStage(t, paged)
	s.deaf = errors.New("no answer")
	n := s.tell(critical("a"))
	s.pass(time.Minute)
	if _, err := s.Ack(t.Context(), harrier.Operator(), n.ID, ""); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.reopen()
		if err := s.SweepPages(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.pass(time.Hour)
	s.want("in the end", "page ", "resolve ")
}

// A pager that is dead is passed over, asked nothing, and nothing of it is
// resolved; one of which nobody knows is resolved once it is known to have been sent.
func TestWatch_leavesADeadPagerAlone(t *testing.T) {
	t.Parallel()
	s := newStage(t, paged)
	s.fate["page"] = harrier.RunFailed
	n := s.tell(critical("a"))
	s.pass(30 * time.Second)
	s.want("at first", "page ", "mail kim@corp.example")
	if _, err := s.Ack(t.Context(), harrier.Operator(), n.ID, ""); err != nil {
		t.Fatal(err)
	}
	s.pass(time.Hour)
	s.want("in the end", "page ", "mail kim@corp.example")
	if _, due, err := s.store.NextWake(t.Context()); err != nil || due {
		t.Errorf("something is still due, %v", err)
	}
}

// A page that is still under way when somebody takes the notification on is
// resolved after it was sent, not before.
func TestWatch_resolvesAfterItWasSent(t *testing.T) {
	t.Parallel()
	s := newStage(t, paged)
	s.fate["page"] = harrier.RunRunning
	n := s.tell(critical("a"))
	s.pass(5 * time.Second)
	if _, err := s.Ack(t.Context(), harrier.Operator(), n.ID, ""); err != nil {
		t.Fatal(err)
	}
	s.pass(10 * time.Second)
	s.want("under way", "page ")
	err := s.store.Write(t.Context(), func(tx harrier.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE runs SET status = 'succeeded' WHERE status = 'running'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.pass(10 * time.Second)
	s.want("once sent", "page ", "resolve ")
}
