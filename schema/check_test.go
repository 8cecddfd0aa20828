package schema_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/schema"
)

func TestCheck_spellsScalarsOneWay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind schema.Kind
		in   any
		want any // nil: refused
	}{
		{schema.IP, "2001:DB8:0:0::1", "2001:db8::1"},
		{schema.IP, "::ffff:192.0.2.1", "192.0.2.1"},
		{schema.IP, "192.0.2.01", nil},
		{schema.IP, "fe80::1%eth0", nil},
		{schema.IP, "192.0.2.1/../admin", nil},
		{schema.CIDR, "192.0.2.77/24", "192.0.2.0/24"},
		{schema.CIDR, "192.0.2.77", "192.0.2.77/32"},
		{schema.CIDR, "192.0.2.0/33", nil},
		{schema.URL, "hxxp://evil.example/%zz", "hxxp://evil.example/%zz"},
		{schema.URL, "https://exa mple.com/", nil},
		{schema.URL, "//example.com/", nil},
		{schema.URL, "https:///x", nil},
		{schema.URL, "https://a.example/\r\nX: y", nil},
		{schema.Domain, "ExAmple.COM.", "example.com"},
		{schema.Domain, "bücher.example", "bücher.example"},
		{schema.Domain, "192.0.2.1", nil},
		{schema.Domain, "localhost", nil},
		{schema.Domain, "-a.example", nil},
		{schema.Domain, "a..example", nil},
		{schema.Domain, "a/b.example", nil},
		{schema.Email, "A.b@EXAMPLE.com", "A.b@example.com"},
		{schema.Email, `"a b"@example.com`, `"a b"@example.com`},
		{schema.Email, "x@[192.0.2.1]", "x@[192.0.2.1]"},
		{schema.Email, "Ann <a@example.com>", nil},
		{schema.Email, "a@b@example.com", nil},
		{schema.Email, "a\n@example.com", nil},
		{schema.Hash, strings.Repeat("AB", 32), strings.Repeat("ab", 32)},
		{schema.Hash, strings.Repeat("ab", 31), nil},
		{schema.Hash, strings.Repeat("zz", 32), nil},
		{schema.Host, "WS-01", "WS-01"},
		{schema.Host, "", nil},
		{schema.User, "a\x00b", nil},
		{schema.Timestamp, "2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"},
		{schema.Timestamp, "2026-01-31", nil},
		{schema.Duration, "1h30m", "1h30m"},
		{schema.Duration, "30", nil},
		{schema.Verdict, "malicious", "malicious"},
		{schema.Verdict, "bad", nil},
		{schema.EvidenceID, "evidence_x", nil},
		{schema.Integer, 3.0, int64(3)},
		{schema.Integer, json.Number("1e3"), int64(1000)},
		{schema.Integer, 3.5, nil},
		{schema.Integer, "3", nil},
		{schema.Number, int64(3), 3.0},
		{schema.Number, math.NaN(), nil},
		{schema.Boolean, "true", nil},
		{schema.String, "a\xffb", nil},
		{schema.Timestamp, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "2026-01-02T03:04:05Z"},
	} {
		got, wrong := schema.Check(tc.in, schema.TypeOf(tc.kind))
		if (len(wrong) > 0) != (tc.want == nil) || tc.want != nil && got != tc.want {
			t.Errorf("Check(%#v, %s) = %#v, %v; want %#v", tc.in, tc.kind, got, wrong, tc.want)
		}
	}
}

func TestCheckFields_reportsEverythingWithItsPlace(t *testing.T) {
	t.Parallel()
	lo, hi := 1.0, 365.0
	fields := []schema.Field{
		{Name: "ip", Type: schema.TypeOf(schema.IP), Required: true},
		{Name: "age", Type: schema.TypeOf(schema.Integer), Min: &lo, Max: &hi},
		{Name: "note", Type: schema.TypeOf(schema.String)},
		{Name: "hits", Type: schema.ListOf(schema.ObjectOf(
			schema.Field{Name: "id", Type: schema.TypeOf(schema.String), Required: true},
			schema.Field{Name: "at", Type: schema.OptionalOf(schema.TypeOf(schema.Timestamp))},
		))},
	}
	in := map[string]any{
		"age": 400, "note": nil, "surprise": 1,
		"hits": []any{map[string]any{"id": "a"}, map[string]any{"at": "never", "more": true}},
	}
	out, found := schema.CheckFields(in, fields)
	var got []string
	for _, m := range found {
		got = append(got, m.String())
	}
	want := []string{
		"ip: is missing, want an IP address such as 192.0.2.1",
		"age: is 400, want at most 365",
		"hits[1].id: is missing, want text",
		`hits[1].at: is "never", want a time such as 2026-01-31T12:00:00Z`,
		"hits[1].more: is not a field that is known",
		"surprise: is not a field that is known",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mismatches (-want +got):\n%s", diff)
	}
	if n := len(schema.Wrong(found)); n != 4 {
		t.Errorf("Wrong kept %d mismatches, want the 4 that are no extra fields", n)
	}
	if _, ok := out["surprise"]; ok {
		t.Errorf("an unknown field was kept: %v", out)
	}
	if in["age"] != 400 {
		t.Errorf("the argument was changed: %v", in)
	}
}

