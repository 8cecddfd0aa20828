package aezip_test

import (
	"archive/zip"
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/aezip"
)

func sample(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func archive(t *testing.T, content []byte, password string) []byte {
	t.Helper()
	var b bytes.Buffer
	f := aezip.File{Name: "ab12.bin", Size: int64(len(content)), At: time.Date(2026, 11, 27, 12, 34, 56, 0, time.UTC), Body: bytes.NewReader(content)}
	if err := aezip.Write(&b, f, password); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unlock reads an archive as the specification says, apart from the code that wrote it.
func unlock(t *testing.T, data []byte, password string) (content []byte, ok bool) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(z.File) != 1 {
		t.Fatalf("%v", err)
	}
	f := z.File[0]
	x := f.Extra
	if f.Method != 99 || f.Flags&1 == 0 || f.CRC32 != 0 || len(x) < 11 || binary.LittleEndian.Uint16(x) != 0x9901 ||
		binary.LittleEndian.Uint16(x[4:]) != 2 || string(x[6:8]) != "AE" || x[8] != 3 || binary.LittleEndian.Uint16(x[9:]) != 0 {
		t.Fatalf("the header is not one of AE-2: %+v", f.FileHeader)
	}
	r, err := f.OpenRaw()
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pbkdf2.Key(sha1.New, password, all[:16], 1000, 66)
	if err != nil {
		t.Fatal(err)
	}
	body, code := all[18:len(all)-10], all[len(all)-10:]
	mac := hmac.New(sha1.New, keys[32:64])
	mac.Write(body)
	if !bytes.Equal(all[16:18], keys[64:]) || !bytes.Equal(mac.Sum(nil)[:10], code) {
		return nil, false
	}
	block, err := aes.NewCipher(keys[:32])
	if err != nil {
		t.Fatal(err)
	}
	for i := range body {
		var n, pad [16]byte
		binary.LittleEndian.PutUint32(n[:], uint32(i/16+1))
		block.Encrypt(pad[:], n[:])
		body[i] ^= pad[i%16]
	}
	return body, true
}

func TestWrite_givesBackWhatWasLocked(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 15, 16, 17, 4096, 64<<10 - 1, 64 << 10, 200_003} {
		content := sample(size)
		data := archive(t, content, aezip.Password)
		if size > 32 && bytes.Contains(data, content[:32]) {
			t.Errorf("%d bytes are in the clear", size)
		}
		got, ok := unlock(t, data, aezip.Password)
		if !ok || !bytes.Equal(got, content) {
			t.Errorf("%d bytes came back as %d, %v", size, len(got), ok)
		}
		if _, ok := unlock(t, data, "other"); ok {
			t.Errorf("%d bytes open with another password", size)
		}
	}
}

func TestWrite_isReadByATool(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("7z")
	if err != nil {
		t.Skip("7z is not installed; install p7zip to see that others read these archives")
	}
	content := sample(100_001)
	dir := t.TempDir()
	name := filepath.Join(dir, "sample.zip")
	if err := os.WriteFile(name, archive(t, content, aezip.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(password string) (string, error) {
		out, err := exec.CommandContext(t.Context(), tool, "x", "-y", "-p"+password, "-o"+dir, name).CombinedOutput()
		return string(out), err
	}
	if out, err := run("wrong"); err == nil {
		t.Errorf("7z opened it with a wrong password:\n%s", out)
	}
	if out, err := run(aezip.Password); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := os.ReadFile(filepath.Join(dir, "ab12.bin"))
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("7z gave back %d bytes, %v", len(got), err)
	}
}

func TestWrite_refusesABodyOfAnotherLength(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{-1, 3, 5} {
		err := aezip.Write(io.Discard, aezip.File{Name: "x", Size: size, Body: strings.NewReader("four")}, "p")
		if err == nil {
			t.Errorf("four bytes were taken for %d", size)
		}
	}
}
