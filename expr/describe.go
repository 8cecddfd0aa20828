package expr

import (
	"strings"
	"unicode"
)

// describe replaces the words of CEL in a message by those of playbooks.
func describe(message string) string {
	var b strings.Builder
	src := []rune(message)
	for i := 0; i < len(src); {
		end := i
		for end < len(src) && (isWordPart(src[end]) || src[end] == '.' && end > i && unicode.IsLetter(at(src, end+1))) {
			end++
		}
		if end == i {
			if src[i] != '@' {
				b.WriteRune(src[i])
			}
			i++
			continue
		}
		b.WriteString(describeWord(string(src[i:end])))
		i = end
	}
	return b.String()
}

// describeWord returns the name that playbooks have for a type of CEL.
func describeWord(w string) string {
	switch w {
	case "int", "uint":
		return "integer"
	case "double":
		return "number"
	case "bool":
		return "boolean"
	case "dyn":
		return "any"
	case "optional_type":
		return "optional"
	case "google.protobuf.Timestamp":
		return "timestamp"
	case "google.protobuf.Duration":
		return "duration"
	}
	if strings.HasPrefix(w, objectPrefix) {
		return "object"
	}
	return w
}
