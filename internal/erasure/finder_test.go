package erasure_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/erasure"
)

func finder(ids ...string) *erasure.Finder {
	return erasure.NewFinder(ids, func(string) string { return "[gone]" })
}

// PRV-03: whole identifiers are overwritten in every spelling; what is about
// somebody else with a like name stays.
func TestErase_overwritesWholeIdentifiersOnly(t *testing.T) {
	t.Parallel()
	f := finder("jane", "jane@corp.example", "zoë.müller")
	for text, want := range map[string]string{
		"Jane said":                           "[gone] said",
		`{"user":"CORP\\jane"}`:               `{"user":"CORP\\[gone]"}`,
		"from <JANE@corp.example>, jane":      "from <[gone]>, [gone]",
		"janet and jane.doe and mary-jane":    "janet and jane.doe and mary-jane",
		"jane@corp.example.org":               "jane@corp.example.org",
		"jane. Then":                          "[gone]. Then",
		"a?u=jane%40corp.example&x":           "a?u=[gone]&x",
		"ZOË.MÜLLER!":                         "[gone]!",
		`{"n":"zo\u00eb.m\u00fcller"}`:        `{"n":"[gone]"}`,
		`{"text":"hello\njane\tand\rjane"}`:   `{"text":"hello\n[gone]\tand\r[gone]"}`,
		`"C:\\njane"`:                         `"C:\\njane"`,
		"x_jane":                              "x_jane",
		"user=jane;mail=jane@corp.example;id": "user=[gone];mail=[gone];id",
	} {
		if got := string(f.Erase([]byte(text))); got != want {
			t.Errorf("%q became %q; want %q", text, got, want)
		}
		if f.In([]byte(text)) != (text != want) {
			t.Errorf("In(%q) is %t", text, text == want)
		}
	}
}

func TestInFile_findsWideText(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	for _, u := range utf16.Encode([]rune("To: jane@corp.example")) {
		file.Write([]byte{byte(u), byte(u >> 8)})
	}
	if !finder("jane@corp.example").InFile(file.Bytes()) || finder("mary").InFile(file.Bytes()) {
		t.Error("text of two bytes a character is not looked through")
	}
}

func TestIdentifiers_refusesWhatWouldBeFoundInWhatIsAboutOthers(t *testing.T) {
	t.Parallel()
	for _, bad := range [][]string{nil, {""}, {"user:joe"}, {"ja\nne"}, {"user:" + strings.Repeat("x", 321)}, {"\xff\xff\xff\xff\xff"}, make([]string, 21)} {
		if list, err := erasure.Identifiers(bad); harrier.KindOf(err) != harrier.Invalid || err == nil {
			t.Errorf("%q gives %q, %v", bad, list, err)
		}
	}
}

func FuzzErase(f *testing.F) {
	f.Add("jane", `{"a":"jane \njane"}`)
	f.Add("a.b@c", "A.B@C")
	f.Fuzz(func(t *testing.T, id, text string) {
		ids, err := erasure.Identifiers([]string{id})
		if err != nil {
			t.Skip()
		}
		fd := erasure.NewFinder([]string{erasure.Value(ids[0])}, func(string) string { return "erased-x" })
		out := fd.Erase([]byte(text))
		if !strings.Contains("erased-x", strings.ToLower(erasure.Value(ids[0]))) && fd.In(out) {
			t.Errorf("%q is still in %q, which was %q", id, out, text)
		}
		if json.Valid([]byte(text)) && !json.Valid(out) && !strings.ContainsAny(id, `"\/{}[]:,`) && strings.Trim(id, "0123456789.eE+-") != "" && !strings.Contains("true false null", id) {
			t.Errorf("%s became %s", text, out)
		}
	})
}
