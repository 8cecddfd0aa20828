package rest

import (
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/schema"
)

func TestLiteral_isOneLiteralOfItsLanguage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		lang language
		in   any
		want string // empty: refused
	}{
		{kql, `a"b\c` + "\n", `"a\"b\\c\u000a"`},
		{kql, []any{"a", `"`}, `("a", "\"")`},
		{kql, []any{}, ""},
		{kql, int64(5), "5"},
		{odata, "O'Neil", "'O''Neil'"},
		{odata, "a\nb", ""},
		{odata, true, "true"},
		{spl, `x" | delete`, `"x\" | delete"`},
		{spl, "a*", ""},
		{spl, "`macro`", ""},
		{lucene, `a" OR *:*`, `"a\" OR *:*"`},
		{lucene, []any{"a", "b"}, `("a" OR "b")`},
		{ldap, `*)(uid=*`, `\2a\29\28uid=\2a`},
		{ldap, "ü\x00", `\c3\bc\00`},
		{ldap, []any{"a"}, ""},
		{jql, `a" OR project = b`, `"a\" OR project = b"`},
		{gmail, "<CAF+1_2@mail.example>", "<CAF+1_2@mail.example>"},
		{gmail, "a OR from:b", `"a OR from:b"`},
		{gmail, "-in:inbox", `"-in:inbox"`},
		{gmail, `a" OR "b`, ""},
		{gmail, "(a)", `"(a)"`},
		{gmail, []any{"a@b.example", "c d"}, `{a@b.example "c d"}`},
		{prose, `any "thing"`, `any "thing"`},
		{prose, []any{"a", int64(1)}, "a, 1"},
		{kql, map[string]any{}, ""},
	} {
		got, err := tc.lang.literal(tc.in, schema.String)
		if (err != nil) != (tc.want == "") || got != tc.want {
			t.Errorf("%s: %#v is %s, %v; want %s", tc.lang, tc.in, got, err, tc.want)
		}
	}
	for lang, want := range map[language]string{kql: "datetime(2026-01-31T12:00:00Z)", odata: "2026-01-31T12:00:00Z", spl: `"2026-01-31T12:00:00Z"`} {
		if got, err := lang.literal("2026-01-31T12:00:00Z", schema.Timestamp); got != want || err != nil {
			t.Errorf("%s: time is %s, %v; want %s", lang, got, err, want)
		}
	}
	if _, err := odata.literal("x' or 1 eq 1", schema.Timestamp); err == nil {
		t.Error("a text that is no time was taken for one")
	}
}

// FuzzLiteral holds that a literal ends where its value ends: read back by the
// rules of its language, all of it is one literal.
func FuzzLiteral(f *testing.F) {
	for _, s := range []string{`a`, `'`, `"`, `\`, `\"`, `''`, "*)(", "a\nb", "ü", `\u0022`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range []language{kql, odata, spl, lucene, jql} {
			got, err := lang.literal(s, schema.String)
			if err != nil {
				continue
			}
			quote := got[:1]
			inner, ok := strings.CutSuffix(got[1:], quote)
			if !ok {
				t.Fatalf("%s: %q has no end", lang, got)
			}
			if lang == odata {
				inner = strings.ReplaceAll(inner, "''", "")
			} else {
				inner = unescaped(inner)
			}
			if strings.Contains(inner, quote) || strings.HasSuffix(inner, `\`) && lang != odata {
				t.Errorf("%s: %q ends before its end", lang, got)
			}
		}
		got, err := ldap.literal(s, schema.String)
		if err != nil || strings.ContainsAny(got, "*()\x00\n") {
			t.Errorf("ldap: %q is %q, %v", s, got, err)
		}
	})
}

// unescaped drops every backslash with the character after it.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
