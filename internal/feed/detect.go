package feed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
)

// Detect finds out how a feed is written by how it begins.
func Detect(head []byte) (Format, error) {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	text := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(text) == 0:
		return "", harrier.Errorf(harrier.Invalid, "the feed is empty")
	case bytes.IndexByte(head, 0) >= 0:
		return "", harrier.Errorf(harrier.Invalid, "the feed is not text; unpack it first where it is an archive")
	case text[0] == '{' || text[0] == '[':
		return detectJSON(text)
	case text[0] == '<':
		return "", harrier.Errorf(harrier.Invalid, "the feed is HTML or XML, which is no format for feeds; see that the address is right")
	}
	return detectLines(text)
}

// keyFormats tells formats by the names that only they have, the surest first.
func keyFormats() []struct {
	format Format
	keys   []string
} {
	return []struct {
		format Format
		keys   []string
	}{
		{MISP, []string{"Event", "response", "Attribute", "ShadowAttribute", "Orgc", "threat_level_id", "to_ids", "Object"}},
		{STIX, []string{"objects", "spec_version", "pattern", "object_marking_refs"}},
		{Warnings, []string{"list", "matching_attributes"}},
		{JSON, []string{"query_status", "ioc", "ioc_value", "url", "urls", "data", "sha256_hash", "ip_address", "dst_ip"}},
	}
}

// detectJSON finds out whose objects these are.
func detectJSON(text []byte) (Format, error) {
	keys := topKeys(text)
	if keys["type"] == "bundle" {
		return STIX, nil
	}
	for _, one := range keyFormats() {
		if slices.ContainsFunc(one.keys, func(k string) bool { _, ok := keys[k]; return ok }) {
			return one.format, nil
		}
	}
	if t := keys["type"]; strings.Contains(t, "-") || t == "malware" || t == "tool" || t == "identity" {
		return STIX, nil
	}
	if _, ok := keys["value"]; ok {
		return MISP, nil
	}
	if _, ok := keys["*Orgc"]; ok {
		return Manifest, nil
	}
	for _, k := range []string{"*ioc_value", "*url", "*sha256_hash"} {
		if _, ok := keys[k]; ok {
			return JSON, nil
		}
	}
	return "", harrier.Errorf(harrier.Invalid, "the JSON is of no known format of feeds: it is no bundle of STIX, no event of MISP, no answer of abuse.ch and no warning list; say --format where you know better")
}

// topKeys collects the keys of the outermost object, or of the objects in the
// outermost list, with their values where those are text. Keys of the objects
// within have a star before them.
func topKeys(text []byte) map[string]string {
	keys := map[string]string{}
	dec := json.NewDecoder(bytes.NewReader(text))
	_, _ = collect(dec, 0, keys) // what is cut off, or is no JSON, tells what came before
	return keys
}

// collect reads one value, and returns it where it is text.
func collect(dec *json.Decoder, depth int, keys map[string]string) (string, error) {
	const deepest = 100
	tok, err := dec.Token()
	if err != nil || depth > deepest {
		return "", cmp.Or(err, errDeep)
	}
	switch tok {
	case json.Delim('['):
		for dec.More() {
			if _, err := collect(dec, depth, keys); err != nil {
				return "", err
			}
		}
	case json.Delim('{'):
		if err := collectObject(dec, depth+1, keys); err != nil {
			return "", err
		}
	default:
		s, _ := tok.(string)
		return s, nil
	}
	_, err = dec.Token()
	return "", err
}

var errDeep = errors.New("too deep")

// collectObject reads what stands between the braces of an object.
func collectObject(dec *json.Decoder, depth int, keys map[string]string) error {
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := tok.(string)
		if depth > 1 {
			name = "*" + name
		}
		if _, ok := keys[name]; !ok {
			keys[name] = ""
		}
		value, err := collect(dec, depth, keys)
		if err != nil {
			return err
		}
		if depth == 1 && keys[name] == "" {
			keys[name] = value
		}
	}
	return nil
}

// detectLines tells lists, tables and files of hosts by their first lines.
func detectLines(text []byte) (Format, error) {
	comment := ""
	commas, hosts, plain, values := 0, 0, 0, 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			continue
		case isComment(line):
			comment = strings.TrimLeft(line, "#;/! ")
			continue
		}
		first, _, _ := strings.Cut(line, " ")
		switch {
		case strings.Count(line, ",") > 0 && !strings.Contains(first, "://"), strings.HasPrefix(line, `"`):
			commas++
		case isHostsLine(line):
			hosts++
		default:
			plain++
		}
		if holdsValue(line) {
			values++
		}
		if commas+hosts+plain >= 50 {
			break
		}
	}
	switch {
	case commas > plain+hosts, commas > 0 && len(headerRoles(comment)) > 1:
		return CSV, nil
	case hosts > plain:
		return Hosts, nil
	case plain > 0 && values*2 < plain:
		return "", harrier.Errorf(harrier.Invalid, "most lines begin with no address, name, link or hash: this is prose rather than a list; take the values out with harrier observables extract, or say --format list to take the lines that begin with one")
	}
	return List, nil
}

// holdsValue reports whether a line of a list begins with a value.
func holdsValue(line string) bool {
	value, _ := splitLine(line)
	_, _, ok := Guess(value)
	return ok || isHostsLine(line)
}
