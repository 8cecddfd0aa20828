package app

import (
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// AZ-10: whoever may call a connection by hand may cause its effects by a run,
// as long as they hold the role.
func TestCauses_areTheRightsOfNow(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	may := func(who harrier.PrincipalID) string {
		t.Helper()
		var why string
		err := o.store.Write(t.Context(), func(tx harrier.Tx) (err error) {
			why, err = causes{o.App}.MayNotCause(t.Context(), tx, harrier.DefaultTenant, who, harrier.Contain)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return why
	}
	for role, want := range map[string]string{access.Viewer: "may not contain", access.Analyst: "may not contain", access.Responder: "", access.Engineer: "", access.Admin: ""} {
		a := o.person(harrier.Operator(), "the-"+role, role)
		if got := may(a.ID); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", role, got, want)
		}
		if want != "" {
			continue
		}
		if _, err := o.access.Change(t.Context(), harrier.Operator(), a.Name, access.Change{Disabled: new(true)}); err != nil {
			t.Fatal(err)
		}
		if got := may(a.ID); !strings.Contains(got, "has left") {
			t.Errorf("%s who was disabled: %q", role, got)
		}
	}
	if may(harrier.LocalOperator) != "" || may(harrier.PrincipalID{42}) == "" {
		t.Error("the operator is bounded, or nobody is not")
	}
}
