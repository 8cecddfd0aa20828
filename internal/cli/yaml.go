package cli

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
)

// yamlOf is a value in JSON as YAML in block form. Text that YAML could read
// as something else is quoted as JSON, which YAML reads too.
func yamlOf(raw json.RawMessage) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", harrier.Errorf(harrier.Internal, "the result is not JSON: %w", err)
	}
	var b strings.Builder
	writeYAML(&b, v, 0, true)
	return strings.TrimPrefix(b.String(), "\n"), nil
}

// writeYAML writes a value after a key or a dash at a depth; fresh tells that
// it stands on a line of its own.
func writeYAML(b *strings.Builder, v any, depth int, fresh bool) {
	pad := strings.Repeat("  ", depth)
	switch x := v.(type) {
	case map[string]any:
		if len(x) == 0 {
			b.WriteString(" {}\n")
			return
		}
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for i, k := range keys {
			switch {
			case i > 0 || fresh && depth > 0:
				if i == 0 {
					b.WriteString("\n")
				}
				b.WriteString(pad)
			case !fresh:
				b.WriteString(" ")
			}
			b.WriteString(yamlText(k) + ":")
			writeYAML(b, x[k], depth+1, true)
		}
	case []any:
		if len(x) == 0 {
			b.WriteString(" []\n")
			return
		}
		b.WriteString("\n")
		for _, one := range x {
			b.WriteString(pad + "-")
			writeYAML(b, one, depth+1, false)
		}
	case string:
		b.WriteString(" " + yamlText(x) + "\n")
	default:
		text, _ := json.Marshal(x) // numbers, booleans and null
		b.WriteString(" " + string(text) + "\n")
	}
}

// plain is text that is the same in YAML without quotes: it begins with a
// letter and holds nothing that means something.
var plain = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9_./@+-]*( [A-Za-z0-9_./@+(),-]+)*$`)

func yamlText(text string) string {
	words := []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
	if plain.MatchString(text) && !slices.Contains(words, strings.ToLower(text)) {
		return text
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // text always encodes
	return strings.TrimSpace(b.String())
}