func TestCheck_refusesBottomlessValues(t *testing.T) {
	t.Parallel()
	var v any = "x"
	for range 1000 {
		v = []any{v}
	}
	if _, wrong := schema.Check(v, schema.TypeOf(schema.Any)); len(wrong) == 0 {
		t.Error("a value nested 1000 deep was taken")
	}
	if _, wrong := schema.Check(func() {}, schema.TypeOf(schema.Any)); len(wrong) == 0 {
		t.Error("a function was taken as data")
	}
}

func TestDefaults_fillsWhatIsAbsentAndNothingElse(t *testing.T) {
	t.Parallel()
	fields := []schema.Field{
		{Name: "a", Type: schema.TypeOf(schema.Integer), Default: int64(1)},
		{Name: "b", Type: schema.TypeOf(schema.Integer), Default: int64(2)},
		{Name: "o", Type: schema.ObjectOf(schema.Field{Name: "x", Type: schema.TypeOf(schema.Boolean), Default: true})},
	}
	in := map[string]any{"b": int64(5), "o": map[string]any{}}
	want := map[string]any{"a": int64(1), "b": int64(5), "o": map[string]any{"x": true}}
	if diff := cmp.Diff(want, schema.Defaults(fields, in)); diff != "" {
		t.Errorf("Defaults (-want +got):\n%s", diff)
	}
	if len(in) != 2 || len(in["o"].(map[string]any)) != 0 {
		t.Errorf("the argument was changed: %v", in)
	}
}

func TestParseDuration_readsSums(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "1h30m": 90 * time.Minute, "30d": 720 * time.Hour, "1w": 168 * time.Hour, "250ms": 250 * time.Millisecond,
	} {
		if got, err := schema.ParseDuration(in); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "5", "m", "5x", "-5s", "1..s", "9999999999w", "5 s"} {
		if got, err := schema.ParseDuration(in); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", in, got)
		}
	}
}

// FuzzCheck holds that whatever Check takes, it takes again unchanged, so that
// a journaled value means the same when it is read back.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{`"192.0.2.1"`, `"a@B.example"`, `"http://a/"`, `{"id":"x","at":null}`, `[1,2.5,"3"]`, `1e3`, `"1h"`, `"BÜCHER.example."`, `"ǅ.example"`} {
		f.Add(s)
	}
	types := []schema.Type{schema.ListOf(schema.TypeOf(schema.Any)), schema.ObjectOf(
		schema.Field{Name: "id", Type: schema.TypeOf(schema.Host), Required: true},
		schema.Field{Name: "at", Type: schema.OptionalOf(schema.TypeOf(schema.Timestamp))})}
	for _, k := range schema.Kinds() {
		types = append(types, schema.TypeOf(k))
	}
	f.Fuzz(func(t *testing.T, text string) {
		var v any
		if json.Unmarshal([]byte(text), &v) != nil {
			v = text
		}
		for _, typ := range types {
			once, wrong := schema.Check(v, typ)
			if len(schema.Wrong(wrong)) > 0 {
				continue
			}
			twice, wrong := schema.Check(once, typ)
			if diff := cmp.Diff(once, twice); diff != "" || len(wrong) > 0 {
				t.Errorf("%s: %#v is not stable: %v\n%s", typ, v, wrong, diff)
			}
		}
	})
}

func BenchmarkCheckFields(b *testing.B) {
	verb, _ := schema.VerbNamed("mail.search")
	messages := make([]any, 50)
	for i := range messages {
		messages[i] = map[string]any{"mailbox": "a@example.com", "id": "AAMk", "received": "2026-01-31T12:00:00Z", "read": true}
	}
	in := map[string]any{"messages": messages}
	b.ReportAllocs()
	for b.Loop() {
		if _, wrong := schema.CheckFields(in, verb.Output.Fields); len(wrong) > 0 {
			b.Fatal(wrong)
		}
	}
}
