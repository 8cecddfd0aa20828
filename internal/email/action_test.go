package email

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
)

func TestAction_readsTheEvidenceOfItsTenant(t *testing.T) {
	t.Parallel()
	stored := harrier.EvidenceID(harrier.RunID{1: 7})
	open := func(_ context.Context, tenant harrier.TenantID, id harrier.EvidenceID) (io.ReadCloser, error) {
		if tenant != harrier.DefaultTenant || id != stored {
			return nil, harrier.Errorf(harrier.NotFound, "evidence %s does not exist", id)
		}
		return io.NopCloser(strings.NewReader(exampleMail)), nil
	}
	action, err := Action(open, InProcess(Limits{}))
	if err != nil {
		t.Fatal(err)
	}
	checkOutput(t, "example", action.Spec.Example)
	request := func(tenant harrier.TenantID, evidence string) builtin.Request {
		return builtin.Request{Tenant: tenant, Input: map[string]any{"evidence": evidence}, Deadline: time.Time{}}
	}
	out, err := action.Call(t.Context(), request(harrier.DefaultTenant, stored.String()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(action.Spec.Example, out); diff != "" {
		t.Errorf("(-example +got):\n%s", diff)
	}
	for _, c := range []struct {
		request builtin.Request
		want    harrier.Kind
	}{
		{request(harrier.TenantID{1}, stored.String()), harrier.NotFound},
		{request(harrier.DefaultTenant, "evidence_x"), harrier.Invalid},
		{request(harrier.DefaultTenant, ""), harrier.Invalid},
	} {
		if _, err := action.Call(t.Context(), c.request); harrier.KindOf(err) != c.want {
			t.Errorf("%v: got %v, want %s", c.request.Input, err, c.want)
		}
	}
}
