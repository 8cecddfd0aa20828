package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// directory is an installation with a provider whose directory keeps accounts.
type directory struct {
	*house
	idp *idp
	key string
}

func newDirectory(t *testing.T) directory {
	t.Helper()
	p, h := newIDP(t), newHouse(t, at())
	p.publish(newRing())
	in := p.settings()
	in["directory"] = true
	h.provider(in)
	return directory{h, p, h.scimKey()}
}

// scimKey makes the key of a directory.
func (h *house) scimKey() string {
	h.t.Helper()
	h.want(http.StatusCreated, call{method: http.MethodPost, path: "/v1/accounts", token: operator, body: map[string]any{"name": "scim", "kind": "machine", "roles": []string{"admin"}}})
	var k struct{ Token string }
	h.want(http.StatusCreated, call{method: http.MethodPost, path: "/v1/keys", token: operator, body: map[string]any{"name": "scim", "account": "scim", "permissions": []string{"directory:sync"}}}).into(h.t, &k)
	return k.Token
}

// scim asks as the directory does.
func (d directory) scim(status int, method, path string, body any) (out struct {
	ID, ExternalID, UserName, DisplayName, Detail, ScimType string
	Active                                                  bool
	TotalResults, ItemsPerPage                              int
	Members                                                 []struct{ Value string }
	Resources                                               []struct{ ID, UserName string }
}) {
	d.t.Helper()
	r := d.want(status, call{method: method, path: "/scim/v2/" + path, token: d.key, body: body})
	if status != http.StatusNoContent {
		r.into(d.t, &out)
	}
	if got := r.head.Get("Content-Type"); got != "application/scim+json" {
		d.t.Errorf("%s %s is answered with the type %s", method, path, got)
	}
	return out
}

// user is a person as Entra sends them.
func user(name, external string) map[string]any {
	return map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": name, "externalId": external, "active": true,
		"name": map[string]any{"givenName": "Ann", "familyName": "Lee"}, "emails": []any{map[string]any{"type": "work", "value": "ann@corp.example"}},
	}
}

func patch(ops ...map[string]any) map[string]any {
	return map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": ops}
}

// account is what Harrier knows of an account.
func (d directory) account(id string) (a struct {
	Name, Display string
	Roles         []string
	Disabled      bool
}) {
	d.t.Helper()
	d.want(http.StatusOK, call{method: http.MethodGet, path: "/v1/accounts/" + id, token: operator}).into(d.t, &a)
	return a
}

