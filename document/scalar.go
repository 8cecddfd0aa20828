package document

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// trap is a rule of the file that was broken: its code, what is wrong and what
// to write instead.
type trap struct{ code, message, fix string }

// resolve returns the kind of a plain scalar and what about it surprises; the
// texts of the trap take the scalar.
func resolve(text string) (Kind, trap) {
	switch text {
	case "null":
		return Null, trap{}
	case "~", "Null", "NULL", "":
		return Null, trap{"null", "%q is null here", "write null, or \"\" for an empty text%.0s"}
	case "true", "false", "True", "False", "TRUE", "FALSE":
		return boolean(text)
	}
	switch strings.ToLower(text) {
	case "yes", "no", "on", "off":
		return String, trap{"ambiguous-boolean", "%s is a boolean in some versions of YAML and a text in others", `write true or false, or "%s" for the text`}
	case ".inf", "-.inf", "+.inf", ".nan":
		return String, trap{"number-format", "%s is not a number here", `write a number, or "%s" for the text`}
	}
	return number(text)
}

// boolean accepts only the lower-case spelling without surprise.
func boolean(text string) (Kind, trap) {
	if text == strings.ToLower(text) {
		return Bool, trap{}
	}
	return Bool, trap{"ambiguous-boolean", "%s is a boolean in some versions of YAML and a text in others", `write true or false, or "%s" for the text`}
}

// number tells numbers from texts that only look like numbers to some.
func number(text string) (Kind, trap) {
	body := strings.TrimLeft(text, "+-")
	if body == "" || len(text)-len(body) > 1 || !isDigit(body[0]) && body[0] != '.' {
		return String, trap{}
	}
	quoted := `write "%s" if it is a text, or a plain decimal number`
	switch {
	case len(body) > 1 && body[0] == '0' && digits(body[1:]) == len(body)-1:
		return String, trap{"octal", "%s looks octal: some readers see another number, others a text", quoted}
	case len(body) > 2 && body[0] == '0' && strings.ContainsRune("oxbOXB", rune(body[1])) && isHex(body[2:]):
		code := "number-format"
		if body[1] == 'o' || body[1] == 'O' {
			code = "octal"
		}
		return String, trap{code, "%s is a number in another base to some readers and a text to others", quoted}
	case isDate(text):
		return String, trap{"date", "%s looks like a date, which some readers turn into a time", `put quotes around it: "%s"`}
	case isSexagesimal(body):
		return String, trap{"sexagesimal", "%s is a number of base 60 to some readers", `put quotes around it: "%s"`}
	case strings.Contains(body, "_") && strings.Trim(body, "0123456789_.") == "":
		return String, trap{"number-format", "%s is a number to some readers and a text to others", "write it without underscores, or in quotes: \"%s\""}
	}
	return decimal(text, body)
}

// decimal recognises integers and floats as YAML 1.2 writes them.
func decimal(text, body string) (Kind, trap) {
	whole := digits(body)
	if whole == len(body) {
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return String, trap{"number-range", "%s does not fit into 64 bits", `put quotes around it: "%s"`}
		}
		return Int, trap{}
	}
	rest, fraction := body[whole:], 0
	if rest[0] == '.' {
		fraction = digits(rest[1:])
		rest = rest[1+fraction:]
	}
	if whole+fraction == 0 {
		return String, trap{}
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		exponent := rest[1:]
		if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
			exponent = exponent[1:]
		}
		if exponent == "" || digits(exponent) != len(exponent) {
			return String, trap{}
		}
		rest = ""
	}
	if rest != "" {
		return String, trap{}
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return String, trap{"number-range", "%s is too large for a number", `put quotes around it: "%s"`}
	}
	return Float, trap{}
}

// isDate reports whether text begins like 2024-01-31, alone or with a time.
func isDate(text string) bool {
	if digits(text) != 4 || len(text) < 8 || text[4] != '-' {
		return false
	}
	month := digits(text[5:])
	rest := text[5+month:]
	if month < 1 || month > 2 || rest == "" || rest[0] != '-' {
		return false
	}
	day := digits(rest[1:])
	rest = rest[1+day:]
	return day >= 1 && day <= 2 && (rest == "" || strings.ContainsRune("Tt ", rune(rest[0])) && len(rest) > 1 && isDigit(rest[1]))
}

// isSexagesimal reports whether text is like 12:30:45 or 12:30.
func isSexagesimal(text string) bool {
	parts := strings.Split(text, ":")
	if len(parts) < 2 {
		return false
	}
	for i, part := range parts {
		if part == "" || digits(part) != len(part) || i > 0 && (len(part) > 2 || len(part) == 2 && part[0] > '5') {
			return false
		}
	}
	return true
}

// digits returns how many digits text begins with.
func digits(text string) int {
	for i := range len(text) {
		if !isDigit(text[i]) {
			return i
		}
	}
	return len(text)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(text string) bool { return strings.Trim(text, "0123456789abcdefABCDEF_") == "" }

// width returns how many characters text has on its first line, at least 1.
func width(text string) int {
	first, _, _ := strings.Cut(text, "\n")
	return max(1, utf8.RuneCountInString(first))
}
