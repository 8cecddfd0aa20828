package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
)

func bulkOf(t *testing.T, s *Server, path, body string) (BulkResult, string) {
	t.Helper()
	rec := send(s, as(harrier.Operator()), sample{method: http.MethodPost, path: path, media: "application/json", body: body})
	if rec.Code != http.StatusOK {
		return BulkResult{}, problem(t, rec).Detail
	}
	var got BulkResult
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	return got, ""
}

// AZ-06: in one bulk, what somebody may not see is not found, like what is not
// there; it does not keep the others from being done, and each says what became of it.
func TestBulk_asksForEachItemByItself(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	ours := fixed[harrier.AlertID]("alert").String()
	hiddenOne, missing := hidden("alerts"), missingID(ours)
	body := fmt.Sprintf(`{"items":[{"id":%q},{"id":%q},{"id":%q},{"id":"7"}],"do":{"severity":"low"}}`, hiddenOne, ours, missing)
	got, wrong := bulkOf(t, s, "/v1/alerts/bulk", body)
	if wrong != "" || got.Done != 1 || got.Failed != 3 || got.Selected != 4 || len(w.changed()) != 1 {
		t.Fatalf("got %+v %q, changed %v", got, wrong, w.changed())
	}
	for i, want := range []string{"failed", "done", "failed", "failed"} {
		if got.Items[i].Status != want {
			t.Errorf("item %d is %+v, want %s", i, got.Items[i], want)
		}
	}
	foreign, none := got.Items[0].Problem, got.Items[2].Problem
	if foreign.Status != http.StatusNotFound || strings.ReplaceAll(foreign.Detail, hiddenOne, missing) != none.Detail || foreign.Type != none.Type {
		t.Errorf("what is hidden reads %+v, what is missing %+v", foreign, none)
	}
}

// Each item may name the version that was seen: what changed meanwhile is left
// alone. A change that dies takes no other with it.
func TestBulk_holdsEachVersionAndSurvivesEachItem(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	got, wrong := bulkOf(t, s, "/v1/cases/bulk", `{"items":[{"id":"7","version":99},{"id":"`+fixed[harrier.CaseID]("case").String()+`","version":98}],"do":{"watch":true}}`)
	if wrong != "" || got.Failed != 2 {
		t.Fatalf("got %+v %q", got, wrong)
	}
	if diff := cmp.Diff([]int{412, 500}, []int{got.Items[0].Problem.Status, got.Items[1].Problem.Status}); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	got, _ = bulkOf(t, s, "/v1/cases/bulk", `{"items":[{"id":"7","version":4}],"do":{"watch":true}}`)
	if got.Unchanged != 1 || got.Items[0].Version != 4 {
		t.Errorf("what was so already gave %+v", got)
	}
}

// A query changes no more than its sender saw; a dry run changes nothing.
func TestBulk_ofAQueryChangesWhatWasSeen(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	for _, c := range []struct{ body, wrong string }{
		{`{"query":"status:new","do":{"severity":"low"}}`, "say how many"},
		{`{"query":"status:new","expected":2,"do":{"severity":"low"}}`, "selects 1 now, and 2 were expected"},
		{`{"query":"status:new","items":[{"id":"x"}],"do":{"severity":"low"}}`, "one of them"},
		{`{"do":{"severity":"low"}}`, "one of them"},
		{`{"query":"nosuch:1","expected":1,"do":{"severity":"low"}}`, "nosuch"},
		{`{"items":[{"id":"x"},{"id":"x"}],"do":{"severity":"low"}}`, "named twice"},
		{`{"items":[{"id":"x"}],"expected":1,"do":{"severity":"low"}}`, "expected is for a query"},
		{`{"items":[{"id":"x"}],"do":{}}`, "asks for 0 things"},
		{`{"items":[{"id":"x"}],"do":{"severity":"low","tag":{"add":["a"]}}}`, "asks for 2 things"},
		{`{"items":[{"id":"x"}],"do":{"tag":{}}}`, "which tags"},
	} {
		if _, wrong := bulkOf(t, s, "/v1/alerts/bulk", c.body); !strings.Contains(wrong, c.wrong) {
			t.Errorf("%s got %q, want %q", c.body, wrong, c.wrong)
		}
	}
	if got, wrong := bulkOf(t, s, "/v1/alerts/bulk", `{"query":"status:new","dry_run":true,"do":{"severity":"low"}}`); wrong != "" || got.Done != 1 || !got.DryRun || len(w.changed()) != 0 {
		t.Errorf("the dry run gave %+v %q and changed %v", got, wrong, w.changed())
	}
	if got, wrong := bulkOf(t, s, "/v1/alerts/bulk", `{"query":"status:new","expected":1,"do":{"severity":"low"}}`); wrong != "" || got.Done != 1 || len(w.changed()) != 1 {
		t.Errorf("got %+v %q and changed %v", got, wrong, w.changed())
	}
	var many []string
	for i := range maxBulk + 1 {
		many = append(many, fmt.Sprintf(`{"id":"%d"}`, i))
	}
	if rec := send(s, as(harrier.Operator()), sample{method: http.MethodPost, path: "/v1/alerts/bulk", media: "application/json", body: `{"items":[` + strings.Join(many, ",") + `],"do":{"severity":"low"}}`}); rec.Code != http.StatusBadRequest {
		t.Errorf("%d items got %d", len(many), rec.Code)
	}
}

// AZ-06: whoever may not write cases puts no alerts into them by the other door.
func TestBulk_ofAlertsPutsNoneIntoCasesWithoutThatRight(t *testing.T) {
	t.Parallel()
	w := newWorld()
	rec := send(w.server(t), as(without(harrier.CasesWrite)), sample{
		method: http.MethodPost, path: "/v1/alerts/bulk", media: "application/json",
		body: `{"items":[{"id":"` + fixed[harrier.AlertID]("alert").String() + `"}],"do":{"case":"7"}}`,
	})
	if p := problem(t, rec); p.Status != http.StatusForbidden || len(w.changed()) != 0 {
		t.Errorf("got %+v and %v", p, w.changed())
	}
}
