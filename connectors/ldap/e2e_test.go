package ldap_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/connectors/ldap"
	"github.com/harrier-soar/harrier/connectors/ldap/ldaptest"
	"github.com/harrier-soar/harrier/internal/transport"
	"github.com/harrier-soar/harrier/schema"
)

// vault holds the credential of the reader.
type vault struct{ password string }

func (v vault) Reveal(_ context.Context, _ harrier.TenantID, _, field string) (harrier.Secret, error) {
	return harrier.NewSecret(map[string]string{"username": ldaptest.Reader, "password": v.password}[field]), nil
}

// site is a directory and the connector that reads it.
type site struct {
	*ldaptest.Server
	conn     transport.Connection
	password string
}

func newSite(t *testing.T, ldif string, set map[string]any) *site {
	t.Helper()
	s := &site{Server: ldaptest.Start(t, ldif), password: ldaptest.Password}
	m := ldap.New().Manifest()
	settings := map[string]any{"base_dn": ldaptest.Base, "domain": "CORP"}
	maps.Copy(settings, set)
	s.conn = transport.Connection{
		Name: "ad", Connector: "ldap", Auth: m.Auth, Limits: m.Limits, CA: s.CA, Settings: schema.Defaults(m.Settings, settings),
		AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}
	s.at("ldaps://" + s.LDAPS)
	return s
}

func (s *site) at(address string) {
	s.conn.BaseURL, s.conn.Settings["base_url"] = address, address
}

// call calls an action as the engine does, with input and output checked.
func (s *site) call(t *testing.T, action string, in map[string]any) (map[string]any, *connector.Error) {
	t.Helper()
	c := ldap.New()
	i := slices.IndexFunc(c.Manifest().Actions, func(a schema.ActionSpec) bool { return a.Name == "ldap."+action })
	spec := c.Manifest().Actions[i]
	input, wrong := schema.CheckFields(schema.Defaults(spec.Input, in), spec.Input)
	if len(wrong) > 0 {
		t.Fatalf("%s: %v", action, wrong)
	}
	tr := transport.New(transport.Config{Vault: vault{s.password}})
	t.Cleanup(func() { _ = tr.Close() })
	env := tr.Env(s.conn, transport.Call{Mode: harrier.Live, Action: spec.Name, Effect: spec.Effect, Timeout: spec.Timeout})
	ans, err := c.Do(t.Context(), env, connector.Request{Action: action, Input: input})
	if err != nil {
		return nil, connector.AsError(err)
	}
	if _, wrong := schema.Check(ans.Output, spec.Output); len(schema.Wrong(wrong)) > 0 {
		t.Fatalf("%s answers what it does not declare: %v", action, wrong)
	}
	return ans.Output, nil
}

