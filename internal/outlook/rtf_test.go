package outlook

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/internal/outlook/outlooktest"
)

func TestReadRTF_givesWhatTheRTFWasMadeFrom(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rtf  string
		want richText
	}{
		"HTML with hidden text and tags": {
			`{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fmodern\fcharset128 MS Gothic;}}{\colortbl\red0\green0\blue0;}` +
				"\r\n" + `{\*\htmltag64 <p>}\htmlrtf {\f1 \htmlrtf0 \'93\'fa{\*\htmltag84 &lt;}\htmlrtf <\htmlrtf0 a\~b\tab{\*\mhtmltag84 <b>}\htmlrtf\par}\htmlrtf0` +
				`{\*\htmltag4 \par }{\*\htmltag84 <a href="http://x.example/\'e9">}link{\*\htmltag92 </a>}\u8364 ?\u-10179 ?\u-8704 ?{\pict abc}}`,
			richText{html: "<p>日&lt;a&nbsp;b\t\r\n<a href=\"http://x.example/é\">link</a>€😀"},
		},
		"text": {`{\rtf1\ansi\ansicpg1251\fromtext \deff0{\fonttbl{\f0\fcharset204 Arial;}}\f0 \'cf\'f0\'e8\'e2\'e5\'f2\par {\*\unknown gone}\{x\}\\y\par }` + "\x00", richText{text: "Привет\r\n{x}\\y\r\n"}},
		"rich text with a link": {
			`{\rtf1\ansi{\info{\author Somebody}}Click {\field{\*\fldinst{ HYPERLINK "http://evil.example/a" }}{\fldrslt{\ul here}}} now\bin3 }}}\line\emdash\bullet}`,
			richText{rich: "Click <http://evil.example/a> here now\r\n—•"},
		},
		"a tag in RTF that claims no HTML":                {`{\rtf1 {\*\htmltag84 <b>}x}`, richText{rich: "x"}},
		"skipped characters":                              {`{\rtf1\uc2\u233 ??e\uc0\u233 e{\uc1\u233\'65}}`, richText{rich: "éeéeé"}},
		"half a character":                                {`{\rtf1\uc0\u-10179 x}`, richText{rich: "\ufffdx"}},
		"a character over two bytes, the second a letter": {`{\rtf1\ansi\ansicpg932 \'83A}`, richText{rich: "ア"}},
		"no end":        {`{\rtf1 {\b{\i x\'`, richText{rich: "x"}},
		"too many ends": {`}}}}x`, richText{rich: "x"}},
	} {
		if diff := cmp.Diff(c.want, readRTF([]byte(c.rtf), 1<<20), cmp.AllowUnexported(richText{})); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestUnpackRTF_undoesReferences(t *testing.T) {
	t.Parallel()
	// The example of MS-OXRTFCP 4.1.1, which refers to the first dictionary.
	packed := "\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\xf1\xc5\xc7\xa7\x03\x00\x0a\x00rcpg125B2\x0a\xf3 hel\x09\x00 bw\x05\xb0ld}\x0a\x80\x0f\xa0"
	got, err := unpackRTF([]byte(packed), 1<<20)
	if want := "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestUnpackRTF_keepsWhatItCouldRead(t *testing.T) {
	t.Parallel()
	whole := outlooktest.PackRTF(`{\rtf1 hello}`)
	lying := append([]byte(nil), whole...)
	lying[12]++
	plain := append(append([]byte{20, 0, 0, 0, 5, 0, 0, 0}, "MELA"...), "\x00\x00\x00\x00hello, and more"...)
	for name, c := range map[string]struct {
		packed []byte
		most   int
		want   string
		err    error
	}{
		"all":               {whole, 1 << 20, `{\rtf1 hello}`, nil},
		"a wrong checksum":  {lying, 1 << 20, `{\rtf1 hello}`, errRTFData},
		"no end":            {whole[:len(whole)-6], 1 << 20, `{\rtf1 he`, errRTFData},
		"not packed":        {plain, 1 << 20, "hello", nil},
		"more than allowed": {whole, 4, `{\rt`, errRTFSize},
		"an unknown kind":   {append(append([]byte(nil), whole[:8]...), "ABCD....xx"...), 9, "", errRTFKind},
		"too short":         {[]byte("x"), 9, "", errRTFData},
	} {
		got, err := unpackRTF(c.packed, c.most)
		if string(got) != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %q, %v, want %q, %v", name, got, err, c.want, c.err)
		}
	}
}

func TestUnpackRTF_stopsAtTheLimit(t *testing.T) {
	t.Parallel()
	bomb := outlooktest.PackedRTF(1<<30, append([]byte{0xfe, 'x'}, []byte(strings.Repeat("\x0c\xff", 1<<16))...))
	got, err := unpackRTF(bomb, 1000)
	if len(got) != 1000 || !errors.Is(err, errRTFSize) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
