package lab

import (
	"strings"
	"testing"
	"time"
)

func TestParseFilter_isNotFooledByQuotes(t *testing.T) {
	t.Parallel()
	m := message{Subject: "x' or subject ne '", MessageID: "<a@b>", Received: time.Unix(0, 0)}
	match, problem := parseFilter("subject eq 'x'' or subject ne '''", message{})
	if problem.code != "" {
		t.Fatal(problem)
	}
	if !match(m) || match(message{Subject: "y"}) {
		t.Error("a quoted quote ended the text")
	}
}

func TestParseFilter_endsDeepNesting(t *testing.T) {
	t.Parallel()
	if _, problem := parseFilter(strings.Repeat("(", 2000)+"isRead eq true"+strings.Repeat(")", 2000), message{}); problem.code == "" {
		t.Error("2000 brackets were accepted")
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, seed := range []string{
		"internetMessageId eq '<a@b>'", "not (isRead eq true) and contains(subject,'a''b')", "startswith(subject,'",
		"receivedDateTime ge 2026-01-01T00:00:00Z or hasAttachments ne false", "((((", "and", "''", "eq 'x'", "not not not",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		match, problem := parseFilter(text, message{})
		if (match == nil) != (problem.code != "") {
			t.Fatalf("%q: either a test or a refusal, got %v", text, problem)
		}
		if match != nil {
			match(message{Subject: "a"})
		}
	})
}

func FuzzParseSearch(f *testing.F) {
	for _, seed := range []string{`"subject:x"`, `"a b"`, `"from:\"a b\" AND c"`, `"`, `""`, `"x:`, `"http://x"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		match, problem := parseSearch(text)
		if (match == nil) != (problem.code != "") {
			t.Fatalf("%q: either a test or a refusal, got %v", text, problem)
		}
		if match != nil {
			match(message{Subject: "a"})
		}
	})
}

func FuzzDecodeRecords(f *testing.F) {
	f.Add([]byte(`{"at":"2026-11-02T09:00:00Z","ports":{"slack":1}}` + "\n"))
	f.Add([]byte(`{"reset":true,"cells":[{"t":"a","k":"b","v":1},{"t":"a","k":"b"}],"effects":[{"vendor":"v"}]}` + "\n"))
	f.Add([]byte("{}\n{\n"))
	f.Fuzz(func(_ *testing.T, source []byte) {
		records, err := decodeRecords(source)
		if err != nil {
			return
		}
		w := newWorld()
		for _, r := range records {
			w.apply(r)
		}
	})
}

func BenchmarkListMessages(b *testing.B) {
	l, err := Start(Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if err := l.Seed(Scenario{Ordinary: 50}); err != nil {
		b.Fatal(err)
	}
	match, _ := parseFilter("internetMessageId eq '<ordinary.0.7@corp.example>'", message{})
	for b.Loop() {
		n := 0
		l.world.view(func(e *edit) {
			for _, m := range list[message](e, mailTable("alice.archer@corp.example")) {
				if match(m) {
					n++
				}
			}
		})
		if n != 1 {
			b.Fatalf("found %d", n)
		}
	}
}
