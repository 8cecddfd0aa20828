package connector

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// PathSegment encodes a value as exactly one segment of a URL's path. Values
// that some server could read as a way out of the segment are refused: empty
// ones, control characters, and . or .. between slashes, also when they were
// encoded before.
func PathSegment(value string) (string, error) {
	switch {
	case value == "":
		return "", Errorf(Invalid, "a part of the path is empty")
	case !utf8.ValidString(value):
		return "", Errorf(Invalid, "a part of the path is not UTF-8 text")
	case strings.ContainsFunc(value, unicode.IsControl):
		return "", Errorf(Invalid, "a part of the path has control characters")
	case climbs(value):
		return "", Errorf(Invalid, "a part of the path has . or .. between slashes")
	}
	return url.PathEscape(value), nil
}

// climbs reports whether a value holds a dot segment, for servers that decode
// several times, take \ for /, or ignore what follows a semicolon.
func climbs(value string) bool {
	for range 4 {
		for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == '/' || r == '\\' }) {
			part, _, _ = strings.Cut(part, ";")
			if part == "." || part == ".." {
				return true
			}
		}
		decoded, err := url.PathUnescape(value)
		if err != nil || decoded == value {
			return false
		}
		value = decoded
	}
	return true
}

// ExpandURL fills a URL template such as https://login.example/{tenant_id}/token
// with settings: each one is one segment of the path, except one at the very
// start, which is a base URL.
func ExpandURL(template string, settings map[string]any) (string, error) {
	var b strings.Builder
	for rest := template; ; {
		before, after, ok := strings.Cut(rest, "{")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		name, tail, ok := strings.Cut(after, "}")
		value, isText := settings[name].(string)
		if !ok || !isText || value == "" {
			return "", Errorf(Invalid, "the connection lacks the setting %q", name)
		}
		if b.Len() == 0 {
			value = strings.TrimRight(value, "/")
		} else {
			var err error
			if value, err = PathSegment(value); err != nil {
				return "", fmt.Errorf("setting %s: %w", name, err)
			}
		}
		b.WriteString(value)
		rest = tail
	}
}
