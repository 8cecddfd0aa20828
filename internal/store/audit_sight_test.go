package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/query"
)

// walled is a library with a case that one member sees, an alert in it, and rows
// of the audit trail about them.
type walled struct {
	*library
	secret harrier.Case
	alert  harrier.Alert
	member harrier.PrincipalID
	rows   map[harrier.AuditID]string
}

func newWalled(t *testing.T) *walled {
	l := newLibrary(t)
	w := &walled{library: l, member: harrier.NewID[harrier.PrincipalID](l.now), rows: map[harrier.AuditID]string{}}
	w.alert = l.alert("the secret", 2, nil)
	w.secret = harrier.Case{
		Tenant: l.tenant, ID: harrier.NewID[harrier.CaseID](l.now), Title: "The insider", Severity: "high", Status: "closed", TLP: "red", PAP: "amber", Tags: []string{"Insider"},
		Disposition: "true_positive", Template: "insider", Owner: harrier.Person{ID: w.member, Name: "m"}, CreatedAt: l.now, UpdatedAt: l.now, ClosedAt: l.now, ContainedAt: l.now, Restricted: true,
	}
	l.write(func(tx harrier.Tx) (err error) {
		if w.secret, err = l.OpenCase(t.Context(), tx, w.secret); err != nil {
			return err
		}
		if _, err = l.LinkAlert(t.Context(), tx, CaseLink{Tenant: l.tenant, Case: w.secret.ID, Alert: w.alert.ID, At: l.now}); err != nil {
			return err
		}
		return l.PutMember(t.Context(), tx, casework.Member{Tenant: l.tenant, Case: w.secret.ID, Principal: w.member, Name: "m", AddedAt: l.now, AddedBy: w.member})
	})
	return w
}

func (w *walled) audited(name, target, data string) {
	w.t.Helper()
	e := harrier.AuditEntry{
		Tenant: w.tenant, ID: harrier.NewID[harrier.AuditID](w.now), At: w.now, Actor: w.member, ActorName: "m", Action: "case.edit", Target: target, Data: []byte(data),
	}
	w.rows[e.ID] = name
	w.write(func(tx harrier.Tx) error { return w.Audit(w.t.Context(), tx, e) })
}

