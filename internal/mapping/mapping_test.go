package mapping_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/mapping"
)

// head begins a mapping for tests.
const head = `harrier: 1
mapping: acme
title: Acme
`

func load(tb testing.TB, source string) *mapping.Set {
	tb.Helper()
	set, problems := mapping.Load(fstest.MapFS{"acme/acme.mapping.yaml": {Data: []byte(source)}})
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return set
}

func event(body string) harrier.RawEvent {
	return harrier.RawEvent{Body: []byte(body), Received: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)}
}

// mapped maps an event that must be understood.
func mapped(tb testing.TB, source, body string) []harrier.Finding {
	tb.Helper()
	got, err := load(tb, source).Map(tb.Context(), harrier.Source{Mapping: "acme"}, event(body))
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

const simple = head + `for: {name: "*"}
finding: {id: id, title: name, severity: level, time: at}
data: {source.ip: [ip, peer.address], user.name: user, host.name: "machines[].name"}
known: [note]
`

func TestMap_readsJSONInEveryDress(t *testing.T) {
	t.Parallel()
	one := `{"id":"1","name":"Schlüssel","level":"high"}`
	utf16 := func(order int) string {
		var b strings.Builder
		for _, r := range one {
			pair := []byte{byte(r), byte(r >> 8)}
			b.WriteByte(pair[order])
			b.WriteByte(pair[1-order])
		}
		return b.String()
	}
	for name, body := range map[string]string{
		"with a byte order mark":      "\xef\xbb\xbf" + one,
		"with line breaks around it":  "\r\n\n" + one + "\n\n",
		"in a list":                   "[" + one + "]",
		"in UTF-16 with a mark":       "\xff\xfe" + utf16(0),
		"in UTF-16 without a mark":    utf16(0),
		"in UTF-16, the other way":    "\xfe\xff" + utf16(1),
		"in Windows-1252":             strings.ReplaceAll(one, "ü", "\xfc"),
		"behind the header of a line": "<13>Jan 15 12:00:00 relay acme: " + one,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := mapped(t, simple, body)
			if len(got) != 1 || got[0].Title != "Schlüssel" || got[0].ExternalID != "1" {
				t.Errorf("got %+v of %q", got, body)
			}
		})
	}
}

func TestMap_findsEveryAlertOfAnEvent(t *testing.T) {
	t.Parallel()
	a, b := `{"id":1,"name":"a","level":"low"}`, `{"id":2,"name":"b","level":"low"}`
	for name, body := range map[string]string{"lines": a + "\n" + b + "\n", "a list": "[" + a + "," + b + "]", "one behind the other": a + b, "printed over lines": strings.ReplaceAll(a, ",", ",\n ") + "\n" + b} {
		if got := mapped(t, simple, body); len(got) != 2 || got[0].ExternalID != "1" || got[1].Title != "b" {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestMap_keepsEveryDigitOfAnID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"9007199254740993", "9223372036854775807", "18446744073709551615", "123456789012345678901234567890"} {
		if got := mapped(t, simple, fmt.Sprintf(`{"id":%s,"name":"x","level":"low"}`, id)); got[0].ExternalID != id {
			t.Errorf("id %s became %s", id, got[0].ExternalID)
		}
	}
}

func TestMap_makesTheSameIDOfTheSameContent(t *testing.T) {
	t.Parallel()
	first := mapped(t, simple, `{"name":"x","level":"low","n":1}`)[0].ExternalID
	again := mapped(t, simple, `{"n":1, "level":"low", "name":"x"}`)[0].ExternalID
	other := mapped(t, simple, `{"n":2, "level":"low", "name":"x"}`)[0].ExternalID
	if first == "" || first != again || first == other {
		t.Errorf("ids %q, %q, %q: the first two are of the same content, the third is not", first, again, other)
	}
}

func TestMap_tellsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	got := mapped(t, simple, `{"name":"x","level":"low","note":{"a":1},"peer":{"address":"192.0.2.1","port":5},"tags":[{"k":"v"},{"k":"w"}],"empty":"","machines":[{"name":"m","os":"linux"}]}`)
	if diff := cmp.Diff([]string{"machines.os", "peer.port", "tags.k"}, got[0].Unmapped); diff != "" {
		t.Error(diff)
	}
}

