package app

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// G2: the same mail, delivered again under any name, at once, later and after
// a restart, is the same alert and the same run.
func TestIntake_theSameMailIsTheSameAlertAndRun(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	receipts := make([]api.Receipt, 8)
	var all sync.WaitGroup
	for i := range receipts {
		all.Go(func() {
			r, err := o.SubmitMail(t.Context(), string(rune('a'+i))+".eml", reported(t))
			if err != nil {
				t.Error(err)
			}
			receipts[i] = r
		})
	}
	all.Wait()
	fresh := 0
	for _, r := range receipts {
		if !r.Existed {
			fresh++
		}
		if r.Alert != receipts[0].Alert || !cmp.Equal(r.Runs, receipts[0].Runs) || len(r.Runs) != 1 {
			t.Fatalf("got %+v and %+v", r, receipts[0])
		}
	}
	if fresh != 1 {
		t.Errorf("%d of the receipts say that the alert is new, want 1", fresh)
	}
	id := receipts[0].Runs[0]
	o.approve(o.asked(id))
	o.until(id, ended)
	effects := len(o.lab.Effects())
	o.restart(func() {})
	again, err := o.SubmitMail(t.Context(), "again.eml", reported(t))
	if err != nil || !again.Existed || again.Alert != receipts[0].Alert || !cmp.Equal(again.Runs, receipts[0].Runs) {
		t.Errorf("after the end and a restart: %+v, %v", again, err)
	}
	by := harrier.Operator()
	alerts, err1 := things{o.App}.Alerts(t.Context(), by, harrier.AlertFilter{}, harrier.Page{Limit: 10})
	list, err2 := runs{o.App}.Runs(t.Context(), by, harrier.RunFilter{}, harrier.Page{Limit: 10})
	cases, err3 := things{o.App}.Cases(t.Context(), by, harrier.CaseFilter{}, harrier.Page{Limit: 10})
	if err1 != nil || err2 != nil || err3 != nil || len(alerts.Items) != 1 || len(list.Items) != 1 || len(cases.Items) != 1 {
		t.Errorf("%d alerts, %d runs, %d cases; want one of each; %v %v %v", len(alerts.Items), len(list.Items), len(cases.Items), err1, err2, err3)
	}
	if now := len(o.lab.Effects()); now != effects {
		t.Errorf("the world saw %d effects, and %d after the mail came again", effects, now)
	}
}
