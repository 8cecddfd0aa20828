package links

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"

	"github.com/harrier-soar/harrier"
)

// Page is what somebody sees behind a link. All of it is shown as text.
type Page struct {
	Title string
	// Lead says in a sentence who is asked, and why.
	Lead  string
	Facts []Fact
	// Fields are filled in; one of Choices ends it. Without choices there is
	// nothing to do here, and Note says why.
	Fields  []Field
	Choices []Choice
	Note    string
}

// Fact is a line of a page, or several.
type Fact struct {
	Label string
	Lines []string
}

// Field is something to fill in.
type Field struct {
	Name, Label, Help string
	// Kind is text, long, number, yesno or choice, of Values.
	Kind     string
	Values   []string
	Value    string
	Required bool
}

// Choice is a button. Grave ones look like it.
type Choice struct {
	Value, Label string
	Grave        bool
}

// Given is what somebody filled in.
type Given struct {
	Choice string
	Values map[string]string
}

//go:embed page.html
var pageText string

//go:embed page.css
var styleText string

// design is how pages look.
type design struct {
	page *template.Template
	// policy lets the page's own style in and nothing else: no script, no
	// picture, no frame around it, and its form goes home only.
	policy string
}

// newDesign reads the page. It panics where the page cannot be read, which is
// part of the program.
func newDesign() design {
	sum := sha256.Sum256([]byte(styleText))
	return design{
		page: template.Must(template.New("page").Parse(pageText)),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; sandbox allow-forms allow-same-origin",
	}
}

// write answers with a page. token is that of its form.
func (d design) write(w http.ResponseWriter, status int, p Page, token string) error {
	var b bytes.Buffer
	err := d.page.Execute(&b, struct {
		Page

		Style template.CSS
		Token string
	}{p, template.CSS(styleText), token}) //nolint:gosec // it is part of the program
	if err != nil {
		return harrier.Errorf(harrier.Internal, "the page cannot be written: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", d.policy)
	h.Set("Referrer-Policy", "same-origin") // without one, browsers say of our own form that it comes from nowhere
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // nobody is left to be told
	return nil
}