func TestMap_saysWhyAnEventIsRefused(t *testing.T) {
	t.Parallel()
	set := load(t, simple)
	for name, c := range map[string]struct{ body, want string }{
		"empty":         {" \n", "the event is empty"},
		"cut off":       {`{"name":"x","lev`, "was cut on the way"},
		"not escaped":   {"{\"name\":\"a \"b\" c\"}", "line 1, character 13"},
		"too deep":      {strings.Repeat("[", 100) + strings.Repeat("]", 100), "nests deeper than 64"},
		"another thing": {`{"hello":"world"}`, "its fields are hello; expected name"},
		"a number":      {`[1]`, "it is no object but 1"},
		"nothing":       {`[]`, "empty list"},
		"a line":        {"connection closed by peer", "it is a text that begins \"connection closed by peer\""},
		"one of two":    {`{"name":"x"}{"hello":1}`, "number 2 of the 2 things"},
	} {
		_, err := set.Map(t.Context(), harrier.Source{Mapping: "acme"}, event(c.body))
		if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an invalid event with %q", name, err, c.want)
		}
	}
	if _, err := set.Map(t.Context(), harrier.Source{Mapping: "acmee"}, event(`{}`)); harrier.KindOf(err) != harrier.NotFound || !strings.Contains(err.Error(), "did you mean acme?") {
		t.Errorf("got %v for a mapping that does not exist", err)
	}
}

func TestLoad_reportsEveryMistakeWithItsPlace(t *testing.T) {
	t.Parallel()
	source := `harrier: 1
mapping: Acme
title: Acme
form: {x: "*"}
for: {"a..b": "*"}
finding:
  title: "${{ event.a + }}"
  severity: {from: level, table: {1: hihg}}
  time: "a b"
entities:
  - {type: hots, name: host}
data: {host..name: x}
`
	_, problems := mapping.Load(fstest.MapFS{"acme.mapping.yaml": {Data: []byte(source)}})
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%d:%d %s", p.Pos.Line, p.Pos.Column, p.Code))
		if p.Fix == "" {
			t.Errorf("no fix for %v", p)
		}
	}
	want := []string{"2:10 bad-name", "4:1 unknown-key", "5:7 bad-path", "7:24 bad-expression", "8:13 unknown-word", "9:9 bad-path", "11:12 unknown-word", "12:8 bad-field"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%v", diff, problems)
	}
	if err := problems.Err(); !errors.As(err, new(document.Problems)) {
		t.Errorf("got %v", err)
	}
}

func TestLoad_letsALaterTreeReplaceAMapping(t *testing.T) {
	t.Parallel()
	own := strings.Replace(simple, "title: Acme", "title: Ours", 1)
	set, problems := mapping.Load(fstest.MapFS{"a/a.mapping.yaml": {Data: []byte(simple)}}, fstest.MapFS{"mine.mapping.yaml": {Data: []byte(own)}})
	if m, ok := set.Get("acme"); len(problems) > 0 || !ok || m.Title != "Ours" {
		t.Errorf("got %+v, %v", m, problems)
	}
}

