package connectors_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/lab"
)

const (
	alice = "alice.archer@corp.example"
	bob   = "bob.archer@corp.example"
	carol = "carol.archer@corp.example"
	dave  = "david.archer@corp.example"
)

// listed returns the objects of a list that an action answers with.
func (s *site) listed(action, list string, input map[string]any) []map[string]any {
	s.t.Helper()
	var out []map[string]any
	for _, item := range s.must(action, input, "")[list].([]any) {
		out = append(out, item.(map[string]any))
	}
	return out
}

// ruleOf names the rule that the thief left in a mailbox.
func (s *site) ruleOf(mailbox string) map[string]any {
	s.t.Helper()
	found := s.listed("msgraph.rules", "rules", map[string]any{"mailbox": mailbox})
	return map[string]any{"mailbox": mailbox, "rule": found[0]["id"]}
}

// accountInputs are arguments for what is about accounts.
func (p *prepared) accountInputs() map[string]map[string]any {
	p.t.Helper()
	user := func(name string) map[string]any { return map[string]any{"user": name} }
	phone := user(alice)
	for _, m := range p.listed("entra.mfa_methods", "methods", user(alice)) {
		if m["kind"] == "phone" {
			phone["method"], phone["kind"] = m["id"], m["kind"]
		}
	}
	grant := user(alice)
	for _, g := range p.listed("entra.grants", "grants", user(alice)) {
		if g["application"] == "Mail Backup Pro" {
			grant["grant"] = g["id"]
		}
	}
	return map[string]map[string]any{
		"check": {}, "get_user": user(alice), "sign_ins": user(alice), "mfa_methods": user(alice), "grants": user(alice),
		"disable": user(alice), "enable": user(carol), "revoke_sessions": user(alice), "reset_password": user(alice),
		"remove_mfa_method": phone, "revoke_grant": grant,
		"group_add":    {"user": alice, "group": "Credential Theft"},
		"group_remove": {"user": carol, "group": "Credential Theft"},
	}
}

