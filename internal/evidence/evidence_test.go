package evidence_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/evidence"
)

// keys gives each tenant a key of its own.
type keys struct{}

func (keys) DataKey(_ context.Context, tenant harrier.TenantID, purpose string) ([]byte, error) {
	sum := sha256.Sum256(append(tenant[:], purpose...))
	return sum[:], nil
}

const mib = 1 << 20

func openDir(t testing.TB, dir string, hit func(string)) *evidence.Dir {
	t.Helper()
	d, err := evidence.Open(evidence.Config{Dir: dir, Keys: keys{}, Hit: hit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func put(t *testing.T, d *evidence.Dir, tenant harrier.TenantID, data []byte) evidence.Blob {
	t.Helper()
	blob, err := d.Put(t.Context(), tenant, bytes.NewReader(data), 64*mib)
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

func get(t *testing.T, d *evidence.Dir, tenant harrier.TenantID, sum string) ([]byte, error) {
	t.Helper()
	r, err := d.Open(t.Context(), tenant, sum)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}

func noise(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(size)}).Read(data)
	return data
}

// file is where a blob stands on the disk.
func file(dir string, tenant harrier.TenantID, sum string) string {
	return filepath.Join(dir, tenant.String(), sum[:2], sum)
}

// files lists the regular files below dir, without unfinished ones.
func files(t *testing.T, dir string) (done, unfinished []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || e.IsDir():
		case filepath.Base(filepath.Dir(name)) == "tmp":
			unfinished = append(unfinished, name)
		default:
			done = append(done, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return done, unfinished
}

func TestDir_givesBackWhatWasPut(t *testing.T) {
	t.Parallel()
	d := openDir(t, t.TempDir(), nil)
	for _, size := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 3*mib + 17} {
		data := noise(size)
		sum := sha256.Sum256(data)
		blob := put(t, d, harrier.DefaultTenant, data)
		if blob.SHA256 != hex.EncodeToString(sum[:]) || blob.Size != int64(size) {
			t.Errorf("%d bytes: got %+v", size, blob)
		}
		got, err := get(t, d, harrier.DefaultTenant, blob.SHA256)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes: got %d bytes, %v", size, len(got), err)
		}
	}
}

func TestDir_keepsEqualBytesOncePerTenant(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := openDir(t, dir, nil)
	other := harrier.TenantID{15: 9}
	blob := put(t, d, harrier.DefaultTenant, []byte("same"))
	put(t, d, harrier.DefaultTenant, []byte("same"))
	if has, err := d.Has(t.Context(), other, blob.SHA256); has || err != nil {
		t.Errorf("another tenant has it: %v, %v", has, err)
	}
	if _, err := get(t, d, other, blob.SHA256); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("another tenant opens it: %v", err)
	}
	put(t, d, other, []byte("same"))
	if done, unfinished := files(t, dir); len(done) != 2 || len(unfinished) != 0 {
		t.Errorf("got %v and unfinished %v, want one file for each tenant", done, unfinished)
	}
}

// AUD-08: any flipped byte and any cut is found, and no damaged byte is given out as the end of a good blob.
func TestDir_findsEveryFlippedByte_AUD08(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := openDir(t, dir, nil)
	blob := put(t, d, harrier.DefaultTenant, noise(300))
	name := file(dir, harrier.DefaultTenant, blob.SHA256)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		bad := bytes.Clone(whole)
		bad[i] ^= 1 << (i % 8)
		wantDamage(t, stored{d, name, blob.SHA256}, bad, fmt.Sprint("flipped byte ", i))
		wantDamage(t, stored{d, name, blob.SHA256}, whole[:i], fmt.Sprint("cut to ", i))
	}
	wantDamage(t, stored{d, name, blob.SHA256}, append(bytes.Clone(whole), 0), "a byte appended")
	if err := os.WriteFile(name, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Verify(t.Context(), harrier.DefaultTenant, blob.SHA256); err != nil {
		t.Errorf("the whole file: %v", err)
	}
}

// stored is a blob and the file that it is in.
type stored struct {
	dir       *evidence.Dir
	file, sum string
}

