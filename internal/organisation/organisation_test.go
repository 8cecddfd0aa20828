package organisation

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/schema"
)

func TestDefault_fitsWhatOrganisationGetDeclares(t *testing.T) {
	t.Parallel()
	out, wrong := schema.Check(Default().Output(), OutputType())
	if len(wrong) > 0 {
		t.Fatalf("the defaults do not fit: %v", wrong)
	}
	m, _ := out.(map[string]any)
	if m["language"] != "en" || len(m["freemail_domains"].([]any)) < 100 || len(m["shared_hosts"].([]any)) < 100 {
		t.Errorf("the defaults lack a language or the lists that ship: %v", m["language"])
	}
	if u, _ := m["unattended"].(map[string]any); u["exact_copies"] != false || u["cap"] != int64(50) {
		t.Errorf("unattended is %v; nothing may be done without a person unless the organisation says so", u)
	}
}

func TestRead_takesTheExampleThatShips(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../docs/organisation.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, problems := Read("organisation.yaml", source)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	example, problems := Read("organisation.yaml", source)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	for _, f := range fields() {
		if !strings.Contains(string(source), "\n"+f.Name+":") {
			t.Errorf("the example does not show %s", f.Name)
		}
	}
	if _, wrong := schema.Check(p.Output(), OutputType()); len(wrong) > 0 {
		t.Errorf("what was read does not fit organisation.get: %v", wrong)
	}
	again, err := FromOutput(p.Output())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example, again); diff != "" {
		t.Errorf("the profile changes on its way through a run (-read +output):\n%s", diff)
	}
}

func TestRead_reportsEveryMistakeWithPlaceAndFix(t *testing.T) {
	t.Parallel()
	source := `harrier: 2
own_domain: [corp.example]
own_domains: [corp.example, gmail.com]
partner_domains: [corp.example]
trusted_servers: mx.corp.example
people:
  - name: Kim
analysts:
  networks: [not-a-network]
language: english please
reliability:
  virustotal: Z
unattended:
  cap: -1
simulations:
  - vendor: Trainer
    header: X-Trainer
`
	_, problems := Read("organisation.yaml", []byte(source))
	var got []string
	for _, p := range problems {
		if p.Fix == "" || p.Pos.Line < 1 || p.Message == "" {
			t.Errorf("a problem without place, message or fix: %+v", p)
		}
		got = append(got, fmt.Sprintf("%d %s", p.Pos.Line, p.Code))
	}
	want := []string{
		"1 version", "2 unknown-key", "3 contradiction", "4 contradiction", "5 wrong-kind", "7 missing-key", "9 wrong-value",
		"10 wrong-value", "12 wrong-value", "14 wrong-value", "16 unproven",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s\n%s", diff, problems.Error())
	}
}

func TestProfile_knowsWhoseADomainIs(t *testing.T) {
	t.Parallel()
	p, problems := Read("o.yaml", []byte("harrier: 1\nown_domains: [Corp.Example, bücher.example]\npartner_domains: [supplier.example]\ntrusted_servers: [mx.corp.example]\n"))
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	for _, tc := range []struct {
		name string
		got  bool
		want bool
	}{
		{"a name below one of ours is ours", p.Own("mail.CORP.example"), true},
		{"a name that ends like ours is not", p.Own("notcorp.example"), false},
		{"letters outside ASCII are compared as DNS does", p.Own("xn--bcher-kva.example"), true},
		{"nothing is nobody's", p.Own(""), false},
		{"a partner's", p.Partner("supplier.example"), true},
		{"freemail is the domain itself", p.Freemail("GMail.com"), true},
		{"and not what is below it", p.Freemail("x.gmail.com"), false},
		{"tenants of a shared host share it", p.SharedHost("evil.sharepoint.com"), true},
		{"a server of ours", p.TrustedServer("MX.corp.example"), true},
		{"a server that gives no name is nobody's", p.TrustedServer(""), false},
		{"a server that is not named is not ours", p.TrustedServer("mx.evil.example"), false},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %v", tc.name, tc.got)
		}
	}
}

func TestSimulation_isProvenByWhereItCameFrom(t *testing.T) {
	t.Parallel()
	s := Simulation{Vendor: "Trainer", Header: "X-Trainer", Domains: []string{"trainer.example"}, Addresses: []string{"203.0.113.0/28"}}
	none := netip.Addr{}
	if !s.Sent("mail.trainer.example", true, none) || !s.Sent("bank.example", false, netip.MustParseAddr("203.0.113.4")) {
		t.Error("a proven simulation is not recognised")
	}
	if s.Sent("trainer.example", false, none) || s.Sent("bank.example", true, netip.MustParseAddr("203.0.113.99")) || s.Sent("", true, none) {
		t.Error("an unproven claim counts as a simulation")
	}
}

func TestAction_givesWhatItDeclares(t *testing.T) {
	t.Parallel()
	a := Action(Default)
	out, err := a.Call(t.Context(), builtin.Request{})
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{"output": out, "example": a.Spec.Example} {
		if _, wrong := schema.Check(v, a.Spec.Output); len(wrong) > 0 {
			t.Errorf("the %s is not as declared: %v", name, wrong)
		}
	}
}

func FuzzRead_neverPanics(f *testing.F) {
	f.Add([]byte("harrier: 1\nown_domains: [corp.example]\n"))
	f.Add([]byte("people:\n  - {name: x}\nreliability: {a: A}\n"))
	f.Add([]byte("- a\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		p, problems := Read("f.yaml", source)
		if problems.Err() != nil {
			return
		}
		if _, wrong := schema.Check(p.Output(), OutputType()); len(wrong) > 0 {
			t.Errorf("a file without problems gives what does not fit: %v", wrong)
		}
	})
}
