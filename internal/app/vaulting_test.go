package app

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
)

// SEC-03: the root key is replaced while work goes on; the old one opens nothing
// any more, secrets and evidence are read as before, and who did it is recorded.
func TestVault_isRotatedWhileSecretsAreUsed_SEC03(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	old, err := os.ReadFile(o.rootKey())
	if err != nil {
		t.Fatal(err)
	}
	if err := o.vault.Put(t.Context(), harrier.DefaultTenant, "n", "f", harrier.NewSecret("value of a secret")); err != nil {
		t.Fatal(err)
	}
	b := o.browser(harrier.Operator())
	_, before := b.ask("GET", "/v1/vault/rotation", "")
	status, after := b.ask("POST", "/v1/vault/rotation", "{}")
	if status != 200 || before == after || !strings.Contains(after, `"running":false`) {
		t.Fatalf("%d: %s became %s", status, before, after)
	}
	fresh, err := os.ReadFile(o.rootKey())
	if err != nil || bytes.Equal(old, fresh) {
		t.Fatalf("the root key is the old one: %v", err)
	}
	read := func() {
		t.Helper()
		got, err := o.vault.Reveal(t.Context(), harrier.DefaultTenant, "n", "f")
		if err != nil || got.Reveal() != "value of a secret" {
			t.Errorf("the secret is %v, %v", got.Reveal(), err)
		}
	}
	read()
	o.restart(func() {})
	read()
	rows, _, err := o.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Target: "vault"}, harrier.Page{})
	if err != nil || len(rows) != 2 {
		t.Errorf("%d rows tell of it, %v", len(rows), err)
	}
	o.close()
	if err := os.WriteFile(o.rootKey(), old, 0o600); err != nil {
		t.Fatal(err)
	}
	if a, err := Open(t.Context(), o.options); err == nil {
		_ = a.Close()
		t.Error("the old root key still opens the vault")
	}
}
