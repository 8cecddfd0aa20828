package outlook

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// corpus returns the files of the corpus by folder and name; it skips the test
// where the corpus is absent.
func corpus(tb testing.TB) map[string][]byte {
	tb.Helper()
	files := map[string][]byte{}
	for _, pattern := range []string{"msg-hiraoka/*.msg", "msg-sicos/*.msg", "misp-pymisp/*.msg", "tnef/*.tnef"} {
		names, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "corpus", filepath.FromSlash(pattern)))
		if err != nil {
			tb.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				tb.Fatal(err)
			}
			short := strings.TrimPrefix(strings.TrimPrefix(filepath.Base(name), "test__"), "tests__email_testfiles__")
			files[filepath.Base(filepath.Dir(name))+"/"+short] = data
		}
	}
	if len(files) == 0 {
		tb.Skip("the corpus is not at ../shared/corpus beside the repository")
	}
	return files
}

// readAny reads either form.
func readAny(data []byte) (Item, error) {
	if IsTNEF(data) {
		return ReadTNEF(data, Limits{})
	}
	return ReadMessage(data, Limits{})
}

// facts is what is known of a file. Attachments are a name with the start of
// the content's hash and the content id.
type facts struct {
	Class       string   `json:"class"`
	Subject     string   `json:"subject,omitempty"`
	Date        string   `json:"date,omitempty"`
	ID          string   `json:"id,omitempty"`
	From        string   `json:"from,omitempty"`
	To          string   `json:"to,omitempty"`
	Cc          string   `json:"cc,omitempty"`
	Attachments []string `json:"attachments,omitempty"`
	// Text, HTML and Header must be in the bodies and in the header text.
	Text   string  `json:"text,omitempty"`
	HTML   string  `json:"html,omitempty"`
	Header string  `json:"header,omitempty"`
	Inner  []facts `json:"inner,omitempty"`
}

// describe returns the facts of an item; of texts it keeps what is wanted, if that is there.
func describe(it Item, want facts) facts {
	keep := func(text, part string) string {
		if strings.Contains(text, part) {
			return part
		}
		return text
	}
	got := facts{
		Class: it.Class, Subject: it.Subject, ID: it.MessageID, From: addressList([]Address{it.From}), To: addressList(it.To), Cc: addressList(it.Cc),
		Text: keep(it.Text, want.Text), HTML: keep(html.UnescapeString(it.HTML), want.HTML), Header: keep(it.HeaderText, want.Header),
	}
	if !it.Date.IsZero() {
		got.Date = it.Date.Format("2006-01-02T15:04:05")
	}
	for _, a := range it.Attachments {
		text := a.Name
		if a.Item == nil {
			sum := sha256.Sum256(a.Content)
			text += " " + hex.EncodeToString(sum[:4])
		} else {
			inner := facts{}
			if len(want.Inner) > len(got.Inner) {
				inner = want.Inner[len(got.Inner)]
			}
			got.Inner = append(got.Inner, describe(*a.Item, inner))
		}
		if a.ContentID != "" {
			text += " <" + a.ContentID + ">"
		}
		got.Attachments = append(got.Attachments, text)
	}
	return got
}

// knownFacts returns what is known of the files of the corpus.
func knownFacts(tb testing.TB) map[string]facts {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "corpus.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var known map[string]facts
	if err := json.Unmarshal(data, &known); err != nil {
		tb.Fatal(err)
	}
	return known
}

// FIL-05: subject, people, bodies and attachments of real files are right.
func TestRead_readsTheCorpus(t *testing.T) {
	t.Parallel()
	files, known := corpus(t), knownFacts(t)
	for name, want := range known {
		data, ok := files[name]
		if !ok {
			t.Errorf("%s is not in the corpus", name)
			continue
		}
		it, err := readAny(data)
		if diff := cmp.Diff(want, describe(it, want)); err != nil || diff != "" {
			t.Errorf("%s: %v; -want +got:\n%s", name, err, diff)
		}
		if len(it.Warnings) > 0 {
			t.Errorf("%s: %v", name, it.Warnings)
		}
	}
	for name := range files {
		if _, ok := known[name]; !ok {
			t.Errorf("nothing is known of %s", name)
		}
	}
}

// Another reader finds the same streams in real containers.
func TestContainer_readsTheCorpusAsAnotherReaderDoes(t *testing.T) {
	t.Parallel()
	for name, data := range corpus(t) {
		if !IsTNEF(data) {
			checkContainer(t, name, data)
		}
	}
}

// RTF that was made from HTML gives what the mail says in HTML as well.
func TestReadRTF_agreesWithTheHTMLOfTheCorpus(t *testing.T) {
	t.Parallel()
	compared := 0
	for name, data := range corpus(t) {
		it, err := readAny(data)
		if err != nil {
			t.Fatal(err)
		}
		if len(it.RTF) == 0 {
			continue
		}
		got := readRTF(it.RTF, 1<<20)
		if strings.Contains(string(it.RTF), `\fromhtml1`) != (got.html != "") {
			t.Errorf("%s: HTML of %d bytes from RTF", name, len(got.html))
		}
		if got.html == "" || it.Text == "" {
			continue
		}
		compared++
		if missing := missingWords(it.Text, got.html); len(missing) > 0 {
			t.Errorf("%s: the HTML from RTF lacks words of the text: %q", name, missing)
		}
	}
	if compared < 8 {
		t.Errorf("only %d files were compared", compared)
	}
}

// missingWords returns words of letters and digits in a text that HTML lacks.
func missingWords(text, markup string) []string {
	markup += html.UnescapeString(regexp.MustCompile("<[^>]*>").ReplaceAllString(markup, ""))
	var out []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune("<>.,;:!?\"'&()/_–—‘’“”", r) || r == 0xa0
	}) {
		if !strings.Contains(markup, word) && !strings.HasSuffix(word, "]") && word[0] != '[' {
			out = append(out, word)
		}
	}
	return out
}