func TestEntityOf_hasOneSpelling(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind         harrier.EntityType
		name, domain string
		want         string
	}{
		{"host", "WS-01", "", "host ws-01"},
		{"host", "WS-01.Corp.Example.", "", "host ws-01.corp.example"},
		{"host", "10.0.0.1", "", "address 10.0.0.1"},
		{"host", "localhost", "", ""},
		{"user", `CORP\J.Doe`, "", "user j.doe@corp"},
		{"user", "J.Doe@Corp.Example", "ignored", "user j.doe@corp.example"},
		{"user", "jdoe", "CORP", "user jdoe@corp"},
		{"user", "WS-01$", "CORP", "host ws-01"},
		{"user", `NT AUTHORITY\SYSTEM`, "", ""},
		{"user", "-", "", ""},
		{"address", "::ffff:10.0.0.1", "", "address 10.0.0.1"},
		{"address", "2001:DB8:0::1", "", "address 2001:db8::1"},
		{"address", "10.0.0.1:443", "", "address 10.0.0.1"},
		{"address", "127.0.0.1", "", ""},
		{"mailbox", "J. Doe <J.Doe@Corp.Example>", "", "mailbox j.doe@corp.example"},
		{"resource", "i-0AB", "", "resource i-0ab"},
	} {
		got := ""
		if e, ok := mapping.EntityOf(c.kind, c.name, c.domain); ok {
			got = string(e.Type) + " " + e.Key
		}
		if got != c.want {
			t.Errorf("%s %q of %q: got %q, want %q", c.kind, c.name, c.domain, got, c.want)
		}
	}
}

func TestMap_readsTimesAsSourcesWriteThem(t *testing.T) {
	t.Parallel()
	set := load(t, simple)
	for written, want := range map[string]string{
		`"2026-01-15T10:00:00.123+0000"`:    "2026-01-15T10:00:00.123Z",
		`"2026-01-15T10:00:00,5+02:00"`:     "2026-01-15T08:00:00.5Z",
		`"2026-01-15 10:00:00"`:             "2026-01-15T09:00:00Z",
		`"Jan 15 10:00:00"`:                 "2026-01-15T09:00:00Z",
		`"Dec 31 23:30:00"`:                 "2025-12-31T22:30:00Z",
		`"15 Jan 2026 10:00:00"`:            "2026-01-15T09:00:00Z",
		`"Thu, 15 Jan 2026 10:00:00 +0100"`: "2026-01-15T09:00:00Z",
		`1768471200`:                        "2026-01-15T10:00:00Z",
		`"1768471200.5"`:                    "2026-01-15T10:00:00.5Z",
		`1768471200000`:                     "2026-01-15T10:00:00Z",
		`1768471200000000`:                  "2026-01-15T10:00:00Z",
		`1768471200000000000`:               "2026-01-15T10:00:00Z",
		`"0001-01-01T00:00:00Z"`:            "0001-01-01T00:00:00Z",
		`"soon"`:                            "0001-01-01T00:00:00Z",
	} {
		got, err := set.Map(t.Context(), harrier.Source{Mapping: "acme", TimeZone: "Europe/Berlin"}, event(`{"name":"x","at":`+written+`}`))
		if err != nil || got[0].Time.Format(time.RFC3339Nano) != want {
			t.Errorf("%s: got %v, %v, want %s", written, got[0].Time.Format(time.RFC3339Nano), err, want)
		}
	}
}

func FuzzMap(f *testing.F) {
	for _, seed := range []string{`{"name":"x","level":3}`, `[{"name":{"a":[1,2,{"b":null}]}}]`, "Jan 1 00:00:00 h a: {\"name\":1}", "\xff\xfe{\x00}\x00", `{"machines":[{"name":["a"]},7],"name":"\ud800"}`, `{"peer.address":"::1%eth0","name":"n"}`} {
		f.Add(seed)
	}
	set := load(f, simple)
	f.Fuzz(func(t *testing.T, body string) {
		got, err := set.Map(t.Context(), harrier.Source{Mapping: "acme"}, event(body))
		if err != nil && harrier.KindOf(err) != harrier.Invalid {
			t.Fatalf("got %v, which is no quarantine", err)
		}
		for _, one := range got {
			if one.ExternalID == "" || one.Title == "" || one.Severity == "" {
				t.Fatalf("half a finding: %+v", one)
			}
		}
	})
}
