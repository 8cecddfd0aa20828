package app

import (
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/change"
)

const vendorsPath = "lists/vendors.list.yaml"

// listing is a file that governs a list of some addresses.
func listing(kind string, values ...string) string {
	var text strings.Builder
	text.WriteString("harrier: 1\nkind: " + kind + "\nowner: soc\nentries:\n")
	for _, v := range values {
		text.WriteString("  - value: " + v + "\n    reason: known\n")
	}
	return text.String()
}

// listed are the entries of a list, each with its origin.
func (c changing) listed(name string) (all []string) {
	c.t.Helper()
	page, err := intelligence{c.App}.ListEntries(c.t.Context(), harrier.Operator(), name, harrier.Page{})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range page.Items {
		all = append(all, e.Value+" "+e.Origin)
	}
	return all
}

// CFG-07: what an allow list hides from triage is looked at by a second person.
// It is told of alerts that are judged after that, of none before, and of none
// after it was rolled back.
func TestLists_allowNothingBeforeTheirReview(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{FourEyes: true})
	c := changing{revisions{o.App}, t}
	const address = "203.0.113.77"
	allowed := func(id string) string {
		p, _ := known(t, o.beacon(id, "medium", address))
		return thought(p, address).Allowed
	}
	author, other := person("author"), person("other")
	d := c.propose(author, vendorsPath, listing("allow", address))
	if !d.OK || len(d.Problems) > 0 || len(d.Differences) == 0 {
		t.Fatalf("ok %t, problems %+v, differences %+v", d.OK, d.Problems, d.Differences)
	}
	d, err := c.move(author, d, "submit")
	if err != nil {
		t.Fatal(err)
	}
	if got := allowed("1"); got != "" {
		t.Errorf("before its review it is allowed by %q", got)
	}
	if _, err := c.move(author, d, "approve"); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("its author approves it: %v", err)
	}
	if d, err = c.move(other, d, "approve"); err != nil {
		t.Fatal(err)
	}
	if got := allowed("2"); got != "vendors" {
		t.Errorf("after its review it is allowed by %q", got)
	}
	o.restart(func() {})
	c = changing{revisions{o.App}, t}
	if got := allowed("3"); got != "vendors" {
		t.Errorf("after a restart it is allowed by %q", got)
	}
	back, err := c.RollBack(t.Context(), author, rollBackOf(d))
	if err != nil || allowed("4") != "vendors" {
		t.Fatalf("a rollback holds before its review: %v", err)
	}
	if _, err := c.move(other, back, "approve"); err != nil {
		t.Fatal(err)
	}
	if got := allowed("5"); got != "" {
		t.Errorf("after the rollback it is allowed by %q", got)
	}
}

