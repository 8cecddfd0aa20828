package feed

import "strings"

// comparison reads one comparison, or several in parentheses.
func (p *patternReader) comparison(depth int) found {
	if p.sign("(") {
		out := p.comparisons(depth + 1)
		p.want(")")
		return out
	}
	if p.word("EXISTS") {
		p.path()
		return p.unnamed("EXISTS, which names no value")
	}
	path := p.path()
	if p.wrong != "" {
		return found{}
	}
	negated := p.word("NOT")
	op := strings.ToUpper(p.tok.text)
	p.next()
	values := p.literals()
	if p.wrong != "" {
		return found{}
	}
	switch {
	case narrowing(path):
		return found{}
	case negated || op == "!=" || op == "<>":
		return p.unnamed("a negation, which names no value")
	case op == "=" || op == "==" || op == "IN" || op == "ISSUBSET":
	case op == "LIKE" && !strings.ContainsAny(strings.Join(values, ""), "%_"):
	case op == "LIKE" || op == "MATCHES" || op == "ISSUPERSET" || op == "<" || op == ">" || op == "<=" || op == ">=":
		return p.unnamed("a comparison by " + op + ", which names no value")
	default:
		p.fail("there is no comparison " + cut(op, 20))
		return found{}
	}
	kind := pathType(path)
	if kind == "" {
		return p.unnamed("a property that cannot be looked up: " + cut(path, 60))
	}
	var out found
	for _, v := range values {
		k := kind
		if k == "address" {
			k = "ip"
			if _, _, ok := Spell("ip", v); !ok {
				k = "domain"
			}
		}
		out.values = append(out.values, named{kind: k, value: v})
	}
	return out
}

// literals reads one value, or a set of them.
func (p *patternReader) literals() []string {
	if !p.sign("(") {
		v, ok := p.literal()
		if !ok {
			p.fail("there is no value where one belongs")
		}
		return []string{v}
	}
	var out []string
	for p.wrong == "" {
		v, ok := p.literal()
		if !ok {
			p.fail("there is no value in a set")
			break
		}
		out = append(out, v)
		if !p.sign(",") {
			p.want(")")
			break
		}
	}
	return out
}

func (p *patternReader) literal() (string, bool) {
	if p.tok.kind != tokText && p.tok.kind != tokWord {
		return "", false
	}
	v := p.tok.text
	p.next()
	if strings.Trim(v, "-0123456789") == "" && p.sign(".") { // a fraction
		v += "." + p.tok.text
		p.next()
	}
	return v, true
}

// path reads an object path, such as file:hashes.'SHA-256', and spells it
// without quotes and with list steps as [].
func (p *patternReader) path() string {
	if p.tok.kind != tokWord {
		p.fail("there is no property where one belongs")
		return ""
	}
	var b strings.Builder
	b.WriteString(p.tok.text)
	p.next()
	if !p.sign(":") {
		p.fail("a property lacks its type of object")
		return ""
	}
	b.WriteByte(':')
	for p.wrong == "" {
		switch {
		case p.tok.kind == tokWord && !strings.HasSuffix(b.String(), "]") && strings.HasSuffix(b.String(), ":"), p.tok.kind == tokText, p.tok.kind == tokWord && strings.HasSuffix(b.String(), "."):
			b.WriteString(p.tok.text)
			p.next()
		case p.sign("."):
			b.WriteByte('.')
		case p.sign("["):
			p.next()
			p.want("]")
			b.WriteString("[]")
		default:
			return strings.ToLower(b.String())
		}
	}
	return ""
}

// narrowing reports whether a property only narrows the address or the file
// beside it: where it is asked for, the value alone is still an indicator.
func narrowing(path string) bool {
	kind, rest, _ := strings.Cut(path, ":")
	switch kind {
	case "network-traffic":
		return rest == "dst_port" || rest == "src_port" || strings.HasPrefix(rest, "protocols") || strings.HasSuffix(rest, "_ref.type")
	case "file":
		return rest == "size" || rest == "mime_type"
	}
	return false
}

// pathType is the type of value that a property holds; address is a name or an
// address, and empty is none.
func pathType(path string) string {
	kind, rest, _ := strings.Cut(path, ":")
	switch {
	case strings.Contains("."+rest, ".hashes.") && !strings.HasSuffix(rest, "ssdeep") && !strings.HasSuffix(rest, "tlsh"):
		return "hash"
	case (kind == "ipv4-addr" || kind == "ipv6-addr") && rest == "value":
		return "ip"
	case kind == "domain-name" && rest == "value":
		return "domain"
	case kind == "domain-name" && strings.HasPrefix(rest, "resolves_to_refs[]") && strings.HasSuffix(rest, ".value"):
		return "address"
	case kind == "url" && rest == "value":
		return "url"
	case kind == "email-addr" && rest == "value", kind == "email-message" && (rest == "from_ref.value" || rest == "sender_ref.value"):
		return "email"
	case kind == "network-traffic" && (rest == "dst_ref.value" || rest == "src_ref.value"):
		return "address"
	case kind == "file" && rest == "name":
		return "file_name"
	case kind == "windows-registry-key" && rest == "key":
		return "registry_key"
	case strings.HasSuffix(rest, "request_header.user-agent"), kind == "software" && rest == "user_agent":
		return "user_agent"
	}
	return ""
}
