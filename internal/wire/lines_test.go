package wire_test

import (
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/wire"
)

func TestParseLines_readsEveryLineAsAMessage(t *testing.T) {
	t.Parallel()
	got, err := wire.ParseLines([]byte("<13>Mar  1 12:00:00 h app: one\r\n\n{\"a\":\"b\"}\nthree"), wire.Options{Received: received()}, 10)
	if err != nil || len(got) != 3 {
		t.Fatalf("%d messages, %v", len(got), err)
	}
	if at(got[0], "message") != "one" || at(got[1], "a") != "b" || at(got[2], "message") != "three" {
		t.Errorf("got %v", got)
	}
}

func TestParseLines_readsAllRowsOfATable(t *testing.T) {
	t.Parallel()
	const head = "#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\n#types\ttime\taddr\n"
	got, err := wire.ParseLines([]byte(head+"1772366400.5\t192.0.2.1\n1772366401.5\t192.0.2.2\n#close\t2026-03-01-12-00-02\n"), wire.Options{}, 10)
	if err != nil || len(got) != 2 || at(got[1], "id.orig_h") != "192.0.2.2" || at(got[1], "wire/time") != "2026-03-01T12:00:01.5Z" {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = wire.ParseLines([]byte(head+"1772366400.5\n"), wire.Options{}, 10)
	if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), "line 5") {
		t.Errorf("got %v, want invalid with the line", err)
	}
}

func TestParseLines_isBounded(t *testing.T) {
	t.Parallel()
	if _, err := wire.ParseLines([]byte("a\nb\nc\n"), wire.Options{}, 2); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("got %v, want invalid", err)
	}
}