// An entry is told by its value, whatever stands around it and in whatever order.
func TestLists_differByTheirEntries(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{})
	c.live(vendorsPath, listing("allow", "a.vendor.example", "b.vendor.example", "c.vendor.example"))
	text := strings.Replace(listing("allow", "a.vendor.example", "c.vendor.example", "d.vendor.example"), "reason: known", "reason: better known", 1)
	d := c.propose(person("author"), vendorsPath, text)
	var got []string
	for _, one := range d.Differences {
		got = append(got, one.About+" "+one.Place+" "+one.Op)
	}
	want := []string{"entries entries[a.vendor.example].reason changed", "entries entries[b.vendor.example] removed", "entries entries[d.vendor.example] added"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A list that a file governs refuses whoever changes it otherwise, and a playbook
// blocks on it all the same.
func TestLists_thatAreGovernedAreChangedByTheirFileAndBlockedOnByPlaybooks(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	c := changing{revisions{o.App}, t}
	c.live("lists/blocked.list.yaml", listing("block", "203.0.113.7"))
	by, known := harrier.Operator(), intelligence{o.App}
	if _, err := known.ChangeList(t.Context(), by, "blocked", api.ChangeList{Values: []api.Value{{Value: "203.0.113.8"}}}); harrier.KindOf(err) != harrier.Conflict || !strings.Contains(err.Error(), "harrier change new") {
		t.Errorf("it is changed by hand: %v", err)
	}
	const source = "harrier: 1\nplaybook: block-now\ntitle: Block\nsteps:\n  - id: block\n    uses: list.add\n    with: {list: blocked, value: 203.0.113.9, reason: night}\n"
	run, err := runs{o.App}.StartRun(t.Context(), by, api.StartRun{Source: source, Name: "block-now.playbook.yaml", Mode: harrier.Live})
	if err != nil {
		t.Fatal(err)
	}
	if r := o.until(run.ID, ended); r.Status != harrier.RunSucceeded {
		t.Fatalf("the run is %s: %s", r.Status, r.Reason)
	}
	if got, want := c.listed("blocked"), []string{"203.0.113.7 file", "203.0.113.9 direct"}; !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
	token, err := known.NewListToken(t.Context(), by, "blocked")
	if err != nil {
		t.Fatal(err)
	}
	if text, _, err := known.BlockList(t.Context(), "blocked", token.Token); err != nil || string(text) != "203.0.113.7\n203.0.113.9\n" {
		t.Errorf("firewalls get %q, %v", text, err)
	}
}

// Where two people could look at it, an allow list takes nothing from one alone,
// unless the organisation has said otherwise; a team of one goes on as before.
func TestLists_takeAReviewWhereTwoCouldLook(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	c := changing{revisions{o.App}, t}
	by, known := harrier.Operator(), intelligence{o.App}
	if _, err := known.SetList(t.Context(), by, api.SetList{Name: "vendors", Kind: "allow"}); err != nil {
		t.Fatal(err)
	}
	add := func(value string) error {
		_, err := known.ChangeList(t.Context(), by, "vendors", api.ChangeList{Values: []api.Value{{Value: value}}})
		return err
	}
	o.person(by, "ann", access.Engineer)
	o.person(by, "vic", access.Viewer)
	if err := add("one.example"); err != nil {
		t.Errorf("one person who could look at it is kept from it: %v", err)
	}
	o.person(by, "bob", access.Responder)
	if err := add("two.example"); harrier.KindOf(err) != harrier.Conflict || !strings.Contains(err.Error(), "allow_lists: direct") {
		t.Errorf("two people could have looked at it: %v", err)
	}
	c.live("organisation.yaml", "harrier: 1\nallow_lists: direct\n")
	if err := add("three.example"); err != nil {
		t.Errorf("the organisation wanted it so: %v", err)
	}
}

// Files are the organisation's that the installation was made for: nobody else
// changes them, and nothing in them is told to another tenant.
func TestLists_areNotChangedByAnotherTenant(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{})
	stranger := person("stranger")
	stranger.Tenant = harrier.DeriveID[harrier.TenantID]("elsewhere")
	in := api.ProposeChange{Title: "t", Files: []api.ChangeFile{{Path: vendorsPath, Text: listing("allow", "evil.example")}}}
	if _, err := c.ProposeChange(t.Context(), stranger, in); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("a stranger proposes: %v", err)
	}
	c.live(vendorsPath, listing("allow", "vendor.example"))
	if _, err := (intelligence{c.App}).ListEntries(t.Context(), stranger, "vendors", harrier.Page{}); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("a stranger reads it: %v", err)
	}
}

// How much is asked about alerts is under change control too, and holds for the
// next alert: here, that a connection is the organisation's own.
func TestEnrichment_changesUnderFourEyes(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{FourEyes: true})
	o.connect(nil)
	c := changing{revisions{o.App}, t}
	const inside, file = "203.0.113.77", "enrich.yaml"
	c.live("organisation.yaml", "harrier: 1\nown_networks: [203.0.113.0/24]\n")
	asked := func(id string) bool {
		p, _ := known(t, o.beacon(id, "medium", inside))
		got := thought(p, inside)
		return got.Answered+got.Failed > 0
	}
	if asked("1") {
		t.Fatal("strangers are asked about an address inside")
	}
	if d := c.propose(person("author"), file, "harrier: 1\nlookups: many\n"); d.OK || d.Problems[0].Line != 2 {
		t.Errorf("problems %+v", d.Problems)
	}
	d := c.live(file, "harrier: 1\ninside: [lab-intel]\n")
	if d.State != change.Live || !asked("2") {
		t.Error("what was approved does not hold for the next alert")
	}
	o.restart(func() {})
	c = changing{revisions{o.App}, t}
	if !asked("3") {
		t.Error("it does not hold after a restart")
	}
	back, err := c.RollBack(t.Context(), person("author"), rollBackOf(d))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.move(person("reviewer"), back, "approve"); err != nil {
		t.Fatal(err)
	}
	if asked("4") {
		t.Error("what was rolled back holds still")
	}
}
