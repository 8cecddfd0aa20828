package imap

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
)

const (
	// maxParts and maxDepth bound what of a mail is looked into.
	maxParts, maxDepth = 1000, 20
)

// holds tells whether a mail has any of the links and, where hashes are given
// too, an attachment with any of the hashes.
func holds(raw []byte, links, hashes []string) bool {
	c := content{links: links, hashes: hashes, link: len(links) == 0, hash: len(hashes) == 0}
	head, body := split(raw)
	c.walk(headerOf(head), body, 0)
	return c.link && c.hash
}

// content looks through the parts of a mail.
type content struct {
	links, hashes []string
	link, hash    bool // what was found
	parts         int
}

// split parts a header from a body.
func split(raw []byte) (head, body []byte) {
	for _, gap := range []string{"\r\n\r\n", "\n\n"} {
		if head, body, ok := bytes.Cut(raw, []byte(gap)); ok {
			return append(head[:len(head):len(head)], '\n'), body
		}
	}
	return raw, nil
}

// walk looks into one part.
func (c *content) walk(header mail.Header, body []byte, depth int) {
	if c.parts++; c.parts > maxParts || depth > maxDepth || c.link && c.hash {
		return
	}
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil && media == "" {
		media = "text/plain"
	}
	if strings.HasPrefix(media, "multipart/") && params["boundary"] != "" {
		parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
		for c.parts <= maxParts {
			part, err := parts.NextRawPart()
			if err != nil {
				return
			}
			inner, err := io.ReadAll(part)
			if err != nil && len(inner) == 0 {
				return
			}
			c.walk(mail.Header(part.Header), inner, depth+1)
		}
		return
	}
	plain := decode(header.Get("Content-Transfer-Encoding"), body)
	sum := sha256.Sum256(plain)
	c.hash = c.hash || slices.ContainsFunc(c.hashes, func(h string) bool { return strings.EqualFold(h, hex.EncodeToString(sum[:])) })
	if media == "message/rfc822" {
		head, inner := split(plain)
		c.walk(headerOf(head), inner, depth+1)
		return
	}
	if strings.HasPrefix(media, "text/") {
		c.link = c.link || mentions(string(plain), c.links) || mentions(html.UnescapeString(string(plain)), c.links)
	}
}

// decode undoes a transfer encoding as far as it goes.
func decode(encoding string, body []byte) []byte {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		kept := bytes.Map(func(r rune) rune {
			if r == '+' || r == '/' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
				return r
			}
			return -1
		}, body)
		out := make([]byte, base64.RawStdEncoding.DecodedLen(len(kept)))
		n, err := base64.RawStdEncoding.Decode(out, kept)
		if _, cut := errors.AsType[base64.CorruptInputError](err); err != nil && !cut {
			return nil
		}
		return out[:n]
	case "quoted-printable":
		out, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(body)))
		if err != nil && len(out) == 0 {
			return body
		}
		return out
	}
	return body
}

// mentions tells whether a text has one of the links, whole: a longer link that
// begins with it is another one. Scheme and host have no case.
func mentions(body string, links []string) bool {
	lower := asciiLower(body)
	for _, link := range links {
		if link == "" {
			continue
		}
		folded := asciiLower(link)
		origin := len(link)
		if at := strings.Index(link, "://"); at >= 0 {
			if end := strings.IndexAny(link[at+3:], "/?#"); end >= 0 {
				origin = at + 3 + end
			}
		}
		for from := 0; ; {
			at := strings.Index(lower[from:], folded)
			if at < 0 {
				break
			}
			at += from
			end := at + len(link)
			if body[at+origin:end] == link[origin:] && ends(body[end:]) {
				return true
			}
			from = at + 1
		}
	}
	return false
}

// ends tells whether a link ends before the rest of a text.
func ends(rest string) bool {
	rest = strings.TrimLeft(rest, ".,;:!)'")
	if rest == "" {
		return true
	}
	next := rest[0]
	return next <= ' ' || next >= 0x7f || strings.IndexByte(`"<>[]{}|\^`+"`(*", next) >= 0
}

// asciiLower keeps the length of a text, so that places in it stay the same.
func asciiLower(text string) string {
	out := []byte(text)
	for i, b := range out {
		if b >= 'A' && b <= 'Z' {
			out[i] = b + 'a' - 'A'
		}
	}
	return string(out)
}
