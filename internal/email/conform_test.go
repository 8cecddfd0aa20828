package email

import (
	"encoding/hex"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/harrier-soar/harrier/internal/hostname"
	"github.com/harrier-soar/harrier/schema"
)

// mismatches says where a value does not have a type.
func mismatches(v any, t schema.Type, path string) []string {
	bad := func(format string, args ...any) []string { return []string{path + ": " + fmt.Sprintf(format, args...)} }
	switch t.Kind {
	case schema.Object:
		object, ok := v.(map[string]any)
		if !ok {
			return bad("%T is no object", v)
		}
		return objectMismatches(object, t, path)
	case schema.List:
		list, ok := v.([]any)
		if !ok {
			return bad("%T is no list", v)
		}
		var all []string
		for i, item := range list {
			all = append(all, mismatches(item, *t.Elem, fmt.Sprintf("%s[%d]", path, i))...)
		}
		return all
	case schema.Map:
		object, ok := v.(map[string]any)
		if !ok {
			return bad("%T is no map", v)
		}
		var all []string
		for key, item := range object {
			all = append(all, mismatches(item, *t.Elem, path+"."+key)...)
		}
		return all
	case schema.Integer:
		if _, ok := v.(int64); !ok {
			return bad("%T is no integer", v)
		}
		return nil
	case schema.Boolean:
		if _, ok := v.(bool); !ok {
			return bad("%T is no boolean", v)
		}
		return nil
	}
	text, ok := v.(string)
	if !ok || !utf8.ValidString(text) {
		return bad("%v is no text in UTF-8", v)
	}
	if len(t.Values) > 0 && !slices.Contains(t.Values, text) {
		return bad("%q is none of %v", text, t.Values)
	}
	if !isOfKind(text, t.Kind) {
		return bad("%q is no %s", text, t.Kind)
	}
	return nil
}

// objectMismatches compares an object with its declared fields.
func objectMismatches(object map[string]any, t schema.Type, path string) []string {
	var all []string
	for _, f := range t.Fields {
		value, ok := object[f.Name]
		switch {
		case ok:
			all = append(all, mismatches(value, f.Type, path+"."+f.Name)...)
		case !f.Type.Optional:
			all = append(all, path+"."+f.Name+" is missing")
		}
		if f.Help == "" {
			all = append(all, path+"."+f.Name+" is not documented")
		}
	}
	for key := range object {
		if _, ok := t.Field(key); !ok {
			all = append(all, path+"."+key+" is not declared")
		}
	}
	return all
}

// isOfKind reports whether text is of a kind, judged by the standard library.
func isOfKind(text string, kind schema.Kind) bool {
	switch kind {
	case schema.String:
		return true
	case schema.URL:
		u, err := url.Parse(text)
		return err == nil && u.IsAbs() && u.Host != "" && strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
	case schema.Domain:
		return hostname.Valid(text) && strings.Contains(text, ".") && text == strings.ToLower(text)
	case schema.Email:
		a, err := mail.ParseAddress(text)
		return err == nil && a.Address == text
	case schema.IP:
		ip, err := netip.ParseAddr(text)
		return err == nil && ip.String() == text
	case schema.Hash:
		_, err := hex.DecodeString(text)
		return err == nil && (len(text) == 32 || len(text) == 40 || len(text) == 64)
	case schema.Timestamp:
		_, err := time.Parse(time.RFC3339, text)
		return err == nil
	}
	return false
}