// A person is made by the directory, granted by its groups, and comes in by its
// provider; who leaves loses sessions and keys at once, and does not come back.
func TestDirectory_keepsPeopleFromTheirFirstDayToTheirLast(t *testing.T) { // AUT-11
	t.Parallel()
	d := newDirectory(t)
	ann := d.scim(http.StatusCreated, http.MethodPost, "Users", user("Ann.Lee@corp.example", "subject-1"))
	if a := d.account(ann.ID); a.Name != "ann.lee@corp.example" || a.Display != "Ann Lee" || len(a.Roles) != 0 || !ann.Active {
		t.Errorf("she is %+v, %+v", a, ann)
	}
	_, r := d.logIn(d.idp, nil)
	d.refusedFor("no_group", r)
	soc := d.scim(http.StatusCreated, http.MethodPost, "Groups", map[string]any{"displayName": "soc", "members": []any{map[string]any{"value": ann.ID}}})
	leads := d.scim(http.StatusCreated, http.MethodPost, "Groups", map[string]any{"displayName": "Whoever", "externalId": "leads"})
	token, r := d.logIn(d.idp, claim("groups", []string{"leads"})) // what the token says of groups is not asked
	if token == "" {
		t.Fatalf("she is refused: %d %s", r.status, r.text)
	}
	if me := d.me(token); me.ID != ann.ID || !slices.Equal(me.Roles, []string{"analyst"}) {
		t.Errorf("she came as %+v", me)
	}
	d.scim(http.StatusOK, http.MethodPatch, "Groups/"+leads.ID, patch(map[string]any{"op": "Add", "path": "members", "value": []any{map[string]any{"value": ann.ID}}}))
	if a := d.account(ann.ID); !slices.Equal(a.Roles, []string{"analyst", "responder", "admin"}) {
		t.Errorf("in both groups she is %v", a.Roles)
	}
	boss := d.scim(http.StatusCreated, http.MethodPost, "Users", user("boss", "subject-2"))
	d.scim(http.StatusConflict, http.MethodPatch, "Users/"+ann.ID, patch(map[string]any{"op": "replace", "path": "active", "value": false})) // nobody else is administrator
	d.scim(http.StatusOK, http.MethodPatch, "Groups/"+leads.ID, patch(map[string]any{"op": "replace", "path": "members", "value": []any{map[string]any{"value": boss.ID}, map[string]any{"value": ann.ID}}}))
	d.scim(http.StatusOK, http.MethodPatch, "Groups/"+leads.ID, patch(map[string]any{"op": "remove", "path": `members[value eq "` + ann.ID + `"]`}))
	if a := d.account(ann.ID); !slices.Equal(a.Roles, []string{"analyst"}) {
		t.Errorf("out of one she is %v", a.Roles)
	}
	token, _ = d.logIn(d.idp, nil)
	var key struct{ Token string }
	d.want(http.StatusCreated, call{method: http.MethodPost, path: "/v1/keys", token: operator, body: map[string]any{"name": "hers", "account": ann.ID, "permissions": []string{"alerts:read"}}}).into(t, &key)
	d.want(http.StatusOK, call{method: http.MethodGet, path: "/v1/alerts", token: key.Token})

	if left := d.scim(http.StatusOK, http.MethodPatch, "Users/"+ann.ID, patch(map[string]any{"op": "Replace", "path": "active", "value": "False"})); left.Active {
		t.Error("she left and is active")
	}
	d.want(http.StatusUnauthorized, call{method: http.MethodGet, path: "/v1/session", token: token})
	d.want(http.StatusUnauthorized, call{method: http.MethodGet, path: "/v1/alerts", token: key.Token})
	_, r = d.logIn(d.idp, nil)
	d.refusedFor("disabled", r)
	if back := d.scim(http.StatusOK, http.MethodPatch, "Users/"+ann.ID, patch(map[string]any{"op": "replace", "value": map[string]any{"active": true}})); !back.Active {
		t.Error("she came back and is not active")
	}
	d.want(http.StatusUnauthorized, call{method: http.MethodGet, path: "/v1/alerts", token: key.Token})

	d.want(http.StatusNoContent, call{method: http.MethodDelete, path: "/scim/v2/Users/" + ann.ID, token: d.key})
	d.scim(http.StatusNotFound, http.MethodGet, "Users/"+ann.ID, nil)
	if a := d.account(ann.ID); !a.Disabled || len(a.Roles) != 0 {
		t.Errorf("deleted she is %+v", a)
	}
	if g := d.scim(http.StatusOK, http.MethodGet, "Groups/"+soc.ID, nil); len(g.Members) != 0 {
		t.Errorf("her group still has %v", g.Members)
	}
	_, r = d.logIn(d.idp, nil)
	d.refusedFor("disabled", r)
	if again := d.scim(http.StatusCreated, http.MethodPost, "Users", user("Ann.Lee@corp.example", "subject-1")); again.ID != ann.ID || !again.Active || len(d.account(ann.ID).Roles) != 0 {
		t.Errorf("made again she is %+v", again)
	}
}

// What the directory did not make it does not touch, unless somebody linked it;
// what an administrator of Harrier disabled stays so.
func TestDirectory_touchesNothingThatItDoesNotKeep(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	var bob struct{ ID string }
	d.want(http.StatusCreated, call{method: http.MethodPost, path: "/v1/accounts", token: operator, body: map[string]any{"name": "bob", "roles": []string{"viewer"}}}).into(t, &bob)
	if got := d.scim(http.StatusConflict, http.MethodPost, "Users", user("Bob", "subject-bob")); got.ScimType != "uniqueness" {
		t.Errorf("it is told %+v", got)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		d.scim(http.StatusNotFound, method, "Users/"+bob.ID, nil)
	}
	d.scim(http.StatusNotFound, http.MethodPut, "Users/"+bob.ID, user("bob", "x"))
	d.scim(http.StatusNotFound, http.MethodPatch, "Users/"+bob.ID, patch(map[string]any{"op": "replace", "path": "active", "value": false}))
	d.scim(http.StatusBadRequest, http.MethodPost, "Groups", map[string]any{"displayName": "leads", "members": []any{map[string]any{"value": bob.ID}}})
	if n := d.scim(http.StatusOK, http.MethodGet, "Users", nil).TotalResults; n != 0 {
		t.Errorf("it sees %d people", n)
	}
	d.want(http.StatusOK, call{method: http.MethodPost, path: "/v1/providers/corp/link", token: operator, body: map[string]any{"account": "bob", "subject": "subject-bob"}})
	got := d.scim(http.StatusCreated, http.MethodPost, "Users", user("Bob", "subject-bob"))
	d.scim(http.StatusCreated, http.MethodPost, "Groups", map[string]any{"displayName": "leads", "members": []any{map[string]any{"value": bob.ID}}})
	if a := d.account(bob.ID); got.ID != bob.ID || a.Name != "bob" || !slices.Equal(a.Roles, []string{"viewer"}) {
		t.Errorf("linked he is %+v, %+v", got, a)
	}

	ann := d.scim(http.StatusCreated, http.MethodPost, "Users", user("ann", "subject-1"))
	d.want(http.StatusOK, call{method: http.MethodPatch, path: "/v1/accounts/" + ann.ID, token: operator, body: map[string]any{"disabled": true}})
	if again := d.scim(http.StatusOK, http.MethodPut, "Users/"+ann.ID, user("ann", "subject-1")); again.Active || !d.account(ann.ID).Disabled {
		t.Error("the directory has enabled what an administrator disabled")
	}
}

