package webhook_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/webhook"
)

// What approvals, runs and containments become is told too.
func TestPass_tellsOfQuestionsThatExpire(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.subscribe(webhook.ApprovalAsked, webhook.ApprovalDecided, webhook.RunEnded, webhook.ContainmentChanged)
	run := harrier.Run{
		Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.RunID]("run"), Playbook: "p", Mode: harrier.Live, Status: harrier.RunQueued, ReadyAt: r.clock.Now(), CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now(),
	}
	q := harrier.Approval{Tenant: run.Tenant, ID: harrier.NewID[harrier.ApprovalID](r.clock.Now()), Run: run.ID, Kind: harrier.PlanApproval, Title: "Block it", Body: []byte(`{}`), CreatedAt: r.clock.Now()}
	c := harrier.Containment{
		Tenant: run.Tenant, ID: harrier.DeriveID[harrier.ContainmentID]("c"), Run: run.ID, Action: "fw.block", Connection: harrier.DeriveID[harrier.ConnectionID]("fw"), Target: "203.0.113.7",
		Args: []byte(`{}`), Before: []byte(`{}`), Undo: "fw.unblock", UndoKey: "k", State: harrier.ContainmentActive, At: r.clock.Now(),
	}
	err := r.store.Write(t.Context(), func(tx harrier.Tx) error {
		if err := r.store.Create(t.Context(), tx, run, nil); err != nil {
			return err
		}
		if err := r.store.Ask(t.Context(), tx, q); err != nil {
			return err
		}
		if err := r.store.AddContainment(t.Context(), tx, c); err != nil {
			return err
		}
		if err := r.store.Withdraw(t.Context(), tx, engine.Withdrawal{Tenant: run.Tenant, Run: run.ID, Status: harrier.ApprovalExpired, At: r.clock.Now()}); err != nil {
			return err
		}
		_, err := r.store.EndContainments(t.Context(), tx, harrier.ContainmentEnd{
			Tenant: c.Tenant, Connection: c.Connection, Undo: c.Undo, UndoKey: c.UndoKey, State: harrier.ContainmentUndone, At: r.clock.Now(),
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = r.store.Write(t.Context(), func(tx harrier.Tx) error {
		got, err := r.store.Claim(t.Context(), tx, run.ID, "node")
		if err != nil {
			return err
		}
		got.Status, got.EndedAt = harrier.RunSucceeded, r.clock.Now()
		return r.store.Release(t.Context(), tx, got)
	})
	if err != nil {
		t.Fatal(err)
	}
	r.pass()
	var got []string
	for _, b := range r.bodies() {
		state, _ := b.Data["status"].(string)
		if state == "" {
			state, _ = b.Data["state"].(string)
		}
		got = append(got, b.Type+" "+state)
	}
	slices.Sort(got)
	want := []string{"approval.asked pending", "approval.decided expired", "containment.changed active", "containment.changed undone", "run.ended succeeded"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}