// seen are the rows that somebody sees, by their names, and those that are hidden.
func (w *walled) seen(f harrier.AuditFilter) (plain, hidden []string) {
	w.t.Helper()
	rows, _, err := w.AuditTrail(w.t.Context(), w.tenant, f, harrier.Page{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, row := range rows {
		name := w.rows[row.ID]
		if !row.Hidden {
			plain = append(plain, name)
			continue
		}
		hidden = append(hidden, name)
		if d := cmp.Diff(harrier.AuditEntry{Tenant: w.tenant, ID: row.ID, At: w.now, Hidden: true}, row); d != "" {
			w.t.Errorf("a hidden row says more (-want +got):\n%s", d)
		}
	}
	return plain, hidden
}

// AZ-07: rows of the audit trail about a restricted case are there for all, and
// tell others nothing; no search finds them by what they say.
func TestAudit_tellsNobodyOfWhatTheyMayNotSee(t *testing.T) {
	t.Parallel()
	w := newWalled(t)
	w.audited("plain", "user:kim", `{}`)
	w.audited("case", w.secret.ID.String(), `{}`)
	w.audited("alert", w.alert.ID.String(), `{}`)
	w.audited("beside", "user:lee", fmt.Sprintf(`{"other":%q}`, w.secret.ID))
	w.audited("gone", harrier.NewID[harrier.CaseID](w.now).String(), `{}`)
	other := harrier.NewID[harrier.PrincipalID](w.now)
	plain, hidden := w.seen(harrier.AuditFilter{Viewer: other})
	if d := cmp.Diff([]string{"gone", "plain"}, plain); d != "" {
		t.Errorf("plain rows (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"beside", "alert", "case"}, hidden); d != "" {
		t.Errorf("hidden rows (-want +got):\n%s", d)
	}
	if plain, hidden := w.seen(harrier.AuditFilter{Viewer: w.member}); len(plain) != 5 || len(hidden) != 0 {
		t.Errorf("the member sees %v, and not %v", plain, hidden)
	}
	for _, f := range []harrier.AuditFilter{{Viewer: other, Actor: w.member}, {Viewer: other, Action: "case.edit"}, {Viewer: other, Target: w.secret.ID.String()}} {
		if plain, hidden := w.seen(f); len(hidden) != 0 || len(plain) > 2 {
			t.Errorf("%+v finds %v and %v", f, plain, hidden)
		}
	}
	for text, want := range map[string]int{"action:case.edit": 2, "target:" + w.secret.ID.String(): 0, w.alert.ID.String(): 0} {
		q, err := query.Parse(query.Audit, text)
		if err != nil {
			t.Fatal(err)
		}
		found, err := w.AskAudit(t.Context(), Asked{Tenant: w.tenant, Viewer: other, Query: q})
		if err != nil || len(found.Items) != want {
			t.Errorf("%s finds %d, %v, want %d", text, len(found.Items), err, want)
		}
	}
}

// AZ-07: a search reads rows of the audit trail as its list does: with their words,
// and a case that only these name is hidden with them.
func TestAskAudit_readsTheWordsOfRows(t *testing.T) {
	t.Parallel()
	w := newWalled(t)
	w.audited("plain", "user:kim", `{}`)
	w.audited("within", "user:lee", fmt.Sprintf(`{"before":{"merged":%q}}`, w.secret.ID))
	q, err := query.Parse(query.Audit, "action:case.edit")
	if err != nil {
		t.Fatal(err)
	}
	for viewer, want := range map[harrier.PrincipalID][]string{w.member: {"user:lee", "user:kim"}, harrier.NewID[harrier.PrincipalID](w.now): {"user:kim"}} {
		found, err := w.AskAudit(t.Context(), Asked{Tenant: w.tenant, Viewer: viewer, Query: q})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range found.Items {
			got = append(got, row.Target)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("targets that %s finds (-want +got):\n%s", viewer, d)
		}
	}
}

// AZ-07: no field of cases finds or counts a case that somebody may not see.
func TestAsk_countsNoCaseThatSomebodyMayNotSee(t *testing.T) {
	t.Parallel()
	w := newWalled(t)
	for _, text := range []string{
		"restricted:yes", "owner:*", "owner:" + w.member.String(), "tlp:red", "tlp:>=amber", "pap:amber", "tag:insider", "disposition:true_positive", "status:closed", "sev:>=high",
		"closed:*", "closed:>-1d", "contained:*", "created:>-1d", "updated:>-1d", "template:insider", "category:insider", "number:1", "alert:" + w.alert.ID.String(), "-status:open",
	} {
		q, err := query.Parse(query.Cases, text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for viewer, want := range map[harrier.PrincipalID]int{w.member: 1, harrier.LocalOperator: 0} {
			a := Asked{Tenant: w.tenant, Viewer: viewer, Query: q}
			found, err := w.AskCases(t.Context(), a)
			n, err2 := w.Count(t.Context(), a)
			if err != nil || err2 != nil || len(found.Items) != want || n.N != int64(want) {
				t.Errorf("%s finds %d and counts %d, %v, %v, want %d", text, len(found.Items), n.N, err, err2, want)
			}
		}
	}
	for _, text := range []string{"owner:none", "tlp:none", "closed:none", "status:active", "-restricted:yes"} {
		q, err := query.Parse(query.Cases, text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if found, err := w.AskCases(t.Context(), Asked{Tenant: w.tenant, Viewer: w.member, Query: q}); err != nil || len(found.Items) != 0 {
			t.Errorf("%s finds %d, %v", text, len(found.Items), err)
		}
	}
}
