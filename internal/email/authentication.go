package email

import (
	"slices"
	"strconv"
	"strings"
)

// AuthResults is one Authentication-Results field (RFC 8601), or its ARC kin
// (RFC 8617), as some server wrote it. Anybody can write one.
type AuthResults struct {
	// Server is who says so; empty in the dialect of Exchange.
	Server string
	// Instance is the number of an ARC set; 0 for Authentication-Results.
	Instance int
	// HopsAbove is how many Received fields stand above: servers that took the
	// mail after this was written. What our own server wrote has few.
	HopsAbove int
	Results   []AuthResult
}

// AuthResult is what one method found.
type AuthResult struct {
	Method, Result, Reason, Comment string
	// Properties are what was examined, such as smtp.mailfrom.
	Properties map[string]string
}

// AuthSummary is what the topmost server says, by method; "unknown" where it
// says nothing, or nothing that RFC 8601 knows.
type AuthSummary struct {
	Server                          string
	SPF, DKIM, DMARC, CompAuth, ARC string
	// DKIMDomain is the domain that the first passed signature is for, DKIMDomains
	// those of all that passed.
	DKIMDomain  string
	DKIMDomains []string
	// SPFDomain is the domain whose servers SPF asked for, DMARCDomain the one
	// that DMARC looked at; either may be unknown.
	SPFDomain, DMARCDomain string
}

// unknownResult stands for what nobody said.
const unknownResult = "unknown"

// authResultNames lists the results of a summary.
func authResultNames() []string {
	return []string{"pass", "fail", "softfail", "neutral", "none", "policy", "temperror", "permerror", "bestguesspass", unknownResult}
}

// parseAuthResults reads a field tolerantly: the server may be missing,
// semicolons between methods too, and spaces may stand anywhere.
func parseAuthResults(s string) AuthResults {
	const most = 100
	var a AuthResults
	for i, segment := range splitOutside(clip(s, 16<<10), ';') {
		tokens := authTokens(segment)
		if i <= 1 && len(a.Results) == 0 && a.Server == "" && len(tokens) > 0 && !strings.Contains(tokens[0].key+tokens[0].value, "=") && tokens[0].value == "" {
			a.Server = oneLine(tokens[0].key)
			tokens = tokens[1:]
		}
		for _, t := range tokens {
			key, _, _ := strings.Cut(t.key, "/") // a version
			switch last := len(a.Results) - 1; {
			case key == "i" && len(a.Results) == 0 && a.Server == "":
				a.Instance, _ = strconv.Atoi(t.value)
			case t.comment:
				if last >= 0 && a.Results[last].Comment == "" {
					a.Results[last].Comment = oneLine(t.value)
				}
			case t.value == "":
			case isAuthMethod(key) || last < 0 && !strings.Contains(key, "."):
				if len(a.Results) < most {
					a.Results = append(a.Results, AuthResult{Method: key, Result: resultName(t.value), Properties: map[string]string{}})
				}
			case last >= 0 && key == "reason":
				a.Results[last].Reason = oneLine(t.value)
			case last >= 0:
				a.Results[last].Properties[key] = oneLine(t.value)
			}
		}
	}
	return a
}

// isAuthMethod reports whether a key names a method, so that a result starts there.
func isAuthMethod(key string) bool {
	switch key {
	case "spf", "dkim", "dmarc", "compauth", "arc", "auth", "iprev", "sender-id", "dkim-adsp", "domainkeys", "dkim-atps", "rrvs", "smime", "vbr", "bimi", "x-google-dkim", "dara":
		return true
	}
	return false
}

// resultName returns a result in the words of RFC 8601 where it is one of them.
func resultName(s string) string {
	s = strings.ToLower(oneLine(s))
	switch s {
	case "hardfail":
		return "fail"
	case "error":
		return "temperror"
	}
	return s
}

// token is key=value, a word alone, or a comment.
type token struct {
	key, value string
	comment    bool
}

