package email

import (
	_ "embed" // for the phrases
	"slices"
	"strings"
)

// wording holds phrases, in lower case and one a line, that requests of fraudsters
// use in the languages that they write in; a line with # names a topic.
//
//go:embed wording.txt
var wording string

// fraudWords returns the topics that the text of a mail touches, where together
// they are what fraud asks for: money moved elsewhere or in secret. Honest people
// use each of the phrases too.
func fraudWords(text string) []string {
	const longest = 16 << 10
	text = strings.Join(strings.Fields(strings.ToLower(clip(text, longest))), " ")
	var found []string
	topic := ""
	for line := range strings.Lines(wording) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "# "); ok {
			topic = name
			continue
		}
		if line != "" && !slices.Contains(found, topic) && containsWords(text, line) {
			found = append(found, topic)
		}
	}
	if len(found) >= 2 || slices.Contains(found, "changed bank details") {
		return found
	}
	return nil
}

// containsWords reports whether a phrase stands in text with no letter before it.
func containsWords(text, phrase string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], phrase)
		if i < 0 {
			return false
		}
		i += at
		if i == 0 || !isAlnum(text[i-1]) {
			return true
		}
		at = i + len(phrase)
	}
}
