package email

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/airlock"
)

func TestMain(m *testing.M) {
	if args := os.Args[1:]; airlock.Asked(args) {
		os.Exit(airlock.Main(context.Background(), args, helperWork()))
	}
	os.Exit(m.Run())
}

// outsideReader returns a reader with helper processes of its own.
func outsideReader(t testing.TB) Reader {
	t.Helper()
	pool, err := airlock.NewPool(airlock.Config{Size: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return Outside(pool)
}

const withFile = "From: a@evil.example\r\nTo: kim@corp.example\r\nSubject: outer\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n" +
	"--o\r\nContent-Type: message/rfc822\r\n\r\nFrom: b@evil.example\r\nSubject: inner\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n" +
	"--i\r\nContent-Type: application/octet-stream; name=\"in voice.bin\"\r\nContent-Disposition: attachment\r\n\r\nthe content\r\n--i--\r\n\r\n--o--\r\n"

const fileHash = "5aac7dcf57ccf4b7d16ecde1ed4c4e1ba1a44ba6ed6ab1ae4f9e2a9d4f7d9bbb"

func TestReaders_insideAndOutsideSayTheSame(t *testing.T) {
	t.Parallel()
	inside, outside := InProcess(DefaultLimits()), outsideReader(t)
	for _, mail := range []string{exampleMail, withFile} {
		in := map[string]any{"own_domains": []any{"corp.example"}, "original": true}
		want, err := inside.Read(t.Context(), []byte(mail), in)
		if err != nil {
			t.Fatal(err)
		}
		got, err := outside.Read(t.Context(), []byte(mail), in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-inside +outside):\n%s", diff)
		}
		checkOutput(t, "outside", got)
	}
	for name, r := range map[string]Reader{"inside": inside, "outside": outside} {
		_, err := r.Read(t.Context(), nil, nil)
		if harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%s: an empty mail gives %v; want Invalid", name, err)
		}
	}
}

func TestReaders_takeAFileOutOfTheInnermostMail(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]Reader{"inside": InProcess(DefaultLimits()), "outside": outsideReader(t)} {
		m, err := r.Read(t.Context(), []byte(withFile), map[string]any{})
		if err != nil {
			t.Fatal(err)
		}
		files, _ := m["attachments"].([]any)
		if len(files) != 1 {
			t.Fatalf("%s: attachments %v", name, files)
		}
		hash, _ := files[0].(map[string]any)["sha256"].(string)
		f, err := r.Carried(t.Context(), []byte(withFile), hash)
		if err != nil || string(f.Content) != "the content" || f.Name != "in voice.bin" || f.Type == "" {
			t.Errorf("%s: got %+v, %v", name, f, err)
		}
		if _, err := r.Carried(t.Context(), []byte(withFile), fileHash); harrier.KindOf(err) != harrier.NotFound {
			t.Errorf("%s: another hash gives %v; want NotFound", name, err)
		}
	}
}

func BenchmarkReaders_outside(b *testing.B) {
	r := outsideReader(b)
	if _, err := r.Read(b.Context(), []byte(exampleMail), map[string]any{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := r.Read(b.Context(), []byte(exampleMail), map[string]any{}); err != nil {
			b.Fatal(err)
		}
	}
}