func wantDamage(t *testing.T, s stored, content []byte, what string) {
	t.Helper()
	if err := os.WriteFile(s.file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	err := s.dir.Verify(t.Context(), harrier.DefaultTenant, s.sum)
	if err == nil || harrier.KindOf(err) != harrier.Internal {
		t.Fatalf("%s: got %v, want an Internal error", what, err)
	}
}

func TestDir_findsSegmentsThatWereMoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := openDir(t, dir, nil)
	a, b := put(t, d, harrier.DefaultTenant, noise(200<<10)), put(t, d, harrier.DefaultTenant, noise(200<<10+1))
	nameA := file(dir, harrier.DefaultTenant, a.SHA256)
	rawA, errA := os.ReadFile(nameA)
	rawB, errB := os.ReadFile(file(dir, harrier.DefaultTenant, b.SHA256))
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	const head, segment = 4 + 32 + 12 + 32 + 8 + 16, 64<<10 + 16
	swapped := bytes.Clone(rawA)
	copy(swapped[len(swapped)-2*segment:], rawA[len(rawA)-segment:])
	wantDamage(t, stored{d, nameA, a.SHA256}, swapped, "segments in another order")
	wantDamage(t, stored{d, nameA, a.SHA256}, rawB, "another blob in its place")
	wantDamage(t, stored{d, nameA, a.SHA256}, append(bytes.Clone(rawA[:head]), rawB[head:]...), "its header with the body of another")
	wantDamage(t, stored{d, nameA, a.SHA256}, rawA[:head+2*segment], "cut between two segments")
}

func TestReader_staysBrokenAfterAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := openDir(t, dir, nil)
	blob := put(t, d, harrier.DefaultTenant, noise(1000))
	name := file(dir, harrier.DefaultTenant, blob.SHA256)
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)-1] ^= 1
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := d.Open(t.Context(), harrier.DefaultTenant, blob.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for range 3 {
		if n, err := r.Read(make([]byte, 10)); n != 0 || err == nil || errors.Is(err, io.EOF) {
			t.Fatalf("got %d, %v; want the same error each time", n, err)
		}
	}
}

func TestDir_refusesNamesThatAreNoHash(t *testing.T) { // FIL-01, FIL-02
	t.Parallel()
	d := openDir(t, t.TempDir(), nil)
	good := strings.Repeat("a", 64)
	for _, sum := range []string{"", "../" + good, strings.Repeat("A", 64), good[:63], good + "a", strings.Repeat("../", 21) + "x", good[:63] + "/"} {
		if _, err := d.Open(t.Context(), harrier.DefaultTenant, sum); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%q: got %v, want Invalid", sum, err)
		}
		if _, err := d.Has(t.Context(), harrier.DefaultTenant, sum); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("has %q: got %v, want Invalid", sum, err)
		}
	}
	if _, err := d.Open(t.Context(), harrier.TenantID{}, good); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("no tenant: got %v, want Invalid", err)
	}
}

func TestPut_leavesNothingWhenItFails(t *testing.T) {
	t.Parallel()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	cases := map[string]struct {
		ctx  context.Context
		r    io.Reader
		want harrier.Kind
	}{
		"over the limit":   {t.Context(), bytes.NewReader(noise(2*mib + 1)), harrier.Invalid},
		"endless":          {t.Context(), endless{}, harrier.Invalid},
		"the source fails": {t.Context(), io.MultiReader(bytes.NewReader(noise(mib)), iotest.ErrReader(errors.New("gone"))), harrier.Internal},
		"cancelled":        {stopped, endless{}, harrier.Unavailable},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			d := openDir(t, dir, nil)
			if _, err := d.Put(c.ctx, harrier.DefaultTenant, c.r, 2*mib); err == nil || harrier.KindOf(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if done, unfinished := files(t, dir); len(done)+len(unfinished) != 0 {
				t.Errorf("left behind: %v %v", done, unfinished)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// A process that dies at any failpoint leaves either nothing or the whole blob under its name.
func TestPut_isAllOrNothingAtEveryFailpoint(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"evidence.stream_mid", "evidence.hash", "evidence.rename", "evidence.fsync_dir"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			dir, data := t.TempDir(), noise(200<<10)
			dying := openDir(t, dir, func(name string) {
				if name == point {
					panic("killed")
				}
			})
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s was not reached", point)
					}
				}()
				_, _ = dying.Put(t.Context(), harrier.DefaultTenant, bytes.NewReader(data), mib)
			}()
			done, _ := files(t, dir)
			if (len(done) == 1) != (point == "evidence.fsync_dir") {
				t.Errorf("got files %v", done)
			}
			d := openDir(t, dir, nil)
			blob := put(t, d, harrier.DefaultTenant, data)
			if got, err := get(t, d, harrier.DefaultTenant, blob.SHA256); err != nil || !bytes.Equal(got, data) {
				t.Errorf("after the restart: %d bytes, %v", len(got), err)
			}
		})
	}
}

