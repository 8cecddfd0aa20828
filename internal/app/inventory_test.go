package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connectors/ldap/ldaptest"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/inventory"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// people is a directory with so many people.
func people(n int) string {
	var b strings.Builder
	b.WriteString("dn: dc=corp,dc=example\nobjectClass: domain\ndc: corp\n\n")
	for i := range n {
		fmt.Fprintf(&b, "dn: uid=u%[1]d,dc=corp,dc=example\nobjectClass: inetOrgPerson\nuid: u%[1]d\ncn: User %[1]d\nsn: %[1]d\nmail: u%[1]d@corp.example\ntitle: Clerk\n\n", i)
	}
	b.WriteString("dn: cn=Domain Admins,dc=corp,dc=example\nobjectClass: groupOfNames\ncn: Domain Admins\nmember: uid=u3,dc=corp,dc=example\n\n")
	return b.String()
}

// What a directory tells stands beside what files tell, and an alert's account is found by either.
func TestSyncInventory_readsADirectory(t *testing.T) {
	t.Parallel()
	dir := ldaptest.Start(t, people(700))
	a, err := Open(t.Context(), Options{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	err = a.Connect(t.Context(), api.AddConnection{
		Name: "ad", Connector: "ldap", BaseURL: "ldaps://" + dir.LDAPS, CA: string(dir.CA), AllowPrivate: []string{"127.0.0.0/8"},
		Secrets:  api.Secrets{"username": harrier.NewSecret(ldaptest.Reader), "password": harrier.NewSecret(ldaptest.Password)},
		Settings: api.Object{"base_dn": ldaptest.Base},
	})
	if err != nil {
		t.Fatal(err)
	}
	by, s := harrier.Operator(), stock{a}
	if _, err := s.ImportThings(t.Context(), by, api.ImportInventory{
		Import: inventory.Import{Kind: harrier.UserEntity, Source: "hr"}, Reading: inventory.Reading{Kind: harrier.UserEntity}, File: strings.NewReader("email,vip\nu3@corp.example,yes\n"),
	}); err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		r, err := s.SyncInventory(t.Context(), by, api.SyncInventory{Connection: "ad", Kind: harrier.UserEntity, DryRun: dry})
		if err != nil || r.Added != 700 || r.ProblemCount != 0 {
			t.Fatalf("dry %v: %+v, %v; want 700 added", dry, r, err)
		}
	}
	list, err := s.Things(t.Context(), by, inventory.Filter{Kind: harrier.UserEntity, Name: "U3"}, harrier.Page{})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("%d are u3, %v", len(list.Items), err)
	}
	if u := list.Items[0]; u.Key != "u3@corp.example" || !u.VIP || !u.Privileged || len(u.Said) != 2 {
		t.Errorf("u3 is %+v; want one that both tell of, a VIP and privileged", u)
	}
	r, err := s.SyncInventory(t.Context(), by, api.SyncInventory{Connection: "ad", Kind: harrier.UserEntity})
	if err != nil || r.Unchanged != 700 {
		t.Errorf("again: %+v, %v; want all as before", r, err)
	}
	if _, err := s.SyncInventory(t.Context(), by, api.SyncInventory{Connection: "nope", Kind: harrier.UserEntity}); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("no such connection: %v", err)
	}
}