// sid is a security identifier of the domain, as an LDIF has it.
func sid(numbers ...uint32) string {
	raw := []byte{1, byte(len(numbers)), 0, 0, 0, 0, 0, 5}
	for _, n := range numbers {
		raw = binary.LittleEndian.AppendUint32(raw, n)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func domain(number uint32) string { return sid(21, 1, 2, 3, number) }

// activeDirectory is a small domain in German, whose administrators are nested.
func activeDirectory() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dn: dc=corp,dc=example\nobjectClass: domainDNS\ndc: corp\nobjectSid:: %s\n\n", sid(21, 1, 2, 3))
	user := func(name string, number uint32, more string) {
		fmt.Fprintf(&b, "dn: cn=%[1]s,dc=corp,dc=example\nobjectClass: user\ncn: %[1]s\nsn: %[1]s\nobjectCategory: person\nsAMAccountName: %[1]s\nuserPrincipalName: %[1]s@corp.example\nobjectSid:: %[2]s\n%[3]s\n", name, domain(number), more)
	}
	user("alice", 1001, "displayName: Alice Smith\nmail: alice@corp.example\nproxyAddresses: SMTP:alice@corp.example\nproxyAddresses: smtp:a.smith@corp.example\ndepartment: Sales\nemployeeID: 4711\nmanager: cn=bob,dc=corp,dc=example\nuserAccountControl: 512\n")
	user("bob", 1002, "userAccountControl: 514\n")
	user("root", 1003, "userAccountControl: 512\nprimaryGroupID: 512\n")
	user("deep", 1004, "userAccountControl: 512\n")
	user("once", 1005, "adminCount: 1\n")
	group := func(name, number string, members ...string) {
		fmt.Fprintf(&b, "dn: cn=%[1]s,dc=corp,dc=example\nobjectClass: group\ncn: %[1]s\nobjectSid:: %[2]s\n", name, number)
		for _, m := range members {
			fmt.Fprintf(&b, "member: cn=%s,dc=corp,dc=example\n", m)
		}
		b.WriteByte('\n')
	}
	group("Domänen-Admins", domain(512), "Ring", "nobody-any-more")
	group("Ring", domain(2001), "Domänen-Admins", "deep") // a ring: each holds the other
	group("Staff", domain(2002), "alice")
	fmt.Fprintf(&b, "dn: cn=DC01,dc=corp,dc=example\nobjectClass: computer\ncn: DC01\nsn: x\nobjectCategory: computer\nsAMAccountName: DC01$\ndNSHostName: dc01.corp.example\noperatingSystem: Windows Server 2025\nuserAccountControl: 532480\nobjectSid:: %s\n\n", domain(1000))
	return b.String()
}

func TestListUsers_findsThePrivilegedThroughNestedGroups(t *testing.T) {
	t.Parallel()
	s := newSite(t, activeDirectory(), nil)
	out, failed := s.call(t, "list_users", nil)
	if failed != nil {
		t.Fatal(failed)
	}
	byName := map[string]map[string]any{}
	for _, u := range out["users"].([]any) {
		u := u.(map[string]any)
		byName[u["account"].([]any)[0].(string)] = u
	}
	alice := byName[`CORP\alice`]
	if id := fmt.Sprint(alice["id"]); len(id) != 36 {
		t.Errorf("the id is %s, want the UUID that the server gave", id)
	}
	delete(alice, "id")
	want := map[string]any{
		"account": []any{`CORP\alice`}, "upn": "alice@corp.example", "name": "Alice Smith", "sid": "S-1-5-21-1-2-3-1001",
		"mail": []any{"alice@corp.example", "a.smith@corp.example"}, "employee_id": "4711", "department": "Sales", "manager": "bob",
		"privileged": false, "enabled": true, "tags": []any{},
	}
	if diff := cmp.Diff(want, alice); diff != "" {
		t.Error(diff)
	}
	for name, privileged := range map[string]bool{`CORP\alice`: false, `CORP\bob`: false, `CORP\root`: true, `CORP\deep`: true, `CORP\once`: true} {
		if byName[name]["privileged"] != privileged {
			t.Errorf("%s: privileged is %v, want %v (%v)", name, byName[name]["privileged"], privileged, byName[name])
		}
	}
	if byName[`CORP\bob`]["enabled"] != false || len(byName) != 5 {
		t.Errorf("%d accounts, bob is %v", len(byName), byName[`CORP\bob`])
	}
	machines, failed := s.call(t, "list_computers", nil)
	if failed != nil {
		t.Fatal(failed)
	}
	m := machines["computers"].([]any)[0].(map[string]any)
	delete(m, "id")
	if diff := cmp.Diff(map[string]any{
		"hostname": []any{"DC01", "dc01.corp.example"}, "os": "Windows Server 2025", "sid": "S-1-5-21-1-2-3-1000", "enabled": true, "tags": []any{"domain-controller"},
	}, m); diff != "" {
		t.Error(diff)
	}
}

func TestGetUser_isFoundByAnyNameAndNoOther(t *testing.T) {
	t.Parallel()
	s := newSite(t, activeDirectory(), nil)
	for _, name := range []string{"alice", `CORP\alice`, "alice@corp.example", "S-1-5-21-1-2-3-1001"} {
		out, failed := s.call(t, "get_user", map[string]any{"user": name})
		if failed != nil || out["user"] != "alice@corp.example" || out["privileged"] != false {
			t.Errorf("%s is %v, %v", name, out, failed)
		}
	}
	for _, name := range []string{"*", "ali*", "alice)(cn=*", "mallory", `\2a`} {
		if out, failed := s.call(t, "get_user", map[string]any{"user": name}); failed == nil || failed.Class != connector.NotFound {
			t.Errorf("%q is %v, %v; want NotFound", name, out, failed)
		}
	}
}

// The server gives 500 entries at a time; all of them come, page by page.
func TestListUsers_readsMoreThanAPage(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("dn: dc=corp,dc=example\nobjectClass: domainDNS\ndc: corp\n\n")
	for i := range 1234 {
		fmt.Fprintf(&b, "dn: uid=u%[1]d,dc=corp,dc=example\nobjectClass: inetOrgPerson\nuid: u%[1]d\ncn: User %[1]d\nsn: %[1]d\nmail: u%[1]d@corp.example\n\n", i)
	}
	b.WriteString("dn: cn=wheel,dc=corp,dc=example\nobjectClass: posixGroup\ncn: wheel\ngidNumber: 10\nmemberUid: u7\n\n")
	s := newSite(t, b.String(), map[string]any{"privileged_groups": []any{"wheel"}})
	for limit, want := range map[int]int{100_000: 1234, 600: 600, 1234: 1234} {
		out, failed := s.call(t, "list_users", map[string]any{"limit": int64(limit)})
		if failed != nil {
			t.Fatal(failed)
		}
		users := out["users"].([]any)
		if len(users) != want || out["truncated"] != (limit < 1234) {
			t.Errorf("limit %d: %d accounts, truncated %v; want %d", limit, len(users), out["truncated"], want)
		}
		privileged := slices.DeleteFunc(slices.Clone(users), func(u any) bool { return u.(map[string]any)["privileged"] == false })
		if limit > 1234 && len(privileged) != 1 {
			t.Errorf("privileged are %v, want u7", privileged)
		}
	}
}

func TestConnection_saysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t, activeDirectory(), nil)
	if out, failed := s.call(t, "check", nil); failed != nil || out["reachable"] != true {
		t.Fatalf("got %v, %v", out, failed)
	}
	began := time.Now()
	for _, c := range []struct {
		name string
		do   func(s *site)
		want connector.Class
		says string
	}{
		{"STARTTLS", func(s *site) { s.at("ldap://" + s.LDAP) }, "", ""},
		{"no base", func(s *site) { s.conn.Settings["base_dn"] = "" }, "", ""},
		{"a wrong password", func(s *site) { s.password = "wrong" }, connector.Denied, "refuses to log in"},
		{"an empty password", func(s *site) { s.password = "" }, connector.Denied, "empty"},
		{"a base that is not there", func(s *site) { s.conn.Settings["base_dn"] = "dc=other" }, connector.NotFound, ""},
		{"a base that is none", func(s *site) { s.conn.Settings["base_dn"] = "other" }, connector.Invalid, "base_dn"},
		{"another certificate", func(s *site) { s.conn.CA = nil }, connector.Unavailable, "certificate"},
		{"nobody there", func(s *site) { s.at("ldaps://127.0.0.1:1") }, connector.Unavailable, ""},
	} {
		changed := *s
		changed.conn.Settings = map[string]any{}
		maps.Copy(changed.conn.Settings, s.conn.Settings)
		c.do(&changed)
		_, failed := changed.call(t, "check", nil)
		switch {
		case c.want == "" && failed != nil:
			t.Errorf("%s: %v", c.name, failed)
		case c.want != "" && (failed == nil || failed.Class != c.want || !strings.Contains(failed.Text, c.says) || strings.Contains(failed.Text, ldaptest.Password)):
			t.Errorf("%s: got %v, want %s that says %q", c.name, failed, c.want, c.says)
		}
	}
	if _, failed := s.call(t, "list_users", map[string]any{"filter": "((broken"}); failed == nil || failed.Class != connector.Invalid {
		t.Errorf("a broken filter: %v", failed)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}
