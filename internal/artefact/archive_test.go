package artefact

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

// Members of archives are told with their types and hashes, through archives in archives.
func TestInspect_readsMembersOfNestedArchives(t *testing.T) {
	t.Parallel()
	const script = "WScript.Echo('https://drop.evil.example/x')"
	inner := zipped(t, "run.js", script)
	r := Inspect("a.zip", zipped(t, "inner.zip", string(inner), "note.txt", "hello"), Options{})
	checkReport(t, "a.zip", &r)
	got := member(t, &r, "inner.zip/run.js")
	sum := sha256.Sum256([]byte(script))
	if r.Kind != KindArchive || got.Kind != KindScript || got.SHA256 != hex.EncodeToString(sum[:]) || got.Size != int64(len(script)) {
		t.Errorf("got %+v in %+v", got, r.Kind)
	}
	if !r.Has(SignProgram) || len(got.Links) != 1 || got.Links[0].URL != "https://drop.evil.example/x" {
		t.Errorf("signs %v, links %v", got.Signs, got.Links)
	}
}

// A tar in gzip is one archive.
func TestInspect_readsTarInGzip(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range []*tar.Header{
		{Name: "../../etc/passwd", Typeflag: tar.TypeReg, Size: 2, Mode: 0o600}, {Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/shadow"},
	} {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte("hi")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if w.Close() != nil || z.Close() != nil {
		t.Fatal("closing failed")
	}
	r := Inspect("a.tar.gz", b.Bytes(), Options{})
	if len(r.Children) != 2 || r.Children[0].Name != "../../etc/passwd" || r.Children[0].Size != 2 || len(r.Children[1].Warnings) == 0 {
		t.Errorf("got %+v", r.Children)
	}
}

// Encrypted members open with the words of the mail, and with what senders of malware use by habit.
func TestInspect_opensEncryptedMembers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		e        encrypted
		given    []string
		password string
	}{
		{"ZipCrypto with a given word", encrypted{"a.js", "alert(1)", "Rechnung2024", false}, []string{"nein", "Rechnung2024"}, "Rechnung2024"},
		{"AES with a given word", encrypted{"a.js", "alert(1)", "päss", true}, []string{"x", "päss"}, "päss"},
		{"ZipCrypto by habit", encrypted{"a.js", "alert(1)", "infected", false}, nil, "infected"},
		{"AES by habit", encrypted{"a.js", "alert(1)", "infected", true}, nil, "infected"},
		{"AES unknown", encrypted{"a.js", "alert(1)", "zzz", true}, []string{"x"}, ""},
		{"ZipCrypto unknown", encrypted{"a.js", "alert(1)", "zzz", false}, []string{"x"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := Inspect("a.zip", encryptedZip(t, c.e), Options{Passwords: c.given})
			got := member(t, &r, "a.js")
			sum := sha256.Sum256([]byte(c.e.content))
			opened := got.SHA256 == hex.EncodeToString(sum[:])
			if !r.Encrypted || r.Password != c.password || opened != (c.password != "") || got.Kind != KindScript {
				t.Errorf("encrypted %v, password %q, opened %v, kind %s, warnings %v", r.Encrypted, r.Password, opened, got.Kind, got.Warnings)
			}
			if c.password == "" && (got.SHA256 != "" || len(got.Warnings) != 1 || got.Warnings[0].Code != WarnEncrypted) {
				t.Errorf("a member that was not read has hash %q and warnings %v", got.SHA256, got.Warnings)
			}
		})
	}
}

// FIL-03: depth, ratio, members and bytes are limited while unpacking.
func TestInspect_limitsArchives(t *testing.T) {
	t.Parallel()
	deep := []byte("bottom")
	for range 6 {
		deep = zipped(t, "a.zip", string(deep))
	}
	r := Inspect("deep.zip", deep, Options{})
	levels := 0
	for one := range r.All() {
		levels = max(levels, strings.Count(one.Path, "/"))
	}
	if levels != DefaultOptions().Depth+1 {
		t.Errorf("%d levels were read", levels)
	}
	bomb := Inspect("bomb.zip", zipped(t, "zeros", strings.Repeat("\x00", 30<<20)), Options{})
	if !bomb.Has(SignBomb) || bomb.Children[0].SHA256 != "" || bomb.Children[0].Size > 4<<20 {
		t.Errorf("signs %v, %+v", bomb.Signs, bomb.Children)
	}
	var many []string
	for range 1500 {
		many = append(many, "x", "y")
	}
	if r := Inspect("many.zip", zipped(t, many...), Options{}); len(r.Children) != DefaultOptions().Members || len(r.Warnings) == 0 {
		t.Errorf("%d members, warnings %v", len(r.Children), r.Warnings)
	}
	small := Inspect("a.zip", zipped(t, "a", strings.Repeat("ab", 500)), Options{Bytes: 100})
	if len(small.Warnings) == 0 || small.Children[0].SHA256 != "" {
		t.Errorf("with 100 bytes of budget: %+v", small)
	}
}

// FIL-03: members that share bytes are listed, and none is unpacked twice.
func TestInspect_refusesOverlaps(t *testing.T) {
	t.Parallel()
	b := zipped(t, "a", "first", "b", "second")
	at := bytes.Index(b, []byte("PK\x01\x02"))
	second := at + 4 + bytes.Index(b[at+4:], []byte("PK\x01\x02"))
	copy(b[second+42:second+46], b[at+42:at+46]) // the second member is where the first is
	r := Inspect("a.zip", b, Options{})
	if !r.Has(SignHidden) || len(r.Children) != 2 || r.Children[1].SHA256 != "" {
		t.Errorf("signs %v, children %+v", r.Signs, r.Children)
	}
}

// An archive without its directory is read by the headers of its members.
func TestInspect_readsArchivesWithoutDirectory(t *testing.T) {
	t.Parallel()
	b := zipped(t, "a.js", "alert(1)")
	b = b[:bytes.Index(b, []byte("PK\x01\x02"))]
	r := Inspect("a.zip", b, Options{})
	if got := member(t, &r, "a.js"); got.Kind != KindScript || !r.Has(SignHidden) {
		t.Errorf("got %+v", got)
	}
}
