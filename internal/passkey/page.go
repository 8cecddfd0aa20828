package passkey

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"

	"github.com/harrier-soar/harrier"
)

//go:embed page.html
var pageText string

//go:embed page.css
var styleText string

//go:embed page.js
var scriptText string

// policy lets the page's own style and script in and nothing else: no other
// script, no picture, no frame around it, and it speaks to its own server only.
func policy() string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; script-src " + hash(scriptText) + "; style-src " + hash(styleText) +
		"; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
}

// Page shows the page on which browsers log in by a passkey, and on which people
// keep theirs. It is the same for everybody.
func (s *Service) Page(w http.ResponseWriter, _ *http.Request) error {
	if _, err := s.here(); err != nil {
		return err
	}
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "read the page about passkeys: %w", err)
	}
	var b bytes.Buffer
	err = page.Execute(&b, struct {
		Style  template.CSS
		Script template.JS
	}{template.CSS(styleText), template.JS(scriptText)}) //nolint:gosec // both are part of the program
	if err != nil {
		return harrier.Errorf(harrier.Internal, "write the page about passkeys: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy())
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	_, _ = w.Write(b.Bytes()) // nobody is left to be told
	return nil
}
