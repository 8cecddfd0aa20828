package vault_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/vault"
	"github.com/harrier-soar/harrier/internal/vault/vaulttest"
)

const canary = "cAnArY-5ecret/with+signs=="

func openVault(t *testing.T, file string, rows vault.Rows) *vault.Vault {
	t.Helper()
	v, err := vault.Open(t.Context(), vault.Config{KeyFile: file, Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func fresh(t *testing.T) (*vault.Vault, *vaulttest.Memory, string) {
	t.Helper()
	rows, file := vaulttest.NewMemory(), filepath.Join(t.TempDir(), "root.key")
	return openVault(t, file, rows), rows, file
}

func otherTenant() harrier.TenantID { return harrier.TenantID{6: 0x70, 8: 0x80, 15: 9} }

// spot is where a secret stands.
type spot struct {
	tenant      harrier.TenantID
	name, field string
}

func put(t *testing.T, v *vault.Vault, at spot, value string) {
	t.Helper()
	if err := v.Put(t.Context(), at.tenant, at.name, at.field, harrier.NewSecret(value)); err != nil {
		t.Fatal(err)
	}
}

func wantValue(t *testing.T, v *vault.Vault, at spot, want string) {
	t.Helper()
	got, err := v.Reveal(t.Context(), at.tenant, at.name, at.field)
	if err != nil || got.Reveal() != want {
		t.Errorf("reveal %s.%s: got %q, %v; want %q", at.name, at.field, got.Reveal(), err, want)
	}
}

func TestMemory_meetsTheClaimsOfRows(t *testing.T) {
	t.Parallel()
	vaulttest.Run(t, func(*testing.T) vault.Rows { return vaulttest.NewMemory() })
}

func TestVault_keepsSecretsOverARestart(t *testing.T) {
	t.Parallel()
	v, rows, file := fresh(t)
	put(t, v, spot{harrier.DefaultTenant, "conn_1", "api_key"}, "first-value")
	put(t, v, spot{harrier.DefaultTenant, "conn_1", "api_key"}, canary)
	v = openVault(t, file, rows)
	wantValue(t, v, spot{harrier.DefaultTenant, "conn_1", "api_key"}, canary)
	got, err := v.List(t.Context(), harrier.DefaultTenant, "conn_1")
	want := []vault.Entry{{Name: "conn_1", Field: "api_key", Version: 2}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if err := v.Delete(t.Context(), harrier.DefaultTenant, "conn_1", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Reveal(t.Context(), harrier.DefaultTenant, "conn_1", "api_key"); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("after the deletion: got %v, want NotFound", err)
	}
}

// SEC-01: a ciphertext opens only where it was put.
func TestVault_refusesSwappedRows_SEC01(t *testing.T) {
	t.Parallel()
	v, rows, _ := fresh(t)
	places := []vault.Row{
		{Tenant: harrier.DefaultTenant, Name: "conn_1", Field: "api_key"},
		{Tenant: harrier.DefaultTenant, Name: "conn_1", Field: "password"},
		{Tenant: harrier.DefaultTenant, Name: "conn_2", Field: "api_key"},
		{Tenant: otherTenant(), Name: "conn_1", Field: "api_key"},
	}
	var stored []vault.Row
	for i, p := range places {
		put(t, v, spot{p.Tenant, p.Name, p.Field}, fmt.Sprint("value number ", i))
		row, err := rows.Secret(t.Context(), p.Tenant, p.Name, p.Field)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, row)
	}
	for i, from := range stored {
		for j, to := range stored {
			if i == j {
				continue
			}
			to.Ciphertext = from.Ciphertext
			rows.Overwrite(to)
			wantNoValue(t, v, to, fmt.Sprintf("ciphertext of %d in place of %d", i, j))
			rows.Overwrite(stored[j])
		}
	}
	old := stored[0]
	put(t, v, spot{old.Tenant, old.Name, old.Field}, "newer")
	old.Version = 2 // an old ciphertext under the number of the new one
	rows.Overwrite(old)
	wantNoValue(t, v, old, "an older version")
}

func wantNoValue(t *testing.T, v *vault.Vault, row vault.Row, what string) {
	t.Helper()
	got, err := v.Reveal(t.Context(), row.Tenant, row.Name, row.Field)
	if harrier.KindOf(err) != harrier.Internal || err == nil || !got.IsZero() {
		t.Errorf("%s: got %q, %v; want an Internal error and nothing", what, got.Reveal(), err)
	}
}

// SEC-02: every flipped or missing byte is a hard failure.
func TestVault_refusesEveryFlippedByte_SEC02(t *testing.T) {
	t.Parallel()
	v, rows, _ := fresh(t)
	put(t, v, spot{harrier.DefaultTenant, "conn_1", "api_key"}, canary)
	row, err := rows.Secret(t.Context(), harrier.DefaultTenant, "conn_1", "api_key")
	if err != nil {
		t.Fatal(err)
	}
	whole := bytes.Clone(row.Ciphertext)
	for i := range whole {
		row.Ciphertext = bytes.Clone(whole)
		row.Ciphertext[i] ^= 1 << (i % 8)
		rows.Overwrite(row)
		wantNoValue(t, v, row, fmt.Sprintf("byte %d flipped", i))
		row.Ciphertext = whole[:i]
		rows.Overwrite(row)
		wantNoValue(t, v, row, fmt.Sprintf("cut to %d bytes", i))
	}
	row.Ciphertext = []byte(canary) // stored in clear, as a broken migration might
	rows.Overwrite(row)
	wantNoValue(t, v, row, "plaintext stored")
}

// SEC-04: what is stored does not hold the value in any usual spelling.
func TestVault_storesNoPlaintext_SEC04(t *testing.T) {
	t.Parallel()
	v, rows, _ := fresh(t)
	put(t, v, spot{harrier.DefaultTenant, "conn_1", "api_key"}, canary)
	row, err := rows.Secret(t.Context(), harrier.DefaultTenant, "conn_1", "api_key")
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{canary, canary[:8], base64.StdEncoding.EncodeToString([]byte(canary))} {
		if bytes.Contains(row.Ciphertext, []byte(form)) {
			t.Errorf("the ciphertext holds %q", form)
		}
	}
}

func TestOpen_refusesAKeyFileThatIsNotSafe(t *testing.T) { // AUT-02
	t.Parallel()
	cases := map[string]struct {
		spoil func(t *testing.T, file string)
		want  string
	}{
		"readable by the group":  {func(t *testing.T, f string) { must(t, os.Chmod(f, 0o640)) }, "chmod 600"},
		"readable by the world":  {func(t *testing.T, f string) { must(t, os.Chmod(f, 0o604)) }, "chmod 600"},
		"one byte short":         {func(t *testing.T, f string) { must(t, os.Truncate(f, 31)) }, "restore it from your backup"},
		"empty":                  {func(t *testing.T, f string) { must(t, os.Truncate(f, 0)) }, "restore it from your backup"},
		"one byte long":          {func(t *testing.T, f string) { must(t, os.Truncate(f, 33)) }, "restore it from your backup"},
		"a directory":            {func(t *testing.T, f string) { must(t, os.Remove(f)); must(t, os.Mkdir(f, 0o700)) }, "not a regular file"},
		"missing":                {func(t *testing.T, f string) { must(t, os.Remove(f)) }, "missing"},
		"that of another system": {func(t *testing.T, f string) { must(t, os.WriteFile(f, bytes.Repeat([]byte{7}, 32), 0o600)) }, "restore the right key file"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, rows, file := fresh(t)
			put(t, v, spot{harrier.DefaultTenant, "conn_1", "api_key"}, canary)
			c.spoil(t, file)
			_, err := vault.Open(t.Context(), vault.Config{KeyFile: file, Rows: rows})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error that says %q", err, c.want)
			}
			if c.want == "missing" {
				if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
					t.Error("a new key was made over the missing one")
				}
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpen_makesAKeyThatOnlyTheOwnerMayRead(t *testing.T) {
	t.Parallel()
	_, _, file := fresh(t)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 32 {
		t.Fatalf("got %v, %v; want mode 0600 and 32 bytes", info, err)
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestVault_refusesWhatIsNoSecret(t *testing.T) {
	t.Parallel()
	v, _, _ := fresh(t)
	for name, err := range map[string]error{
		"empty value": v.Put(t.Context(), harrier.DefaultTenant, "n", "f", harrier.Secret{}),
		"no tenant":   v.Put(t.Context(), harrier.TenantID{}, "n", "f", harrier.NewSecret("x")),
		"no field":    v.Put(t.Context(), harrier.DefaultTenant, "n", "", harrier.NewSecret("x")),
		"huge":        v.Put(t.Context(), harrier.DefaultTenant, "n", "f", harrier.NewSecret(strings.Repeat("x", 65<<10))),
		"delete all":  v.Delete(t.Context(), harrier.DefaultTenant, "", ""),
	} {
		if err == nil || harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%s: got %v, want Invalid", name, err)
		}
	}
}

func TestVault_racingWritersAllSucceed(t *testing.T) {
	t.Parallel()
	v, _, _ := fresh(t)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			if err := v.Put(t.Context(), harrier.DefaultTenant, "n", "f", harrier.NewSecret(fmt.Sprint("value ", i))); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	list, err := v.List(t.Context(), harrier.DefaultTenant, "n")
	if err != nil || len(list) != 1 || list[0].Version != 4 {
		t.Errorf("got %v, %v; want version 4", list, err)
	}
}

// SEC-03: cut off anywhere, a rotation ends at the next start, and the old key opens nothing.
func TestRotate_isResumableAtEveryStep_SEC03(t *testing.T) {
	t.Parallel()
	for stop := range 8 {
		t.Run(fmt.Sprint("cut off at step ", stop), func(t *testing.T) {
			t.Parallel()
			v, rows, file := fresh(t)
			tenants := []harrier.TenantID{harrier.DefaultTenant, otherTenant(), {6: 0x70, 15: 3}}
			for i, id := range tenants {
				put(t, v, spot{id, "n", "f"}, fmt.Sprint("value ", i))
			}
			data, _ := v.DataKey(t.Context(), harrier.DefaultTenant, "evidence")
			old, err := os.ReadFile(file)
			must(t, err)
			cutOffRotation(t, rows, file, stop)
			v = openVault(t, file, rows)
			for i, id := range tenants {
				wantValue(t, v, spot{id, "n", "f"}, fmt.Sprint("value ", i))
			}
			after, _ := v.DataKey(t.Context(), harrier.DefaultTenant, "evidence")
			if !bytes.Equal(data, after) || len(data) != 32 {
				t.Error("the key for evidence changed with the rotation")
			}
			if stop < 1 {
				return
			}
			must(t, os.WriteFile(file, old, 0o600))
			if _, err := vault.Open(t.Context(), vault.Config{KeyFile: file, Rows: rows}); err == nil {
				t.Error("the old root key still opens the vault")
			}
		})
	}
}

// cutOffRotation begins a rotation and loses the process at the given step.
func cutOffRotation(t *testing.T, rows vault.Rows, file string, stop int) {
	t.Helper()
	steps := 0
	hit := func(string) {
		if steps++; steps == stop {
			panic("killed")
		}
	}
	v, err := vault.Open(t.Context(), vault.Config{KeyFile: file, Rows: rows, Hit: hit})
	must(t, err)
	if stop == 0 {
		return
	}
	defer func() { _ = recover() }()
	must(t, v.Rotate(t.Context(), vault.NewRootKey()))
}

func TestRotate_worksUnderLoad_SEC03(t *testing.T) {
	t.Parallel()
	v, _, _ := fresh(t)
	put(t, v, spot{harrier.DefaultTenant, "n", "f"}, canary)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			deadline := time.Now().Add(200 * time.Millisecond)
			for n := 0; n < 50 && time.Now().Before(deadline); n++ {
				wantValue(t, v, spot{harrier.DefaultTenant, "n", "f"}, canary)
				id := harrier.TenantID{0: byte(i + 1), 1: byte(n)}
				if err := v.Put(t.Context(), id, "n", "f", harrier.NewSecret("other")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		must(t, v.Rotate(t.Context(), vault.NewRootKey()))
	}
	group.Wait()
}

func BenchmarkReveal(b *testing.B) {
	v, err := vault.Open(b.Context(), vault.Config{KeyFile: filepath.Join(b.TempDir(), "k"), Rows: vaulttest.NewMemory()})
	if err != nil {
		b.Fatal(err)
	}
	if err := v.Put(b.Context(), harrier.DefaultTenant, "n", "f", harrier.NewSecret(canary)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := v.Reveal(b.Context(), harrier.DefaultTenant, "n", "f"); err != nil {
			b.Fatal(err)
		}
	}
}
