package connector

import (
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
