package email

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/schema"
)

// corpusMails returns the mails of the corpus by name; it skips the test where
// the corpus is absent.
func corpusMails(tb testing.TB) map[string][]byte {
	tb.Helper()
	mails := corpusFiles(tb, "phishing_pot/*.eml", "spamassassin/*.txt", "mime-malformed/*.eml", "msg-sicos/*.eml", "misp-pymisp/*.eml")
	maps.Copy(mails, arcMails(tb, filepath.Join("..", "..", "..", "shared", "corpus", "arc", "arc-validation-part1.yml")))
	if len(mails) == 0 {
		tb.Skip("the corpus is not at ../shared/corpus beside the repository")
	}
	return mails
}

// outlookMails returns the files of Outlook of the corpus by name; it skips the
// test where the corpus is absent.
func outlookMails(tb testing.TB) map[string][]byte {
	tb.Helper()
	mails := corpusFiles(tb, "msg-hiraoka/*.msg", "msg-sicos/*.msg", "misp-pymisp/*.msg", "tnef/*.tnef")
	if len(mails) == 0 {
		tb.Skip("the corpus is not at ../shared/corpus beside the repository")
	}
	return mails
}

// corpusFiles returns files of the corpus by folder and name.
func corpusFiles(tb testing.TB, patterns ...string) map[string][]byte {
	tb.Helper()
	mails := map[string][]byte{}
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "corpus", filepath.FromSlash(pattern)))
		if err != nil {
			tb.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				tb.Fatal(err)
			}
			mails[filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name)] = data
		}
	}
	return mails
}

// arcMails cuts the block scalars named message out of the ARC test suite.
func arcMails(tb testing.TB, name string) map[string][]byte {
	tb.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	mails := map[string][]byte{}
	for i, block := range strings.Split(string(data), "    message:     |\n")[1:] {
		var b strings.Builder
		for line := range strings.SplitSeq(block, "\n") {
			text, inside := strings.CutPrefix(line, "      ")
			if !inside && strings.TrimSpace(line) != "" {
				break
			}
			b.WriteString(text + "\r\n")
		}
		if strings.TrimSpace(b.String()) != "" {
			mails["arc/"+strings.Repeat("x", i/100)+string(rune('0'+i/10%10))+string(rune('0'+i%10))] = []byte(b.String())
		}
	}
	return mails
}

// FIL-05: every real mail gives a message whose output has its type and size.
func TestParse_readsTheCorpus(t *testing.T) {
	t.Parallel()
	mails := corpusMails(t)
	count, warned := map[string]int{}, map[string]int{}
	for name, data := range mails {
		m, err := Parse(bytes.NewReader(data), Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkOutput(t, name, m.Output())
		tally(count, m)
		for _, w := range m.Warnings {
			warned[w.Code]++
			t.Logf("%s: %s: %s", name, w.Code, w.Text)
		}
	}
	for _, must := range []string{"from", "message_id", "hops", "links", "attachments", "authentication", "spf", "attached"} {
		if count[must] == 0 {
			t.Errorf("no mail of %d has %s: %v", len(mails), must, count)
		}
	}
	if count["from"]*10 < len(mails)*9 {
		t.Errorf("only %d of %d mails have a sender", count["from"], len(mails))
	}
	t.Logf("%d mails have: %v", len(mails), count)
	t.Logf("warnings: %v", warned)
}

// FIL-05: the reader that the server uses, with its helper processes, reads every
// real mail in any form, and what it gives has its type and size.
func TestOutside_readsTheCorpus(t *testing.T) {
	t.Parallel()
	mails := corpusMails(t)
	maps.Copy(mails, outlookMails(t))
	r, count := outsideReader(t), map[string]int{}
	for name, data := range mails {
		out, err := r.Read(t.Context(), data, map[string]any{"own_domains": []any{"corp.example"}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkOutput(t, name, out)
		folder, _, _ := strings.Cut(name, "/")
		count[folder]++
	}
	t.Logf("%d mails were read: %v", len(mails), count)
}

// tally counts what a mail has.
func tally(count map[string]int, m *Message) {
	has := func(name string, ok bool) {
		if ok {
			count[name]++
		}
	}
	sum := m.AuthSummary()
	has("from", len(m.From) > 0 && m.From[0].Address != "")
	has("message_id", m.MessageID != "")
	has("date", !m.Date.IsZero())
	has("hops", len(m.Hops) > 0)
	has("hop_ip", len(m.Hops) > 0 && m.Hops[0].IP.IsValid())
	has("hop_time", len(m.Hops) > 0 && !m.Hops[0].Time.IsZero())
	has("links", len(m.Links) > 0)
	has("attachments", len(m.Attachments) > 0)
	has("attached", len(m.Attached) > 0)
	has("authentication", len(m.Authentication) > 0)
	has("spf", sum.SPF != unknownResult)
	has("dkim", sum.DKIM != unknownResult)
	has("dmarc", sum.DMARC != unknownResult)
	has("text", m.Text != "")
	has("html", m.HTML != "")
	for _, s := range m.Signals() {
		count["signal "+s.Code]++
	}
}

// checkOutput checks that an output has the declared type and fits into a step's result.
func checkOutput(tb testing.TB, name string, out map[string]any) {
	tb.Helper()
	for _, problem := range mismatches(out, OutputType(), "output") {
		tb.Errorf("%s: %s", name, problem)
	}
	if _, found := schema.Check(out, OutputType()); len(schema.Wrong(found)) > 0 {
		tb.Errorf("%s: %s", name, schema.Wrong(found)[0])
	}
	data, err := json.Marshal(out)
	if err != nil {
		tb.Errorf("%s: %v", name, err)
	}
	if len(data) > 1<<20 {
		tb.Errorf("%s: the output has %d bytes, more than 1 MiB", name, len(data))
	}
}

// BenchmarkParse measures mails of the corpus.
func BenchmarkParse(b *testing.B) {
	mails := corpusMails(b)
	all, size := make([][]byte, 0, len(mails)), 0
	for _, data := range mails {
		all, size = append(all, data), size+len(data)
	}
	b.SetBytes(int64(size / len(all)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m, err := Parse(bytes.NewReader(all[i%len(all)]), Limits{})
		if err != nil {
			b.Fatal(err)
		}
		m.Output()
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}
