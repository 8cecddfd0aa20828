package wire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/wire"
)

// received is when the messages of these tests came.
func received() time.Time { return time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC) }

// read parses a message that came at noon on 15 March 2026.
func read(t *testing.T, message string) map[string]any {
	t.Helper()
	return readAs(t, message, wire.Options{Received: received()})
}

func readAs(t *testing.T, message string, opt wire.Options) map[string]any {
	t.Helper()
	record, err := wire.Parse([]byte(message), opt)
	if err != nil {
		t.Fatalf("parse %q: %v", message, err)
	}
	return record
}

// at follows a path of names with "/" between, through maps.
func at(record map[string]any, path string) any {
	var v any = record
	for name := range strings.SplitSeq(path, "/") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// pick takes the values that a test wants to compare.
func pick(record, want map[string]any) map[string]any {
	got := make(map[string]any, len(want))
	for path := range want {
		got[path] = at(record, path)
	}
	return got
}

// reads checks what a record has at some paths.
func reads(t *testing.T, message string, want map[string]any) {
	t.Helper()
	record := read(t, message)
	if diff := cmp.Diff(want, pick(record, want)); diff != "" {
		t.Errorf("%s\n(-want +got)\n%s\nrecord: %v", message, diff, record)
	}
}

func TestParse_refusesNothing(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "\r\n", " \x00"} {
		if _, err := wire.Parse([]byte(body), wire.Options{}); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("parse %q: %v, want invalid", body, err)
		}
	}
}

func TestParse_refusesAnotherFormatThanTheDeclared(t *testing.T) {
	t.Parallel()
	_, err := wire.Parse([]byte("<13>Mar  1 12:00:00 h app: hello"), wire.Options{Format: wire.CEF})
	if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), `"hello"`) {
		t.Errorf("got %v, want an error that shows how the message begins", err)
	}
}

func TestParse_keepsWhatItDoesNotKnowAsText(t *testing.T) {
	t.Parallel()
	reads(t, "something happened at the door", map[string]any{
		"wire/format": "text", "wire/envelope": "none", "message": "something happened at the door", "syslog": nil,
	})
}

func TestParse_readsLatin1WhereBytesAreNoUTF8(t *testing.T) {
	t.Parallel()
	record := read(t, "<13>Mar  1 12:00:00 h app: caf\xe9 grün")
	if got := at(record, "syslog/message"); got != "café grün" {
		t.Errorf("message %q", got)
	}
	if notes, _ := at(record, "wire/notes").([]any); len(notes) != 1 {
		t.Errorf("notes %v, want one that says so", notes)
	}
}

func TestParse_cutsWhatIsTooLongAndSaysSo(t *testing.T) {
	t.Parallel()
	record := read(t, "<13>Mar  1 12:00:00 h app: "+strings.Repeat("é", 1<<20))
	if got, _ := at(record, "syslog/message").(string); len(got) > 1<<20 || !strings.HasSuffix(got, "é") {
		t.Errorf("message of %d bytes ends %q", len(got), got[max(0, len(got)-4):])
	}
	if notes, _ := at(record, "wire/notes").([]any); len(notes) != 1 {
		t.Errorf("notes %v, want one that says so", notes)
	}
}

func TestParse_boundsTheNumberOfFields(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("CEF:0|v|p|1|1|n|5|")
	for i := range 10_000 {
		b.WriteString("k" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + time.Duration(i).String() + "=1 ")
	}
	record := read(t, b.String())
	if ext, _ := at(record, "cef/ext").(map[string]any); len(ext) == 0 || len(ext) > 2000 {
		t.Errorf("%d fields", len(ext))
	}
}

func TestParse_readsUTF16(t *testing.T) {
	t.Parallel()
	var b []byte
	for _, r := range "\ufeffhello world" {
		b = append(b, byte(r), byte(r>>8))
	}
	record, err := wire.Parse(b, wire.Options{})
	if err != nil || record["message"] != "hello world" {
		t.Errorf("got %v, %v", record, err)
	}
}
