package wire_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/wire"
)

// frames reads a whole stream, one byte at a time, which is the worst that a network does.
func frames(stream string, most int, framing wire.Framing) (bodies []string, cut int64, err error) {
	f := wire.NewFrames(iotest.OneByteReader(strings.NewReader(stream)), most, framing)
	for {
		frame, err := f.Next()
		if err != nil {
			return bodies, cut, err
		}
		bodies = append(bodies, strings.TrimRight(string(frame.Body), "\r\n"))
		cut += frame.Cut
	}
}

func TestFrames_tellsMessagesApart(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stream  string
		framing wire.Framing
		want    []string
	}{
		"octets":                        {"7 <13>one8 <13>two\n9 <13>three", wire.AnyFraming, []string{"<13>one", "<13>two", "<13>three"}},
		"octets around line feeds":      {"9 <13>a\nb c\n7 <13>two", wire.AnyFraming, []string{"<13>a\nb c", "<13>two"}},
		"octets that are declared":      {"3 one3 two", wire.Octets, []string{"one", "two"}},
		"lines":                         {"<13>one\r\n<13>two\n\n<13>three", wire.AnyFraming, []string{"<13>one", "<13>two", "<13>three"}},
		"lines that begin with numbers": {"12 monkeys\n1,2026/03/01,x\n", wire.AnyFraming, []string{"12 monkeys", "1,2026/03/01,x"}},
		"NUL":                           {"<13>one\x00<13>two\x00", wire.AnyFraming, []string{"<13>one", "<13>two"}},
		"NUL around line feeds":         {"<13>a\nb\x00<13>two\x00", wire.NUL, []string{"<13>a\nb", "<13>two"}},
		"both on one connection":        {"7 <13>one<13>two\n9 <13>three", wire.AnyFraming, []string{"<13>one", "<13>two", "<13>three"}},
		"a stream that breaks off":      {"7 <13>one20 <13>two", wire.AnyFraming, []string{"<13>one", "<13>two"}},
		"nothing":                       {"\n\n", wire.AnyFraming, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, cut, err := frames(test.stream, 1<<16, test.framing)
			if diff := cmp.Diff(test.want, got); diff != "" || cut != 0 || !errors.Is(err, io.EOF) {
				t.Errorf("cut %d, %v (-want +got)\n%s", cut, err, diff)
			}
		})
	}
}

func TestFrames_cutsLongMessagesAndGoesOn(t *testing.T) {
	t.Parallel()
	long := "<13>" + strings.Repeat("x", 996)
	for name, stream := range map[string]string{"lines": long + "\n<13>two\n", "octets": "1000 " + long + "7 <13>two"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, cut, err := frames(stream, 600, wire.AnyFraming)
			if diff := cmp.Diff([]string{long[:600], "<13>two"}, got); diff != "" || cut != 400 || !errors.Is(err, io.EOF) {
				t.Errorf("cut %d, %v (-want +got)\n%s", cut, err, diff)
			}
		})
	}
}

func TestFrames_endsWhereTheStreamCannotBeFollowed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stream  string
		framing wire.Framing
	}{
		"a length that is a lie": {"999999999 <13>x", wire.AnyFraming},
		"no length":              {"<13>x\n", wire.Octets},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := frames(test.stream, 600, test.framing); harrier.KindOf(err) != harrier.Invalid {
				t.Errorf("got %v, want invalid", err)
			}
		})
	}
}