// authTokens cuts a segment into tokens.
func authTokens(s string) []token {
	var list []token
	for i := 0; i < len(s); {
		switch {
		case isSpace(s[i]):
			i++
		case s[i] == '(':
			end := closing(s, i, ')')
			if end == i {
				end = len(s)
			}
			list = append(list, token{value: s[i+1 : end], comment: true})
			i = end + 1
		default:
			var t token
			t, i = authToken(s, i)
			list = append(list, t)
		}
	}
	return list
}

// authToken reads key=value at i and returns where it ends.
func authToken(s string, i int) (token, int) {
	start := i
	for i < len(s) && s[i] != '=' && !isSpace(s[i]) && (s[i] != '(' || i == start) {
		i++
	}
	t := token{key: strings.ToLower(s[start:i])}
	next := i
	for next < len(s) && isSpace(s[next]) {
		next++
	}
	if next == len(s) || s[next] != '=' {
		return t, max(i, start+1)
	}
	i = next + 1
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	if i < len(s) && s[i] == '"' {
		if end := closing(s, i, '"'); end > i {
			t.value = unescape(s[i+1 : end])
			return t, end + 1
		}
	}
	start = i
	for i < len(s) && !isSpace(s[i]) && s[i] != '(' {
		i++
	}
	t.value = s[start:i]
	return t, i
}

// splitOutside splits at a separator outside comments and quotes.
func splitOutside(s string, separator byte) []string {
	var list []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			i = closing(s, i, ')')
		case '"':
			i = closing(s, i, '"')
		case separator:
			list = append(list, s[start:i])
			start = i + 1
		}
	}
	return append(list, s[start:])
}

// AuthSummary returns what the topmost server found. Where it wrote a field for
// each method they are taken together. Results below it may be forged.
func (m *Message) AuthSummary() AuthSummary { return summarise(m.Authentication, m.spfField()) }

// summarise takes the fields of the topmost server together.
func summarise(fields []AuthResults, spf spfResult) AuthSummary {
	s := AuthSummary{SPF: unknownResult, DKIM: unknownResult, DMARC: unknownResult, CompAuth: unknownResult, ARC: unknownResult}
	top := slices.IndexFunc(fields, func(a AuthResults) bool { return a.Instance == 0 })
	if top >= 0 {
		s.Server = fields[top].Server
		for _, a := range fields[top:] {
			if a.Instance == 0 && a.Server == s.Server && a.HopsAbove == fields[top].HopsAbove {
				s.add(a.Results)
			}
		}
	}
	if s.SPF == unknownResult && spf.result != "" {
		s.SPF, s.SPFDomain = spf.result, spf.domain
	}
	return s
}

// add takes results into the summary. The first result of a method counts; of
// several signatures one that passes is enough.
func (s *AuthSummary) add(results []AuthResult) {
	for _, r := range results {
		field := s.field(r.Method)
		if field == nil || !slices.Contains(authResultNames(), r.Result) {
			continue
		}
		if *field == unknownResult || r.Method == "dkim" && r.Result == "pass" {
			*field = r.Result
		}
		s.domains(r)
	}
}

// domains notes whose domain a result is about.
func (s *AuthSummary) domains(r AuthResult) {
	const most = 20
	switch {
	case r.Method == "dkim" && r.Result == "pass" && len(s.DKIMDomains) < most:
		if domain := domainOf(firstOf(r.Properties["header.d"], r.Properties["header.i"])); domain != "" {
			s.DKIMDomain = firstOf(s.DKIMDomain, domain)
			s.DKIMDomains = append(s.DKIMDomains, domain)
		}
	case r.Method == "spf" && s.SPFDomain == "" && s.SPF == r.Result:
		s.SPFDomain = domainOf(firstOf(r.Properties["smtp.mailfrom"], r.Properties["smtp.mfrom"], r.Properties["envelope-from"], r.Properties["smtp.helo"]))
	case r.Method == "dmarc" && s.DMARCDomain == "":
		s.DMARCDomain = domainOf(r.Properties["header.from"])
	}
}

// field returns where the result of a method goes, or nil.
func (s *AuthSummary) field(method string) *string {
	switch method {
	case "spf":
		return &s.SPF
	case "dkim":
		return &s.DKIM
	case "dmarc":
		return &s.DMARC
	case "compauth":
		return &s.CompAuth
	case "arc":
		return &s.ARC
	}
	return nil
}
