package indicator_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/indicator"
)

// listFile is a file that governs a list.
func listFile(kind string, entries ...string) []byte {
	text := "harrier: 1\nkind: " + kind + "\nowner: soc\n"
	if len(entries) == 0 {
		return []byte(text + "entries: []\n")
	}
	return []byte(text + "entries:\n  - value: " + strings.Join(entries, "\n    reason: known\n  - value: ") + "\n    reason: known\n")
}

// govern has files govern lists as an approved change does; one without a text goes.
func (b *bench) govern(files map[string][]byte) {
	b.tb.Helper()
	if err := b.warned(files).Err(); err != nil {
		b.tb.Fatal(err)
	}
}

// warned is govern with what is told of the files.
func (b *bench) warned(files map[string][]byte) document.Problems {
	b.tb.Helper()
	g, problems, err := b.Prepare(b.tb.Context(), files)
	if err != nil {
		b.tb.Fatal(err)
	}
	if problems.Err() != nil {
		return problems
	}
	if err := b.store.Write(b.tb.Context(), func(tx harrier.Tx) error { return g.Commit(b.tb.Context(), tx) }); err != nil {
		b.tb.Fatal(err)
	}
	g.Apply()
	return problems
}

// entries are those of a list in short, by pages of two.
func (b *bench) entries(name string) (all []string) {
	b.tb.Helper()
	l, err := b.List(b.tb.Context(), harrier.DefaultTenant, name)
	if err != nil {
		b.tb.Fatal(err)
	}
	for after := (indicator.ListEntry{}); ; {
		page, err := b.ListEntries(b.tb.Context(), l, after, 2)
		if err != nil {
			b.tb.Fatal(err)
		}
		for _, e := range page {
			text := e.Text
			if e.Filed {
				text += " filed"
			}
			if e.Idle {
				text += " idle"
			}
			all = append(all, text)
		}
		if len(page) < 2 {
			return all
		}
		after = page[1]
	}
}

func isAllowed(k indicator.Known) bool { return len(k.Allowed) > 0 }

