package links

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Purpose shows what links of one kind are for, and does it.
type Purpose interface {
	// Show returns the page of a link that works. It changes nothing.
	Show(ctx context.Context, l Link) (Page, error)
	// Take does what somebody chose, and returns what to tell them. It calls use
	// in the change that it makes, which is what makes the link work once.
	Take(ctx context.Context, l Link, in Given, use Use) (told string, err error)
}

// Use uses a link up, in the change of what is done by it.
type Use func(ctx context.Context, tx harrier.Tx) error

// Config is what a door is made of. All is required.
type Config struct {
	Store    Store
	Purposes map[string]Purpose
	Now      func() time.Time
}

// Door answers whoever comes by a link. It is safe for concurrent use.
type Door struct {
	cfg    Config
	design design
	origin *http.CrossOriginProtection
}

// Path is where links are: Path and what they carry.
const Path = "/l/"

// New returns a door.
func New(cfg Config) *Door {
	return &Door{cfg, newDesign(), http.NewCrossOriginProtection()}
}

const (
	maxForm = 64 << 10
	// cookie ties a form to the browser that it was shown in.
	cookie = "harrier_link"
)

// Open answers one request. Only a POST does anything; what is wrong with it is
// told on a page.
func (d *Door) Open(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return d.show(w, r, token)
	case http.MethodPost:
		return d.take(w, r, token)
	}
	w.Header().Set("Allow", "GET, HEAD, POST")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// find returns a link that works, with its purpose.
func (d *Door) find(ctx context.Context, token string) (Link, Purpose, error) {
	l, err := d.cfg.Store.Link(ctx, HashOf(token))
	if err != nil {
		return l, nil, err
	}
	purpose, ok := d.cfg.Purposes[l.Purpose]
	if !ok {
		return l, nil, harrier.Errorf(harrier.NotFound, "nobody knows what this link is for")
	}
	return l, purpose, usable(l, d.cfg.Now())
}

// show shows the page of a link.
func (d *Door) show(w http.ResponseWriter, r *http.Request, token string) error {
	l, purpose, err := d.find(r.Context(), token)
	if err != nil {
		return d.tell(w, err)
	}
	p, err := purpose.Show(r.Context(), l)
	if err != nil {
		return d.tell(w, err)
	}
	var random [18]byte
	_, _ = rand.Read(random[:]) // never fails
	nonce := base64.RawURLEncoding.EncodeToString(random[:])
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever there is TLS; on loopback there is none
		Name: cookie, Value: nonce, Path: Path + token, MaxAge: 3600, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	})
	return d.design.write(w, http.StatusOK, p, formToken(token, nonce))
}

// formToken is what a form carries: nobody can make it who has not the link,
// and it is of no use in another browser.
func formToken(token, nonce string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("form\x00" + nonce))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// take does what a form says.
func (d *Door) take(w http.ResponseWriter, r *http.Request, token string) error {
	if err := d.origin.Check(r); err != nil {
		return d.tell(w, harrier.Errorf(harrier.Denied, "a page of another site sent this; open the link itself"))
	}
	in, csrf, err := readForm(w, r)
	if err != nil {
		return d.tell(w, err)
	}
	l, purpose, err := d.find(r.Context(), token)
	if err != nil {
		return d.tell(w, err)
	}
	c, err := r.Cookie(cookie)
	if err != nil || !hmac.Equal([]byte(csrf), []byte(formToken(token, c.Value))) {
		return d.tell(w, harrier.Errorf(harrier.Denied, "this form was not opened in this browser, or an hour ago; open the link again"))
	}
	told, err := purpose.Take(r.Context(), l, in, func(ctx context.Context, tx harrier.Tx) error {
		return d.cfg.Store.UseLink(ctx, tx, HashOf(token), d.cfg.Now())
	})
	if err != nil {
		return d.tell(w, err)
	}
	return d.design.write(w, http.StatusOK, Page{Title: "Thank you", Lead: told, Note: "This link was used and works no more. You can close the page."}, "")
}

// readForm reads what was filled in.
func readForm(w http.ResponseWriter, r *http.Request) (in Given, csrf string, err error) {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if kind != "application/x-www-form-urlencoded" || r.URL.RawQuery != "" {
		return in, "", harrier.Errorf(harrier.Invalid, "this takes the form of its page only; open the link")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return in, "", harrier.Errorf(harrier.Invalid, "the form cannot be read, or is too large; write less")
	}
	in = Given{Choice: one(r.PostForm, "choice"), Values: map[string]string{}}
	for name := range r.PostForm {
		if field, ok := strings.CutPrefix(name, "f."); ok {
			in.Values[field] = one(r.PostForm, name)
		}
	}
	return in, one(r.PostForm, "csrf"), nil
}

// one is a field that stands once in a form; otherwise it is empty.
func one(form url.Values, name string) string {
	if list := form[name]; len(list) == 1 {
		return list[0]
	}
	return ""
}

// tell says on a page what is wrong. What nobody can be told is for the caller.
func (d *Door) tell(w http.ResponseWriter, err error) error {
	var status int
	p := Page{Title: "This did not work", Lead: err.Error()}
	switch harrier.KindOf(err) {
	case harrier.NotFound:
		status, p = http.StatusNotFound, Page{Title: "This link does not work", Lead: "Nobody made it, or it is too old. Whoever sent it can send another."}
	case harrier.Conflict:
		status, p.Title = http.StatusGone, "There is nothing to do here any more"
	case harrier.Denied:
		status = http.StatusForbidden
	case harrier.Invalid:
		status, p.Note = http.StatusBadRequest, "Go back, correct it, and send it again."
	case harrier.Unauthenticated, harrier.Unavailable, harrier.Limited, harrier.Internal:
		return err
	default:
		return err
	}
	return d.design.write(w, status, p, "")
}