// stolen is a site in which alice's account was used by somebody else.
func stolen(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	world := scenario()
	world.Stolen = []lab.Stolen{{User: alice, IP: "198.51.100.7", Country: "RO"}}
	world.Partners = []lab.Partner{{Address: "orders@partner.example", Sent: 3, Received: 2}, {Address: "x@notpartner.example", Received: 1}}
	if err := s.Seed(world); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEntra_tellsHowToReachAPersonAndTheirManager(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got := s.must("entra.get_user", map[string]any{"user": bob}, "")
	for name, want := range map[string]any{
		"user": bob, "email": bob, "enabled": true, "privileged": false, "manager": alice, "language": "de-DE", "phone": "+49 30 23125 101",
	} {
		if !cmp.Equal(got[name], want) {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	admin := s.must("entra.get_user", map[string]any{"user": dave}, "")
	vip := s.must("entra.get_user", map[string]any{"user": "frank.archer@corp.example"}, "")
	if admin["privileged"] != true || vip["title"] != "Chief Executive Officer" || vip["manager"] != nil {
		t.Errorf("the administrator is %v, the VIP %v", admin, vip)
	}
	if byID := s.must("entra.get_user", map[string]any{"user": got["user_id"]}, ""); byID["user"] != bob {
		t.Errorf("by id: got %v", byID)
	}
	if _, err := s.do("entra.get_user", map[string]any{"user": "nobody@corp.example"}, ""); err == nil || err.Class != connector.NotFound {
		t.Errorf("somebody who is not there: got %v, want not_found", err)
	}
}

func TestEntra_showsWhatAThiefDid(t *testing.T) {
	t.Parallel()
	s := stolen(t)
	signIns := s.listed("entra.sign_ins", "sign_ins", map[string]any{"user": alice})
	if len(signIns) != 3 || signIns[0]["success"] != true || signIns[0]["country"] != "RO" || signIns[0]["risk"] != "high" ||
		signIns[1]["success"] != false || signIns[1]["reason"] == nil || signIns[2]["country"] != "GB" {
		t.Errorf("sign-ins: got %v", signIns)
	}
	if late := s.listed("entra.sign_ins", "sign_ins", map[string]any{"user": alice, "since": "2100-01-01T00:00:00Z"}); len(late) != 0 {
		t.Errorf("since later: got %v", late)
	}
	if one := s.must("entra.sign_ins", map[string]any{"user": alice, "limit": int64(1)}, ""); len(one["sign_ins"].([]any)) != 1 || one["truncated"] != true {
		t.Errorf("one of three: got %v", one)
	}
	kinds := map[any]any{}
	for _, m := range s.listed("entra.mfa_methods", "methods", map[string]any{"user": alice}) {
		kinds[m["kind"]] = m["detail"]
	}
	if want := map[any]any{"password": nil, "authenticator": "Phone of Alice Archer", "phone": "+31 6 97010001"}; !cmp.Equal(kinds, want) {
		t.Errorf("methods: got %v, want %v", kinds, want)
	}
	grants := s.listed("entra.grants", "grants", map[string]any{"user": alice})
	if len(grants) != 2 || grants[0]["application"] == grants[1]["application"] {
		t.Errorf("grants: got %v", grants)
	}
}

func TestEntra_takesBackWhatAThiefDid(t *testing.T) {
	t.Parallel()
	s := stolen(t)
	p := &prepared{site: s}
	in := p.accountInputs()
	for _, action := range []string{"revoke_sessions", "reset_password", "remove_mfa_method", "revoke_grant"} {
		for range 2 { // the second time is the first one again
			s.must("entra."+action, in[action], "k")
		}
	}
	want := map[string]int{"sessions.revoke": 1, "password.expire": 1, "method.delete": 1, "grant.delete": 1}
	got := map[string]int{}
	for _, e := range s.Effects() {
		got[e.Action] += e.Changed
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	for _, refused := range []map[string]any{
		{"user": alice, "method": "x", "kind": "password"}, {"user": alice, "method": "x", "kind": "unheard_of"},
	} {
		if _, err := s.do("entra.remove_mfa_method", refused, "k"); err == nil || err.Class != connector.Invalid {
			t.Errorf("remove %v: got %v, want invalid", refused, err)
		}
	}
	if _, err := s.do("entra.reset_password", map[string]any{"user": alice, "at_next_sign_in": false}, "k"); err == nil || err.Class != connector.Invalid {
		t.Errorf("a password at once: got %v, want invalid", err)
	}
}

func TestEntra_disablingAndGroupsAreUndone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	input := map[string]any{"user": alice}
	if out := s.must("entra.disable", input, "k"); out["enabled"] != false || out["already"] != false || !s.probe("entra.disable", input, "k") {
		t.Errorf("disable: got %v", out)
	}
	if out := s.must("entra.disable", input, "k"); out["already"] != true {
		t.Errorf("disable again: got %v", out)
	}
	if out := s.undo("entra.disable", input, nil); out["enabled"] != true || s.probe("entra.disable", input, "k") {
		t.Errorf("undo: got %v", out)
	}
	member := map[string]any{"user": alice, "group": "Credential Theft"}
	if out := s.must("entra.group_add", member, "k"); out["member"] != true || out["already"] != false {
		t.Errorf("add: got %v", out)
	}
	if out := s.must("entra.group_add", member, "k"); out["already"] != true {
		t.Errorf("add again: got %v", out)
	}
	s.undo("entra.group_add", member, nil)
	if out := s.must("entra.group_remove", member, "k"); out["already"] != true {
		t.Errorf("remove again: got %v", out)
	}
	for action, input := range map[string]map[string]any{
		"entra.group_remove": {"user": "nobody@corp.example", "group": "Credential Theft"},
		"entra.revoke_grant": {"user": "nobody@corp.example", "grant": "x"},
	} {
		if _, err := s.do(action, input, "k"); err == nil || err.Class != connector.NotFound {
			t.Errorf("%s of somebody who is not there: got %v, want not_found", action, err)
		}
	}
	member["group"] = "No such group"
	if _, err := s.do("entra.group_add", member, "k"); err == nil || err.Class != connector.Invalid {
		t.Errorf("a group that is not there: got %v, want invalid", err)
	}
}

func TestEntra_theUndoLeavesWhatWasSoBefore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	input := map[string]any{"user": alice}
	s.must("entra.disable", input, "k1")
	again := s.must("entra.disable", input, "k2")
	if undone := s.undo("entra.disable", input, again); undone["enabled"] != false {
		t.Errorf("an account that was disabled before was enabled by the undo: %v", undone)
	}
	member := map[string]any{"user": alice, "group": "Credential Theft"}
	s.must("entra.group_add", member, "k1")
	again = s.must("entra.group_add", member, "k2")
	if undone := s.undo("entra.group_add", member, again); undone["member"] != true {
		t.Errorf("a member from before was taken out by the undo: %v", undone)
	}
	s.must("entra.group_remove", member, "k3")
	again = s.must("entra.group_remove", member, "k4")
	if undone := s.undo("entra.group_remove", member, again); undone["member"] != false {
		t.Errorf("somebody who was no member was put in by the undo: %v", undone)
	}
	if account, _ := s.Account(alice); account.Enabled || slices.Contains(account.Groups, "Credential Theft") {
		t.Errorf("got %+v", account)
	}
}

func TestGraph_aRuleIsSwitchedOffAndOnAgain(t *testing.T) {
	t.Parallel()
	s := stolen(t)
	rules := s.listed("msgraph.rules", "rules", map[string]any{"mailbox": alice})
	if len(rules) != 1 || rules[0]["enabled"] != true || rules[0]["moves_to"] == nil || !cmp.Equal(rules[0]["forwards_to"], []any{"collector@drop.example"}) {
		t.Fatalf("rules: got %v", rules)
	}
	input := s.ruleOf(alice)
	if out := s.must("msgraph.disable_rule", input, "k"); out["enabled"] != false || !s.probe("msgraph.disable_rule", input, "k") {
		t.Errorf("disable: got %v", out)
	}
	if out := s.undo("msgraph.disable_rule", input, nil); out["enabled"] != true || s.probe("msgraph.disable_rule", input, "k") {
		t.Errorf("undo: got %v", out)
	}
	if none := s.listed("msgraph.rules", "rules", map[string]any{"mailbox": bob}); len(none) != 0 {
		t.Errorf("bob has rules: %v", none)
	}
}

func TestGraph_correspondenceIsCountedOnce(t *testing.T) {
	t.Parallel()
	s := stolen(t)
	for with, want := range map[string][2]int64{
		"orders@partner.example": {3, 2}, "partner.example": {3, 2}, "ORDERS@Partner.example": {3, 2}, "notpartner.example": {0, 1},
		"other@partner.example": {0, 0}, "unknown.example": {0, 0}, "mailer.evil.example": {0, 7}, "evil.example": {0, 7},
	} {
		out := s.must("msgraph.correspondence", map[string]any{"with": with}, "")
		if got := [2]int64{out["sent"].(int64), out["received"].(int64)}; got != want {
			t.Errorf("with %s: got %v sent and received, want %v", with, got, want)
		}
		if (out["last_sent"] != nil) != (want[0] > 0) || (out["first_received"] != nil) != (want[1] > 0) {
			t.Errorf("with %s: got %v", with, out)
		}
	}
	if out := s.must("msgraph.correspondence", map[string]any{"with": "partner.example", "until": "2000-01-01T00:00:00Z"}, ""); out["sent"] != int64(0) || out["received"] != int64(0) {
		t.Errorf("long ago: got %v", out)
	}
	if _, err := s.do("msgraph.correspondence", map[string]any{"with": `x" OR from:a`}, ""); err == nil || err.Class != connector.Invalid {
		t.Errorf("a search in the name: got %v, want invalid", err)
	}
}

func TestGraph_searchEndsWhereItIsTold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if got := copies(t, s, map[string]any{"message_id": reportedID, "until": "2000-01-01T00:00:00Z"}); len(got) != 0 {
		t.Errorf("long ago: got %v", got)
	}
	if got := copies(t, s, map[string]any{"message_id": reportedID, "until": "2100-01-01T00:00:00Z"}); len(got) != 4 {
		t.Errorf("got %d, want 4", len(got))
	}
}