// Of an allow list that a file governs, the file is all that counts, and nobody
// puts anything beside it, a playbook neither; without the file it is as before.
func TestGovern_allowListsHoldTheirFileAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	by := harrier.Operator()
	if _, err := b.SetList(t.Context(), by, indicator.List{Name: "vendors", Kind: indicator.Allow}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.AddToList(t.Context(), by, "vendors", []indicator.NewEntry{{Value: "old.example"}}); err != nil {
		t.Fatal(err)
	}
	problems := b.warned(map[string][]byte{"lists/vendors.list.yaml": listFile("allow", "new.example", "198.51.100.0/24", "203.0.113.7")})
	if len(problems) != 1 || !problems[0].Warning || !strings.Contains(problems[0].Message, "1 entries") {
		t.Errorf("what was there before is not told: %v", problems)
	}
	if !isAllowed(b.knows("domain", "www.new.example")) || !isAllowed(b.knows("ip", "198.51.100.9")) || isAllowed(b.knows("domain", "old.example")) {
		t.Error("it does not hold what its file says")
	}
	if got, want := b.entries("vendors"), []string{"new.example filed", "198.51.100.0/24 filed", "203.0.113.7 filed", "old.example idle"}; !slices.Equal(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
	in := map[string]any{"list": "vendors", "value": "evil.example"}
	_, add := b.AddToList(t.Context(), by, "vendors", []indicator.NewEntry{{Value: "evil.example"}})
	_, remove := b.RemoveFromList(t.Context(), by, "vendors", []indicator.NewEntry{{Value: "new.example"}})
	_, imported := b.ImportList(t.Context(), by, "vendors", strings.NewReader("evil.example\n"))
	_, set := b.SetList(t.Context(), by, indicator.List{Name: "vendors", Kind: indicator.Allow, Description: "ours"})
	_, playbookAdds := b.does("list.add", in)
	_, playbookRemoves := b.does("list.remove", in)
	for what, err := range map[string]error{"add": add, "remove": remove, "import": imported, "set": set, "delete": b.RemoveList(t.Context(), by, "vendors"), "list.add": playbookAdds, "list.remove": playbookRemoves} {
		if harrier.KindOf(err) != harrier.Conflict || !strings.Contains(err.Error(), "harrier change new lists/vendors.list.yaml") {
			t.Errorf("%s: %v", what, err)
		}
	}
	b.govern(map[string][]byte{"lists/vendors.list.yaml": listFile("allow", "203.0.113.7")})
	if isAllowed(b.knows("domain", "www.new.example")) || !isAllowed(b.knows("ip", "203.0.113.7")) || isAllowed(b.knows("ip", "198.51.100.9")) {
		t.Error("it does not hold what the second edition of its file says")
	}
	if problems = b.warned(map[string][]byte{"lists/vendors.list.yaml": nil}); len(problems) != 1 || !problems[0].Warning {
		t.Errorf("what counts again is not told: %v", problems)
	}
	if !isAllowed(b.knows("domain", "old.example")) || isAllowed(b.knows("ip", "203.0.113.7")) {
		t.Error("without the file it is not as it was before")
	}
}

// A block list that a file governs has what playbooks put there beside it: they
// block without waiting for anybody, and take off what they put there.
func TestGovern_blockListsHoldWhatPlaybooksPutBesideTheirFile(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.govern(map[string][]byte{"lists/blocked.list.yaml": listFile("block", "evil.example", "203.0.113.7")})
	token, err := b.NewToken(t.Context(), harrier.Operator(), "blocked")
	if err != nil {
		t.Fatal(err)
	}
	pulled := func() string {
		p, err := b.Service.Pull(t.Context(), "blocked", token)
		if err != nil {
			t.Error(err)
		}
		return string(p.Text)
	}
	if _, err := b.AddToList(t.Context(), harrier.Operator(), "blocked", []indicator.NewEntry{{Value: "198.51.100.9"}}); harrier.KindOf(err) != harrier.Conflict || !strings.Contains(err.Error(), "list.add") {
		t.Errorf("it is changed by hand: %v", err)
	}
	for _, value := range []string{"198.51.100.9", "203.0.113.7"} { // the second is in the file too
		if _, err := b.does("list.add", map[string]any{"list": "blocked", "value": value}); err != nil {
			t.Fatal(err)
		}
	}
	const all = "198.51.100.9\n203.0.113.7\nevil.example\n"
	if pulled() != all || b.says("ip", "198.51.100.9") != "malicious list blocked" {
		t.Errorf("firewalls get %q", pulled())
	}
	if got, want := b.entries("blocked"), []string{"evil.example filed", "203.0.113.7 filed", "198.51.100.9", "203.0.113.7"}; !slices.Equal(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
	if l, err := b.List(t.Context(), harrier.DefaultTenant, "blocked"); err != nil || l.Count != 4 || l.File != "lists/blocked.list.yaml" {
		t.Errorf("%+v, %v", l, err)
	}
	if out, err := b.does("list.remove", map[string]any{"list": "blocked", "value": "203.0.113.7"}); err != nil || out["removed"] != true {
		t.Errorf("a playbook does not take off what it put there: %v, %v", out, err)
	}
	if _, err := b.does("list.remove", map[string]any{"list": "blocked", "value": "203.0.113.7"}); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("a playbook takes off what the file blocks: %v", err)
	}
	if pulled() != all || b.says("ip", "203.0.113.7") != "malicious list blocked" {
		t.Errorf("what the file blocks is blocked no more: %q", pulled())
	}
	b.govern(map[string][]byte{"lists/blocked.list.yaml": nil})
	if pulled() != "198.51.100.9\n" {
		t.Errorf("without the file firewalls get %q", pulled())
	}
}

// What files say is there after a restart, and lists that only a file names are made.
func TestGovern_holdsFromTheStart(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.imports(indicator.Feed{Name: "f"}, "203.0.113.7\n")
	file, problems := indicator.ReadList("lists/vendors.list.yaml", listFile("allow", "vendor.example"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for range 2 {
		b.restart()
		if err := b.Govern(t.Context(), []indicator.ListFile{file}); err != nil {
			t.Fatal(err)
		}
		if !isAllowed(b.knows("domain", "vendor.example")) || b.says("ip", "203.0.113.7") != "malicious f" {
			t.Error("it does not hold")
		}
		if lists, err := b.Lists(t.Context(), harrier.DefaultTenant); err != nil || len(lists) != 1 || lists[0].File == "" || lists[0].Count != 1 {
			t.Errorf("%+v, %v", lists, err)
		}
	}
	other, _ := indicator.ReadList("lists/vendors.list.yaml", listFile("block", "vendor.example"))
	b.restart()
	if err := b.Govern(t.Context(), []indicator.ListFile{other}); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("a list became one of another kind: %v", err)
	}
}

// A file governs the lists of the installation's own tenant, and those of no other.
func TestGovern_isOfOneTenant(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	other := harrier.Operator()
	other.Tenant = harrier.DeriveID[harrier.TenantID]("other")
	b.govern(map[string][]byte{"lists/vendors.list.yaml": listFile("allow", "vendor.example")})
	if _, err := b.SetList(t.Context(), other, indicator.List{Name: "vendors", Kind: indicator.Block}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.AddToList(t.Context(), other, "vendors", []indicator.NewEntry{{Value: "evil.example"}}); err != nil {
		t.Fatal(err)
	}
	known, err := b.Know(t.Context(), other.Tenant, []harrier.Observable{{Type: "domain", Value: "vendor.example"}, {Type: "domain", Value: "evil.example"}}, b.at)
	if err != nil || isAllowed(known[0]) || len(known[1].Opinions) != 1 {
		t.Errorf("%+v, %v", known, err)
	}
	if l, err := b.List(t.Context(), other.Tenant, "vendors"); err != nil || l.File != "" || l.Count != 1 {
		t.Errorf("%+v, %v", l, err)
	}
	if b.says("domain", "evil.example") != "" {
		t.Error("one tenant's list speaks to another")
	}
}

// Where several people could look at it, nobody puts anything on an allow list alone.
func TestAddToList_asksForAReviewOfAllowLists(t *testing.T) {
	t.Parallel()
	reviewed := true
	b := newBench(t, func(c *indicator.Config) {
		c.Reviewed = func(_ context.Context, tenant harrier.TenantID) (bool, error) {
			return reviewed && tenant == harrier.DefaultTenant, nil
		}
	})
	by := harrier.Operator()
	for name, kind := range map[string]string{"vendors": indicator.Allow, "blocked": indicator.Block} {
		if _, err := b.SetList(t.Context(), by, indicator.List{Name: name, Kind: kind}); err != nil {
			t.Fatal(err)
		}
		_, err := b.AddToList(t.Context(), by, name, []indicator.NewEntry{{Value: "one.example"}})
		if refused := harrier.KindOf(err) == harrier.Conflict; refused != (kind == indicator.Allow) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := b.ImportList(t.Context(), by, "vendors", strings.NewReader(`{"name":"x","type":"string","list":["one.example"]}`)); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("a warning list goes beside the review: %v", err)
	}
	reviewed = false
	if _, err := b.AddToList(t.Context(), by, "vendors", []indicator.NewEntry{{Value: "one.example"}}); err != nil {
		t.Error(err)
	}
	reviewed = true
	if n, err := b.RemoveFromList(t.Context(), by, "vendors", []indicator.NewEntry{{Value: "one.example"}}); err != nil || n != 1 {
		t.Errorf("to take something off takes a review: %d, %v", n, err)
	}
}

func TestReadList_tellsEverythingThatIsWrongWithItsPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path, text string
		want       string // line, column and code of the first problem
		fix        string
	}{
		"a kind":                {"lists/a.list.yaml", "harrier: 1\nkind: grey\nowner: x\nentries: []\n", "2:7 wrong-value", "block or allow"},
		"no owner":              {"lists/a.list.yaml", "harrier: 1\nkind: allow\nentries: []\n", "1:1 missing-key", "owner"},
		"a name":                {"lists/A B.list.yaml", "harrier: 1\nkind: allow\nowner: x\nentries: []\n", "1:1 list-name", "call the file"},
		"a key":                 {"lists/a.list.yaml", "harrier: 1\nkind: allow\nowner: x\nentrys: []\nentries: []\n", "4:1 unknown-key", "entries"},
		"no reason":             {"lists/a.list.yaml", "harrier: 1\nkind: allow\nowner: x\nentries:\n  - value: vendor.example\n", "5:5 missing-key", "reason"},
		"no value":              {"lists/a.list.yaml", "harrier: 1\nkind: allow\nowner: x\nentries:\n  - reason: y\n", "5:5 missing-key", "value"},
		"no observable":         {"lists/a.list.yaml", "harrier: 1\nkind: block\nowner: x\nentries:\n  - value: what is this\n", "5:12 wrong-value", "address"},
		"a wrong type":          {"lists/a.list.yaml", "harrier: 1\nkind: block\nowner: x\nentries:\n  - value: vendor.example\n    type: hash\n", "5:12 wrong-value", "type"},
		"twice, spelled apart":  {"lists/a.list.yaml", "harrier: 1\nkind: block\nowner: x\nentries:\n  - value: vendor.example\n  - value: VENDOR.example.\n", "6:12 repeated", "one of both"},
		"a network too wide":    {"lists/a.list.yaml", "harrier: 1\nkind: allow\nowner: x\nentries:\n  - value: 11.0.0.0/8\n    reason: y\n", "5:12 too-wide", "/12"},
		"one of IPv6 too wide":  {"lists/a.list.yaml", "harrier: 1\nkind: allow\nowner: x\nentries:\n  - value: 2001::/16\n    reason: y\n", "5:12 too-wide", "/32"},
		"everything is blocked": {"lists/a.list.yaml", "harrier: 1\nkind: block\nowner: x\nentries:\n  - value: 0.0.0.0/0\n", "5:12 too-wide", "/8"},
		"no day":                {"lists/a.list.yaml", "harrier: 1\nkind: block\nowner: x\nentries:\n  - value: vendor.example\n    until: soon\n", "6:12 wrong-value", "2027-03-31"},
		"entries are no list":   {"lists/a.list.yaml", "harrier: 1\nkind: block\nowner: x\nentries: all\n", "4:10 wrong-kind", "value"},
		"nothing but a scalar":  {"lists/a.list.yaml", "x\n", "1:1 wrong-kind", "key: value"},
	} {
		_, problems := indicator.ReadList(c.path, []byte(c.text))
		if len(problems) == 0 {
			t.Errorf("%s: nothing is wrong with %q", name, c.text)
			continue
		}
		p := problems[0]
		if got := fmt.Sprintf("%d:%d %s", p.Pos.Line, p.Pos.Column, p.Code); got != c.want || !strings.Contains(p.Fix, c.fix) {
			t.Errorf("%s: got %s, fix %q; want %s, fix with %q", name, got, p.Fix, c.want, c.fix)
		}
	}
}

func TestReadList_readsWhatItSays(t *testing.T) {
	t.Parallel()
	text := "harrier: 1\nkind: allow\ndescription: Ours\nowner: soc\nentries:\n  - value: '*.Vendor.example'\n    reason: SaaS\n    note: ticket 7\n    until: \"2027-03-31\"\n  - value: 52.96.0.0/14\n    reason: mail\n    owner: net\n    until: \"2027-03-31T18:00:00+02:00\"\n"
	l, problems := indicator.ReadList("lists/vendors.list.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	name, network := l.Entries[0], l.Entries[1]
	if l.Name != "vendors" || l.Kind != "allow" || l.Description != "Ours" || name.Text != "vendor.example" || name.How != "below" || name.Reason != "SaaS" || name.Note != "ticket 7" || name.Owner != "soc" || network.Owner != "net" {
		t.Errorf("%+v", l)
	}
	if !name.ExpiresAt.Equal(time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)) || !network.ExpiresAt.Equal(time.Date(2027, 3, 31, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("ends %s and %s", name.ExpiresAt, network.ExpiresAt)
	}
}

// What nobody may put on a list by hand does not come there by a file either.
func TestPrepare_refusesWhatIsOwnOrAllowsStrangers(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *indicator.Config) {
		c.Own = func() indicator.Own { return indicator.Own{Domains: []string{"corp.example"}} }
	})
	if _, err := b.SetList(t.Context(), harrier.Operator(), indicator.List{Name: "there", Kind: indicator.Block}); err != nil {
		t.Fatal(err)
	}
	ended := append(listFile("block", "vendor.example"), "    until: \"2020-01-01\"\n"...)
	for name, c := range map[string]struct {
		path string
		text []byte
		code string
	}{
		"an end of names":        {"lists/a.list.yaml", listFile("allow", "co.uk"), "wrong-value"},
		"a host of many":         {"lists/a.list.yaml", []byte("harrier: 1\nkind: allow\nowner: x\nentries:\n  - value: github.io\n    type: domain\n    reason: y\n"), "refused"},
		"own, blocked":           {"lists/a.list.yaml", listFile("block", "mail.corp.example"), "refused"},
		"private, blocked":       {"lists/a.list.yaml", listFile("block", "10.1.2.3"), "refused"},
		"another kind":           {"lists/there.list.yaml", listFile("allow", "vendor.example"), "contradiction"},
		"what ended, as warning": {"lists/a.list.yaml", ended, "ended"},
	} {
		_, problems, err := b.Prepare(t.Context(), map[string][]byte{c.path: c.text})
		if err != nil || len(problems) != 1 || problems[0].Code != c.code || problems[0].Warning != (c.code == "ended") {
			t.Errorf("%s: %v, %v", name, problems, err)
		}
	}
}

