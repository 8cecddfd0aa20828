package lab

import "strings"

// parseSearch reads $search: terms in one pair of double quotes, each text or
// property:text, all of which must match. See the page search-query-parameter.
func parseSearch(text string) (test, rejection) {
	inner, ok := strings.CutPrefix(text, `"`)
	if inner, ok = cutLast(inner, `"`, ok); !ok || inner == "" || len(text) > maxFilter {
		return nil, rejection{"BadRequest", "Syntax error: the value of $search is text in double quotes."}
	}
	var tests []test
	for _, term := range searchTerms(strings.ReplaceAll(inner, `\"`, `"`)) {
		property, value, found := strings.Cut(term, ":")
		if !found || strings.HasPrefix(value, "//") {
			property, value = "", term
		}
		t, ok := searchTest(property, fold(strings.Trim(value, `"`)))
		if !ok {
			return nil, rejection{"BadRequest", "Syntax error: '" + property + "' cannot be searched."}
		}
		tests = append(tests, t)
	}
	return func(m message) bool {
		for _, t := range tests {
			if !t(m) {
				return false
			}
		}
		return true
	}, rejection{}
}

// cutLast removes a suffix, keeping what was decided before.
func cutLast(text, suffix string, so bool) (string, bool) {
	out, ok := strings.CutSuffix(text, suffix)
	return out, ok && so
}

// searchTerms splits at spaces outside quotes; AND between terms means nothing more.
func searchTerms(text string) []string {
	var out []string
	var b strings.Builder
	quoted := false
	flush := func() {
		if b.Len() > 0 && b.String() != "AND" {
			out = append(out, b.String())
		}
		b.Reset()
	}
	for _, r := range text {
		if r == ' ' && !quoted {
			flush()
			continue
		}
		quoted = quoted != (r == '"')
		b.WriteRune(r)
	}
	flush()
	return out
}

// searchTest returns the test of one term; without a property, sender, subject
// and body are searched.
func searchTest(property, want string) (test, bool) {
	in := func(fields func(message) []string) (test, bool) {
		return func(m message) bool {
			for _, f := range fields(m) {
				if strings.Contains(fold(f), want) {
					return true
				}
			}
			return false
		}, true
	}
	switch strings.ToLower(property) {
	case "":
		return in(func(m message) []string { return []string{m.From.Address, m.From.Name, m.Subject, m.Text} })
	case "subject":
		return in(func(m message) []string { return []string{m.Subject} })
	case "from":
		return in(func(m message) []string { return []string{m.From.Address, m.From.Name} })
	case "to":
		return in(func(m message) []string { return names(m.To) })
	case "cc":
		return in(func(m message) []string { return names(m.CC) })
	case "recipients":
		return in(func(m message) []string { return names(append(m.To[:len(m.To):len(m.To)], m.CC...)) })
	case "participants":
		return in(func(m message) []string {
			return names(append(append([]person{m.From}, m.To...), m.CC...))
		})
	case "body":
		return in(func(m message) []string { return []string{m.Text} })
	case "attachment":
		return in(func(m message) []string { return m.Files })
	}
	return nil, false
}

func names(people []person) []string {
	var out []string
	for _, p := range people {
		out = append(out, p.Address, p.Name)
	}
	return out
}
