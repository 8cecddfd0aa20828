package inventory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/inventory"
	"github.com/harrier-soar/harrier/internal/organisation"
)

const host, user, address = harrier.HostEntity, harrier.UserEntity, harrier.AddressEntity

// importing imports a file in some way.
func (d *desk) importing(im inventory.Import, text string) (inventory.Report, error) {
	d.t.Helper()
	told := d.told(im.Kind, text)
	im.Records, im.Problems = told.Records, told.Problems
	return d.Import(d.t.Context(), harrier.Operator(), im)
}

func what(r inventory.Report) []string {
	var out []string
	for _, c := range r.Changes {
		out = append(out, strings.TrimSpace(c.What+" "+c.Key+" "+strings.Join(c.Fields, ",")))
	}
	return out
}

func TestImport_marksWhatVanishedAndKeepsIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(host, "cmdb", "id,name,criticality\n1,a,low\n2,b,high\n3,c,high\n4,d,low\n")
	d.now = d.now.Add(time.Hour)
	dry, err := d.importing(inventory.Import{Kind: host, Source: "cmdb", DryRun: true}, "id,name,criticality\n1,a,low\n2,b,critical\n5,e,low\n4,d,low\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"changed 2 criticality,criticalityat", "added 5", "gone 3"}
	if diff := cmp.Diff(want, what(dry)); diff != "" {
		t.Error(diff)
	}
	if got := d.one(host, "c"); !got.Gone.IsZero() {
		t.Error("a dry run changed something")
	}
	if _, err := d.importing(inventory.Import{Kind: host, Source: "cmdb"}, "id,name,criticality\n1,a,low\n2,b,critical\n5,e,low\n4,d,low\n"); err != nil {
		t.Fatal(err)
	}
	if got := d.one(host, "c"); got.Gone.IsZero() || got.Criticality != "high" || !got.Stale {
		t.Errorf("what vanished is %+v; want it kept, gone and stale", got)
	}
	if got := d.fill(host, "c", d.now); got.Criticality != "high" || !got.Known {
		t.Errorf("triage sees %+v of what vanished", got)
	}
	if got := d.one(host, "a"); !got.Seen.Equal(d.now) || !got.CriticalityAt.Equal(morning()) {
		t.Errorf("seen %v, criticality since %v; want it confirmed now and said then", got.Seen, got.CriticalityAt)
	}
	r := d.take(host, "cmdb", "id,name,criticality\n1,a,low\n2,b,critical\n3,c,high\n4,d,low\n5,e,low\n")
	if r.Returned != 1 || r.Unchanged != 4 {
		t.Errorf("it came to %+v; want one returned and four as before", r)
	}
	if got := d.one(host, "c"); !got.Gone.IsZero() || got.Stale {
		t.Errorf("what returned is still gone: %+v", got)
	}
}

// What is gone and was low is unknown to triage.
func TestFill_staleOrGoneIsNeverLow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(host, "cmdb", "id,name,criticality,review by\n1,a,low,2026-12-01\n2,b,low,\n3,c,high,2026-12-01\n")
	if got := d.fill(host, "a", d.now); got.Criticality != "low" || got.Stale {
		t.Errorf("before its review it is %+v", got)
	}
	d.now = time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)
	for key, want := range map[string]string{"a": "", "b": "low", "c": "high"} {
		got := d.fill(host, key, d.now)
		if got.Criticality != want || got.Stale != (key != "b") {
			t.Errorf("%s is %q, stale %v; want %q", key, got.Criticality, got.Stale, want)
		}
	}
	d.now = d.now.Add(inventory.DefaultReview)
	if got := d.fill(host, "b", d.now); got.Criticality != "" || !got.Stale || !strings.Contains(got.Notes[0], "stale") {
		t.Errorf("a year later it is %+v; want it unknown and said so", got)
	}
	if _, err := d.importing(inventory.Import{Kind: host, Source: "cmdb", Force: true}, "id,name,criticality\n3,c,high\n"); err != nil {
		t.Fatal(err)
	}
	if got := d.fill(host, "a", d.now); got.Criticality != "" || !got.Stale || !got.Known {
		t.Errorf("what is gone is %+v", got)
	}
}