// A file of as many entries as it may have is read and put into force in a moment,
// and one that is wrong throughout costs no more.
func TestReadList_isBounded(t *testing.T) {
	t.Parallel()
	var many, wrong []string
	for i := range 10_001 {
		many = append(many, fmt.Sprintf("11.%d.%d.%d", i>>16, i>>8&255, i&255))
		wrong = append(wrong, "no value")
	}
	if l, problems := indicator.ReadList("lists/a.list.yaml", listFile("block", many[:10_000]...)); len(l.Entries) != 10_000 || len(problems) > 0 {
		t.Errorf("%d entries, %v", len(l.Entries), problems)
	}
	if _, problems := indicator.ReadList("lists/a.list.yaml", listFile("block", many...)); len(problems) != 1 || problems[0].Code != "too-many" {
		t.Errorf("%v", problems)
	}
	if _, problems := indicator.ReadList("lists/a.list.yaml", listFile("block", wrong[:10_000]...)); len(problems) != 100 {
		t.Errorf("%d problems", len(problems))
	}
}

func FuzzReadList(f *testing.F) {
	f.Add("lists/a.list.yaml", listFile("allow", "vendor.example", "52.96.0.0/14"))
	f.Add("lists/b.list.yaml", append(listFile("block", "http://evil.example/x"), "    until: \"2027-03-31\"\n    type: url\n"...))
	f.Add("x", []byte("harrier: 1\nkind: block\nowner: x\nentries: [{value: 203.0.113.7}]\n"))
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		l, problems := indicator.ReadList(name, text)
		for _, p := range problems {
			if p.Pos.Line < 1 || p.Pos.Column < 1 || p.Fix == "" || p.Code == "" {
				t.Errorf("%q: a problem without place or fix: %+v", text, p)
			}
		}
		if problems.Err() != nil {
			return
		}
		seen := map[string]bool{}
		for _, e := range l.Entries {
			if key := e.How + " " + e.Type + " " + e.Text; e.Text == "" || !e.Filed || seen[key] {
				t.Errorf("%q: entry %+v", text, e)
			} else {
				seen[key] = true
			}
		}
	})
}
