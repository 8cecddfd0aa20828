package artefact

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpusFiles returns the files that the mails of the corpus carry in base64,
// by the names of mail and file; it skips the test where the corpus is absent.
func corpusFiles(tb testing.TB) map[string][]byte {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "corpus", "*", "*.eml"))
	if err != nil {
		tb.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			continue // broken mails are the mail reader's business
		}
		collect(files, filepath.Base(name), m.Header.Get("Content-Type"), m.Body)
	}
	if len(files) == 0 {
		tb.Skip("the corpus is not at ../shared/corpus beside the repository")
	}
	return files
}

// collect adds the parts in base64 of a multipart.
func collect(files map[string][]byte, name, contentType string, body io.Reader) {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return
	}
	parts := multipart.NewReader(body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "multipart/") {
			collect(files, name, part.Header.Get("Content-Type"), part)
			continue
		}
		if !strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "base64") {
			continue
		}
		if data, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part)); err == nil && len(data) > 0 {
			files[name+"/"+part.FileName()] = data
		}
	}
}

// FORMATS §5: the QR codes that stand in images inside of PDFs of real mails.
func TestInspect_readsQRCodesInPDFsOfTheCorpus(t *testing.T) {
	t.Parallel()
	files := corpusFiles(t)
	for mail, want := range map[string]string{
		"QR-in-pdf_sample-1977.eml": "00020126890014BR.GOV.BCB.PIX",
		"QR-in-pdf_sample-3551.eml": "https://www.youtube.com/",
	} {
		found := false
		for name, data := range files {
			if !strings.HasPrefix(name, mail) {
				continue
			}
			r := Inspect(name, data, Options{Pages: -1})
			found = found || slices.ContainsFunc(r.Codes, func(c Code) bool {
				return strings.HasPrefix(c.Payload, want) && c.Where == "qr page 1"
			})
		}
		if !found {
			t.Errorf("%s: no code that starts with %q on page 1", mail, want)
		}
	}
}

// Every file of the corpus gives a report within its limits.
func TestInspect_readsTheCorpus(t *testing.T) {
	t.Parallel()
	for name, data := range corpusFiles(t) {
		r := Inspect(name, data, Options{})
		checkReport(t, name, &r)
		t.Logf("%s: %s %s, %d signs, %d links, %d codes, %d inside, warnings %v", name, r.Kind, r.Type, len(r.Signs), len(r.Links), len(r.Codes), len(r.Children), r.Warnings)
	}
}
