package api

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// asker is a column of the matrix: who asks, of a world of its own.
type asker struct {
	name string
	who  Authenticator
	// want is what a route has to answer; empty leaves it to the file, and a dash
	// asks nothing.
	want func(s *Server, r route) string
}

// restrictable are the nouns of things that may belong to a restricted case.
func restrictable() []string { return []string{"cases", "alerts", "runs", "approvals", "evidence"} }

// ask is what the asker sends: for what is restricted, of a thing that is.
func (a asker) ask(one sample, r route) sample {
	if parts := strings.Split(r.path(), "/"); a.name == "restricted" && len(parts) > 3 {
		one.path = strings.Replace(one.path, strings.Split(one.path, "/")[3], hidden(parts[2]), 1)
	}
	return one
}

// holding is a principal of a tenant with roles, who proved a moment ago who they are.
func holding(tenant harrier.TenantID, roles ...string) harrier.Principal {
	return harrier.Principal{
		ID: fixed[harrier.PrincipalID](strings.Join(roles, " ")), Tenant: tenant, Name: strings.Join(roles, " "), Roles: roles,
		Grants: access.Grants(tenant, roles), Fresh: time.Now(), Session: fixed[harrier.SessionID]("session"),
	}
}

// askers are the columns of the matrix.
func askers() []asker {
	var all []asker
	for _, role := range access.Roles() {
		p := holding(harrier.DefaultTenant, role)
		all = append(all, asker{role, as(p), func(_ *Server, r route) string {
			if p.May(r.permission) {
				return "ok"
			}
			return "403"
		}})
	}
	admin := holding(harrier.DefaultTenant, access.Admin)
	stale, elsewhere := admin, holding(fixed[harrier.TenantID]("other"), access.Admin)
	stale.Fresh = time.Now().Add(-access.FreshFor)
	return append(all,
		asker{"stale", as(stale), func(s *Server, r route) string {
			if s.fresh[r.pattern] {
				return "401"
			}
			return "ok"
		}},
		asker{"restricted", as(admin), func(_ *Server, r route) string {
			parts := strings.Split(r.path(), "/")
			if len(parts) > 3 && parts[3] == "{id}" && slices.Contains(restrictable(), parts[2]) {
				return "404"
			}
			return "-"
		}},
		asker{"elsewhere", as(elsewhere), func(_ *Server, r route) string {
			switch {
			case !elsewhere.May(r.permission):
				return "403"
			case strings.Contains(r.path(), "{"):
				return "404"
			}
			return ""
		}},
		asker{"nobody", nobody, func(_ *Server, r route) string {
			if r.permission == harrier.Public {
				return "ok"
			}
			return "401"
		}})
}

// AZ-02, AZ-04, AUT-13: the matrix of routes and those who ask, made from the
// table of routes. Every cell answers as the tables of routes and roles say, and
// as the file says that people review: a route that is not in it fails.
func TestMatrix_hasAnExpectedAnswerInEveryCell(t *testing.T) {
	t.Parallel()
	cells := map[string]string{}
	for _, c := range askers() {
		w := newWorld()
		s := w.server(t)
		all := samples(t, s)
		for _, r := range s.routes() {
			before, want := len(w.changed()), c.want(s, r)
			got := want
			if want != "-" {
				got = "ok"
				if rec := send(s, c.who, c.ask(all[r.pattern], r)); rec.Code/100 != 2 && rec.Code != http.StatusSeeOther {
					got = fmt.Sprint(rec.Code)
				}
			}
			if want != "" && got != want {
				t.Errorf("%s answers %s with %s, want %s", r.pattern, c.name, got, want)
			}
			if now := w.changed(); got != "ok" && got != "404" && len(now) > before {
				t.Errorf("%s refused %s and changed %v", r.pattern, c.name, now[before:])
			}
			cells[r.pattern] += " " + c.name + ":" + got
		}
	}
	var lines []string
	for pattern, line := range cells {
		lines = append(lines, fmt.Sprintf("%-48s%s", pattern, line))
	}
	slices.Sort(lines)
	path := filepath.Join("testdata", "matrix.txt")
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the matrix of who may do what has changed; look at each cell, then run go test ./internal/api -update (-want +got):\n%s", diff)
	}
}

// AUT-10: the cookies of a log-in are of this host alone, over TLS alone, and
// seen by no script; each log-in has others.
func TestLogIn_setsCookiesThatStay(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	rec := send(s, nobody, samples(t, s)["POST /v1/session"])
	cookies := rec.Result().Cookies()
	if rec.Code != http.StatusCreated || len(cookies) != 2 {
		t.Fatalf("got %d and %d cookies: %s", rec.Code, len(cookies), rec.Body)
	}
	for _, c := range cookies {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("the cookie is %s", c)
		}
	}
	over := send(s, as(holding(harrier.DefaultTenant, access.Viewer)), samples(t, s)["POST /v1/session/end"])
	if got := over.Result().Cookies(); len(got) != 1 || got[0].MaxAge >= 0 || got[0].Name != sessionCookie {
		t.Errorf("logging out sets %v", got)
	}
}
