package email

import (
	"slices"
	"strings"
	"unicode"

	"github.com/harrier-soar/harrier/internal/hostname"
)

// impersonated returns whom of ours a sender's name belongs to, where the
// address is not theirs.
func (o Organisation) impersonated(from Address) (Person, bool) {
	const longest = 300
	if from.Address == "" || from.Name == "" || o.owns(from.Domain) {
		return Person{}, false
	}
	shown := nameWords(clip(from.Name, longest))
	for _, p := range o.People {
		if strings.EqualFold(p.Address, from.Address) {
			return Person{}, false
		}
	}
	for _, p := range o.People {
		if len(o.OwnDomains) == 0 && p.Address != "" && hostname.Registered(domainOf(p.Address)) == hostname.Registered(from.Domain) {
			continue
		}
		if sameName(nameWords(p.Name), shown) {
			return p, true
		}
	}
	return Person{}, false
}

// sameName reports whether all words of a name are shown, in any order. One
// word alone must be all that is shown.
func sameName(name, shown []string) bool {
	switch len(name) {
	case 0:
		return false
	case 1:
		return len(shown) == 1 && shown[0] == name[0]
	}
	for _, word := range name {
		if !slices.Contains(shown, word) {
			return false
		}
	}
	return true
}

// nameWords returns the shapes of the words of a name, without titles.
func nameWords(s string) []string {
	var words []string
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '\'' && r != '’'
	}) {
		switch lower := strings.ToLower(word); lower {
		case "dr", "prof", "mr", "mrs", "ms", "herr", "frau", "ing", "mag", "dipl", "phd", "msc", "via", "ceo", "cfo":
		default:
			words = append(words, shape(lower))
		}
	}
	return words
}

// brandName returns the brand that a sender's name shows, where the address is
// not of that brand.
func brandName(from Address, list []imitated) (string, bool) {
	const longest = 300
	if from.Name == "" || from.Domain == "" || related(hostname.Registered(from.Domain)) {
		return "", false
	}
	words := nameWords(clip(from.Name, longest))
	for _, t := range list {
		label, _, _ := strings.Cut(hostname.Registered(from.Domain), ".")
		if t.brand && distinctive(t.label) && slices.Contains(words, t.shape) && hostname.Registered(from.Domain) != t.domain && label != t.label {
			return t.domain, true
		}
	}
	return "", false
}

// distinctive reports whether a brand's name is not a word that people and
// other companies use in theirs.
func distinctive(label string) bool {
	switch label {
	case "apple", "office", "outlook", "booking", "slack", "zoom", "stripe", "okta", "google", "gmail", "amazon":
		return label == "google" || label == "gmail" || label == "amazon"
	}
	return len(label) >= 5
}