// SCIM is asked with a key of its own scope, finds by filters, pages and says
// what it can do; another tenant's directory finds nothing of this one's.
func TestDirectory_isAskedWithItsKeyAndInPages(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	var other struct{ Token string }
	d.want(http.StatusCreated, call{method: http.MethodPost, path: "/v1/keys", token: operator, body: map[string]any{"name": "x", "account": "scim", "permissions": []string{"accounts:manage"}}}).into(t, &other)
	d.want(http.StatusForbidden, call{method: http.MethodGet, path: "/scim/v2/Users", token: other.Token})
	d.want(http.StatusUnauthorized, call{method: http.MethodGet, path: "/scim/v2/Users"})
	d.want(http.StatusForbidden, call{method: http.MethodGet, path: "/v1/accounts", token: d.key})
	for _, name := range []string{"a1", "a2", "a3"} {
		d.scim(http.StatusCreated, http.MethodPost, "Users", user(name, "x-"+name))
	}
	page := d.scim(http.StatusOK, http.MethodGet, "Users?startIndex=2&count=1", nil)
	if page.TotalResults != 3 || page.ItemsPerPage != 1 || len(page.Resources) != 1 || page.Resources[0].UserName != "a2" {
		t.Errorf("the second of pages of one is %+v", page)
	}
	if none := d.scim(http.StatusOK, http.MethodGet, "Users?count=0", nil); none.TotalResults != 3 || len(none.Resources) != 0 {
		t.Errorf("none of a page are %+v", none)
	}
	for filter, want := range map[string]string{`userName+eq+"A2"`: "a2", `externalId+eq+"x-a3"`: "a3", `externalId+eq+"X-a3"`: "", `userName+eq+"nobody"`: "", `id+eq+"x"`: ""} {
		found := d.scim(http.StatusOK, http.MethodGet, "Users?filter="+filter, nil)
		if want == "" && found.TotalResults != 0 || want != "" && (found.TotalResults != 1 || found.Resources[0].UserName != want) {
			t.Errorf("%s finds %+v, want %s", filter, found, want)
		}
	}
	if bad := d.scim(http.StatusBadRequest, http.MethodGet, `Users?filter=userName+sw+"a"`, nil); bad.ScimType != "invalidFilter" {
		t.Errorf("a filter that is not understood is %+v", bad)
	}
	if bad := d.scim(http.StatusBadRequest, http.MethodGet, `Users?filter=password+eq+"a"`, nil); bad.ScimType != "invalidFilter" {
		t.Errorf("an attribute that is not there is %+v", bad)
	}
	d.scim(http.StatusConflict, http.MethodPost, "Users", user("a1", "x-other"))
	for path, word := range map[string]string{"ServiceProviderConfig": `"patch":{"supported":true}`, "Schemas": "userName", "ResourceTypes": "/Groups", "Schemas/urn:ietf:params:scim:schemas:core:2.0:Group": "members"} {
		if r := d.want(http.StatusOK, call{method: http.MethodGet, path: "/scim/v2/" + path, token: d.key}); !strings.Contains(r.text, word) {
			t.Errorf("%s is %s", path, r.text)
		}
	}
	d.scim(http.StatusOK, http.MethodPut, "Users/"+page.Resources[0].ID, user("renamed", "x-a2"))
	if a := d.account(page.Resources[0].ID); a.Name != "a2" {
		t.Errorf("the account is called %s", a.Name)
	}

	var tenant struct{ Invitation struct{ Token string } }
	d.want(http.StatusCreated, call{method: http.MethodPost, path: "/v1/tenants", token: operator, body: map[string]any{"name": "acme"}}).into(t, &tenant)
	d.want(http.StatusCreated, call{method: http.MethodPost, path: "/v1/setup", body: map[string]any{"token": tenant.Invitation.Token, "name": "root", "password": "correct horse battery staple"}})
	var in struct{ Token string }
	d.want(http.StatusCreated, call{method: http.MethodPost, path: "/v1/session", body: map[string]any{"tenant": "acme", "name": "root", "password": "correct horse battery staple"}}).into(t, &in)
	var theirs struct{ Token string }
	d.want(http.StatusCreated, call{method: http.MethodPost, path: "/v1/keys", token: in.Token, body: map[string]any{"name": "scim", "permissions": []string{"directory:sync"}}}).into(t, &theirs)
	d.key = theirs.Token
	if n := d.scim(http.StatusOK, http.MethodGet, "Users", nil).TotalResults; n != 0 {
		t.Errorf("another tenant sees %d people", n)
	}
	d.scim(http.StatusNotFound, http.MethodGet, "Users/"+page.Resources[0].ID, nil)
	d.scim(http.StatusForbidden, http.MethodPost, "Users", user("b", "x")) // it has no directory
}