func TestImport_refusesToLoseMoreThanHalf(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var all strings.Builder
	all.WriteString("id,name\n")
	for i := range 10 {
		fmt.Fprintf(&all, "%d,h%d\n", i, i)
	}
	d.take(host, "cmdb", all.String())
	half, less := "id,name\n0,h0\n1,h1\n2,h2\n3,h3\n4,h4\n", "id,name\n0,h0\n1,h1\n2,h2\n3,h3\n"
	for _, dry := range []bool{true, false} {
		if _, err := d.importing(inventory.Import{Kind: host, Source: "cmdb", DryRun: dry}, less); harrier.KindOf(err) != harrier.Conflict || err == nil || !strings.Contains(err.Error(), "6 of 10") {
			t.Errorf("dry %v: got %v, want Conflict that counts", dry, err)
		}
	}
	if got := d.one(host, "h9"); !got.Gone.IsZero() {
		t.Error("a refused import changed something")
	}
	if _, err := d.importing(inventory.Import{Kind: host, Source: "cmdb", Partial: true}, less); err != nil {
		t.Errorf("a partial file: %v", err)
	}
	if _, err := d.importing(inventory.Import{Kind: host, Source: "cmdb", DryRun: true}, half); err != nil {
		t.Errorf("exactly half: %v", err)
	}
	if r, err := d.importing(inventory.Import{Kind: host, Source: "cmdb", Force: true}, less); err != nil || r.Gone != 6 {
		t.Errorf("forced: %+v, %v", r, err)
	}
	// Another source's words are its own.
	if r, err := d.importing(inventory.Import{Kind: host, Source: "edr"}, "name\nh0\n"); err != nil || r.Gone != 0 {
		t.Errorf("another source: %+v, %v", r, err)
	}
}

// A line that cannot be read may be about what seems to have vanished.
func TestImport_withholdsGoneWhereLinesWereLost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(host, "cmdb", "id,name\n1,a\n2,b\n3,c\n")
	broken := "id,name\n1,a\n2,\"b\n3,c\n"
	r, err := d.importing(inventory.Import{Kind: host, Source: "cmdb"}, broken)
	if err != nil || r.Withheld != 1 || r.Gone != 0 || r.ProblemCount != 1 || r.Problems[0].Line != 3 {
		t.Errorf("got %+v, %v; want line 3 told, and b withheld", r, err)
	}
	if got := d.one(host, "b"); !got.Gone.IsZero() {
		t.Error("b is gone")
	}
	if r, err = d.importing(inventory.Import{Kind: host, Source: "cmdb", Force: true}, broken); err != nil || r.Gone != 1 {
		t.Errorf("forced: %+v, %v", r, err)
	}
}

func TestMerge_holdsTheWorstAndTellsContradictions(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(host, "cmdb", "id,name,fqdn,criticality,environment,owner,tags\n7,WS-17,,low,test,Ann,laptop\n")
	d.take(host, "ad", "hostname,environment\nws-17.corp.example,production\n")
	d.now = d.now.Add(time.Minute)
	d.take(host, "edr", "hostname,edr_id,priority,owner\nWS-17,e-1,high,Bob\n")
	got := d.one(host, "e-1")
	if got.Key != "ws-17.corp.example" || len(got.Said) != 3 || got.Criticality != "high" || got.CriticalityBy != "edr" || got.Environment != "production" {
		t.Fatalf("the three sources make %+v", got)
	}
	notes := strings.Join(got.Notes, "\n")
	for _, want := range []string{"high says edr, low says cmdb", "environment is contradicted"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes %q do not tell that %s", notes, want)
		}
	}
	// Equal ranks: the latest tells the owner. A lower rank beats that.
	if got.Owner != "Bob" {
		t.Errorf("the owner is %s; want that of the latest source", got.Owner)
	}
	if _, err := d.importing(inventory.Import{Kind: host, Source: "cmdb", Rank: 5}, "id,name,fqdn,criticality,environment,owner,tags\n7,WS-17,,low,test,Ann,laptop\n"); err != nil {
		t.Fatal(err)
	}
	if got := d.one(host, "e-1"); got.Owner != "Ann" || got.Criticality != "high" {
		t.Errorf("with the better rank it is %s, %s; want Ann and still high", got.Owner, got.Criticality)
	}
	if list, _, err := d.Things(t.Context(), harrier.DefaultTenant, inventory.Filter{Kind: host, Contradicted: true}, harrier.Page{}); err != nil || len(list) != 1 {
		t.Errorf("%d are contradicted, %v", len(list), err)
	}
}

