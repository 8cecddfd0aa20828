package transport

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Some places hold secrets whatever the value is: they are blanked in
// recordings although the vault knows nothing of them.

// secretName reports whether a header, a parameter or a field is by its name a secret.
func secretName(name string) bool {
	name = strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name))
	switch name {
	case "cookie", "setcookie", "key", "sig", "code", "sid":
		return true
	}
	for _, part := range []string{"authorization", "apikey", "authkey", "accesskey", "token", "secret", "password", "passwd", "signature", "session", "credential", "privatekey", "assertion"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// cleanHeader copies a header without secrets.
func cleanHeader(h http.Header, r *redactor) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		for _, v := range values {
			if secretName(name) {
				v = redactedText
			}
			out[name] = append(out[name], r.text(v))
		}
	}
	return out
}

// cleanURL writes a URL without secrets.
func cleanURL(u *url.URL, r *redactor) string {
	c := *u
	c.User = nil
	if c.RawQuery != "" {
		parts := strings.Split(c.RawQuery, "&")
		for i, p := range parts {
			name, _, _ := strings.Cut(p, "=")
			if plain, err := url.QueryUnescape(name); err != nil || secretName(plain) {
				parts[i] = name + "=" + url.QueryEscape(redactedText)
			}
		}
		c.RawQuery = strings.Join(parts, "&")
	}
	return r.text(c.String())
}

// bodyCleaner blanks fields of JSON and of forms that are secrets by their
// name, also where the body is cut off.
type bodyCleaner struct{ json, form *regexp.Regexp }

func newBodyCleaner() bodyCleaner {
	const names = `[a-z0-9_.-]*(?:token|secret|password|passwd|api_?key|private_?key|assertion|credential)s?`
	return bodyCleaner{
		json: regexp.MustCompile(`(?i)("` + names + `"\s*:\s*)"(?:[^"\\]|\\.)*(?:"|$)`),
		form: regexp.MustCompile(`(?i)((?:^|&)` + names + `=)[^&\s]*`),
	}
}

// clean returns a body without secrets.
func (c bodyCleaner) clean(body []byte, contentType string, r *redactor) []byte {
	if strings.HasPrefix(strings.ToLower(contentType), "application/x-www-form-urlencoded") {
		body = c.form.ReplaceAll(body, []byte("${1}"+url.QueryEscape(redactedText)))
	} else {
		body = c.json.ReplaceAll(body, []byte(`${1}"`+redactedText+`"`))
	}
	return r.bytes(body)
}