func TestPut_healsADamagedCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := openDir(t, dir, nil)
	blob := put(t, d, harrier.DefaultTenant, []byte("evidence"))
	if err := os.Truncate(file(dir, harrier.DefaultTenant, blob.SHA256), 10); err != nil {
		t.Fatal(err)
	}
	put(t, d, harrier.DefaultTenant, []byte("evidence"))
	if err := d.Verify(t.Context(), harrier.DefaultTenant, blob.SHA256); err != nil {
		t.Error(err)
	}
}

func TestOpen_sweepsOnlyWhatIsOld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openDir(t, dir, nil)
	for name, age := range map[string]time.Duration{"old": 25 * time.Hour, "young": time.Hour} {
		at, when := filepath.Join(dir, "tmp", name), time.Now().Add(-age)
		if err := errors.Join(os.WriteFile(at, nil, 0o600), os.Chtimes(at, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	openDir(t, dir, nil)
	if _, left := files(t, dir); len(left) != 1 || filepath.Base(left[0]) != "young" {
		t.Errorf("left: %v, want young only", left)
	}
}

func TestDir_storesNoPlaintext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := openDir(t, dir, nil)
	secret := []byte("cAnArY plaintext of a mail")
	blob := put(t, d, harrier.DefaultTenant, bytes.Repeat(secret, 1000))
	raw, err := os.ReadFile(file(dir, harrier.DefaultTenant, blob.SHA256))
	if err != nil || bytes.Contains(raw, secret[:6]) {
		t.Errorf("the file holds the plaintext (%v)", err)
	}
}

func TestDir_isSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := openDir(t, dir, nil)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			data := noise(100<<10 + i%2)
			blob, err := d.Put(t.Context(), harrier.DefaultTenant, bytes.NewReader(data), mib)
			if err != nil {
				t.Error(err)
				return
			}
			if err := d.Verify(t.Context(), harrier.DefaultTenant, blob.SHA256); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if done, unfinished := files(t, dir); len(done) != 2 || len(unfinished) != 0 {
		t.Errorf("got %d files and unfinished %v", len(done), unfinished)
	}
}

// FuzzOpen proves that no file content makes Open panic or give out bytes that
// do not hash to the name.
func FuzzOpen(f *testing.F) {
	dir := f.TempDir()
	d := openDir(f, dir, nil)
	blob, err := d.Put(f.Context(), harrier.DefaultTenant, strings.NewReader("evidence"), mib)
	if err != nil {
		f.Fatal(err)
	}
	name := file(dir, harrier.DefaultTenant, blob.SHA256)
	raw, err := os.ReadFile(name)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:50])
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := d.Open(t.Context(), harrier.DefaultTenant, blob.SHA256)
		if err != nil {
			return
		}
		defer func() { _ = r.Close() }()
		if got, err := io.ReadAll(r); err == nil && string(got) != "evidence" {
			t.Fatalf("got %q", got)
		}
	})
}

func BenchmarkPut(b *testing.B) {
	d := openDir(b, b.TempDir(), nil)
	data := noise(8 * mib)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := d.Put(b.Context(), harrier.DefaultTenant, bytes.NewReader(data), 64*mib); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	d := openDir(b, b.TempDir(), nil)
	data := noise(8 * mib)
	blob, err := d.Put(b.Context(), harrier.DefaultTenant, bytes.NewReader(data), 64*mib)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := d.Verify(b.Context(), harrier.DefaultTenant, blob.SHA256); err != nil {
			b.Fatal(err)
		}
	}
}