func TestSet_isOneWordMoreUnlessItOverrules(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(host, "cmdb", cmdb)
	low, yes, until := "low", true, d.now.AddDate(0, 1, 0)
	set := func(st inventory.Statement) inventory.Thing {
		t.Helper()
		got, err := d.Set(t.Context(), harrier.Operator(), st)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := set(inventory.Statement{Kind: host, Name: "dc01", Criticality: &low}); got.Criticality != "critical" || len(got.Notes) != 1 || len(got.Said) != 2 {
		t.Errorf("said by hand it is %+v; want critical still, and the contradiction told", got)
	}
	if got := set(inventory.Statement{Kind: host, Name: "DC01.corp.example", Overrules: &yes, ReviewBy: &until}); got.Criticality != "low" || got.CriticalityBy != inventory.ByHand {
		t.Errorf("overruled it is %+v", got)
	}
	d.open(organisation.Profile{}) // it is durable
	if got := d.fill(host, "dc01", d.now); got.Criticality != "low" {
		t.Errorf("after a restart it is %+v", got)
	}
	d.now = until
	if got := d.fill(host, "dc01", d.now); got.Criticality != "critical" {
		t.Errorf("after its review it is %+v; want the source's word again", got)
	}
	list, _, err := d.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Action: "inventory.set"}, harrier.Page{})
	if err != nil || len(list) != 2 {
		t.Errorf("the trail has %d rows, %v; want 2", len(list), err)
	}
	if _, err := d.Set(t.Context(), harrier.Operator(), inventory.Statement{Kind: host, Name: "x", Criticality: new("urgent")}); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("a criticality that nobody knows: %v", err)
	}
}

func TestUsers_areFoundByEveryNameTheyHave(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(user, "ad", "samaccountname,upn,mail,sid,department,manager,admin\nCORP\\alice,alice@corp.example,a.smith@corp.example,S-1-5-21-1-2-3-1001,Sales,bob,\nCORP\\adm-alice,adm-alice@corp.example,a.smith@corp.example,S-1-5-21-1-2-3-1002,IT,,yes\nCORP\\bob,bob@corp.example,bob@corp.example,S-1-5-21-1-2-3-1003,,,\n")
	d.take(user, "hr", "employee id,name,email\n4711,Bob Doe,bob@corp.example\n")
	d.open(organisation.Profile{OwnDomains: []string{"corp.example"}, People: []organisation.Person{{Name: "Bob Doe", Address: "Bob@corp.example", Role: "CEO"}}})
	for name, want := range map[string]string{
		"alice": "alice@corp.example", `CORP\alice`: "alice@corp.example", "ALICE@corp.example": "alice@corp.example", "S-1-5-21-1-2-3-1001": "alice@corp.example",
		"4711": "bob@corp.example", `corp.example\bob`: "bob@corp.example", "bob": "bob@corp.example", `.\bob`: "bob@corp.example",
	} {
		got := d.fill(user, strings.ToLower(name), d.now)
		key := got.Key
		if got.As != nil {
			key = got.As.Key
		}
		if !got.Known || key != want {
			t.Errorf("%s is %s, known %v; want %s", name, key, got.Known, want)
		}
	}
	bob := d.fill(harrier.MailboxEntity, "bob@corp.example", d.now)
	if !bob.VIP || bob.As == nil || bob.As.Type != user || !slices.Contains(bob.Tags, "ceo") {
		t.Errorf("the person of organisation.yaml is %+v; want a VIP", bob)
	}
	// Two accounts with one mailbox are two; who is meant by it is not known, so both count.
	both := d.fill(user, "a.smith@corp.example", d.now)
	if !both.Known || !both.Privileged || both.As != nil || !strings.Contains(strings.Join(both.Notes, " "), "2 things have the name") {
		t.Errorf("a shared mail address is %+v", both)
	}
	for _, stranger := range []string{"alice@evil.example", `evil\alice`, "nobody"} {
		if got := d.fill(user, stranger, d.now); got.Known {
			t.Errorf("%s is known: %+v", stranger, got)
		}
	}
}

// The workstation of an executive is known as one, by the owner that the CMDB names.
func TestFill_knowsTheMachineOfAVIP(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open(organisation.Profile{People: []organisation.Person{{Name: "Nora Lindqvist", Address: "nora@corp.example"}}})
	d.take(host, "cmdb", "name,owner\nws-1,Nora Lindqvist\nws-2,NORA@corp.example\nws-3,Someone Else\nws-4,\n")
	for name, want := range map[string]bool{"ws-1": true, "ws-2": true, "ws-3": false, "ws-4": false} {
		got := d.fill(host, name, d.now)
		if got.VIP != want || want && !strings.Contains(strings.Join(got.Notes, " "), "nora@corp.example is a VIP, says organisation") {
			t.Errorf("%s: VIP is %v, notes %q; want %v", name, got.VIP, got.Notes, want)
		}
	}
}

// The account of a machine is the machine.
func TestFill_knowsTheAccountOfAMachine(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(host, "cmdb", cmdb)
	got := d.fill(user, `corp\dc01$`, d.now)
	if got.As == nil || got.As.Type != host || got.As.Key != "dc01.corp.example" || got.Criticality != "critical" {
		t.Errorf("got %+v", got)
	}
}

// Two machines of one short name stay two, and the name means the worse of them.
func TestFill_holdsASharedNameForWhatMattersMost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(host, "cmdb", "id,fqdn,criticality,environment\n1,db.test.example,low,test\n2,db.corp.example,critical,production\n")
	got := d.fill(host, "db", d.now)
	if got.Criticality != "critical" || got.Environment != "production" || got.As != nil || len(got.Notes) == 0 {
		t.Errorf("got %+v", got)
	}
	if _, err := d.Set(t.Context(), harrier.Operator(), inventory.Statement{Kind: host, Name: "db", VIP: new(true)}); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("set of a shared name: %v, want Conflict", err)
	}
	d.take(host, "edr", "hostname,priority\ndb,low\n") // which of them is not known
	if got := d.fill(host, "db.test.example", d.now); got.Criticality != "low" {
		t.Errorf("the test machine became %+v", got)
	}
}

func TestTenants_knowNothingOfEachOther(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(host, "cmdb", cmdb)
	other := harrier.DeriveID[harrier.TenantID]("other")
	if _, err := d.AddLeases(t.Context(), harrier.DefaultTenant, []inventory.Lease{lease("10.1.0.9", d.now, time.Hour, "ws-17")}); err != nil {
		t.Fatal(err)
	}
	for _, e := range []harrier.Entity{{Type: host, Key: "ws-17"}, {Type: address, Key: "10.1.0.9"}, {Type: address, Key: "10.0.0.5"}} {
		if as, ok, _ := d.Resolve(t.Context(), other, e, d.now); ok {
			t.Errorf("another tenant knows %v as %v", e, as)
		}
		if _, ok, why := d.Resolve(t.Context(), harrier.DefaultTenant, e, d.now); !ok {
			t.Errorf("the tenant does not know %v: %s", e, why)
		}
	}
}

func TestThings_comeInPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var all strings.Builder
	all.WriteString("id,hostname\n")
	for i := range 57 {
		fmt.Fprintf(&all, "%d,h%02d\n", i, i%50) // seven names are of two
	}
	d.take(host, "cmdb", all.String())
	seen, cursor := 0, ""
	for {
		list, next, err := d.Things(t.Context(), harrier.DefaultTenant, inventory.Filter{Kind: host}, harrier.Page{Cursor: cursor, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		seen += len(list)
		if cursor = next; next == "" {
			break
		}
	}
	if seen != 57 {
		t.Errorf("the pages hold %d, want 57", seen)
	}
	if _, _, err := d.Things(t.Context(), harrier.DefaultTenant, inventory.Filter{Kind: host}, harrier.Page{Cursor: "%"}); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("a wrong cursor: %v", err)
	}
}
