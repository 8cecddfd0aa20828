package wire

import (
	"strconv"
	"strings"
)

// cisco reads %FACILITY-SEVERITY-ID: text of ASA, FTD, IOS and NX-OS. Of the
// messages that tell of security the parts are named.
func (p *parser) cisco(s string) bool {
	mark, text, ok := ciscoMark(s)
	if !ok {
		return false
	}
	first, rest, _ := strings.Cut(mark, "-")
	at := strings.LastIndexByte(rest, '-')
	code := strings.TrimLeft(rest[:max(at, 0)], "-")
	// Between them IOS may name a part of the facility: %SYS-SP-5-RESTART.
	if cut := strings.LastIndexByte(code, '-'); cut >= 0 {
		first, code = first+"-"+code[:cut], code[cut+1:]
	}
	level, err := strconv.Atoi(code)
	if err != nil || level < 0 || level > 7 {
		return false
	}
	out := map[string]any{"severity_code": int64(level), "severity": severity(level)}
	p.put(out, "facility", first)
	p.put(out, "id", rest[at+1:])
	p.put(out, "message", text)
	if strings.HasPrefix(rest[at+1:], "43000") {
		event := make(map[string]any, 48)
		p.named(text, event)
		if len(event) > 0 {
			out["event"] = event
		}
		p.timeOf(event, "cisco", "FirstPacketSecond")
	} else {
		p.shape(out, ciscoShapes(rest[at+1:]), text)
	}
	p.out["cisco"] = out
	return true
}

// ciscoMark finds %A-1-B: near the start of a message.
func ciscoMark(s string) (mark, text string, ok bool) {
	const reach, most = 256, 64
	start := strings.IndexByte(s[:min(len(s), reach)], '%')
	if start < 0 {
		return "", "", false
	}
	end := strings.IndexByte(s[start:min(len(s), start+most)], ':')
	if end < 0 {
		return "", "", false
	}
	mark = s[start+1 : start+end]
	for i := range len(mark) {
		if c := mark[i]; !letter(c) && !digit(c) && c != '-' && c != '_' {
			return "", "", false
		}
	}
	return mark, strings.TrimSpace(s[start+end+1:]), strings.Count(mark, "-") >= 2
}

// named reads "Key: Value, Key: Value": a value ends where a comma and the next key follow.
func (p *parser) named(s string, into map[string]any) {
	for s != "" && p.fields <= maxFields {
		key, rest, found := strings.Cut(s, ": ")
		if !found || !plainKey(key) {
			return
		}
		if value, after, closed := quotedFirst(rest); closed {
			p.put(into, key, value)
			s = strings.TrimLeft(after, ", ")
			continue
		}
		end := len(rest)
		for i := 0; i < len(rest); i++ {
			if rest[i] != ',' {
				continue
			}
			if next, _, found := strings.Cut(rest[i+1:min(len(rest), i+80)], ": "); found && plainKey(strings.TrimLeft(next, " ")) {
				end = i
				break
			}
		}
		p.put(into, key, strings.TrimSpace(rest[:end]))
		s = strings.TrimLeft(rest[end:], ", ")
	}
}

func quotedFirst(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", s, false
	}
	return quoted(s[1:], '"')
}

func plainKey(s string) bool {
	for i := range len(s) {
		if !letter(s[i]) && !digit(s[i]) && s[i] != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// shape names the parts of a text by the first of some shapes that it has.
func (p *parser) shape(out map[string]any, shapes, text string) {
	for shape := range strings.SplitSeq(shapes, "\n") {
		if parts := parts(shape, text); len(parts) > 0 {
			for i := 0; i+1 < len(parts); i += 2 {
				p.ciscoPart(out, parts[i], parts[i+1])
			}
			return
		}
	}
}

// parts takes a text apart by a shape: words of it stand for themselves,
// {name} for what is up to the next of them. It is names and values in turn,
// nothing where the text does not have the shape.
func parts(shape, text string) []string {
	var found []string
	for shape != "" {
		literal, rest, more := strings.Cut(shape, "{")
		if !strings.HasPrefix(text, literal) {
			return nil
		}
		text = text[len(literal):]
		if !more {
			return found
		}
		name, after, _ := strings.Cut(rest, "}")
		until, _, _ := strings.Cut(after, "{")
		end := len(text)
		if until != "" {
			if end = strings.Index(text, until); end < 0 {
				return nil
			}
		} else if after == "" && name != "rest" {
			if cut := strings.IndexAny(text, " ,"); cut >= 0 {
				end = cut
			}
		}
		found = append(found, name, text[:end])
		text, shape = text[end:], after
	}
	return found
}

// ciscoPart keeps a part; a port may have the user behind: 1234(LOCAL\ann).
func (p *parser) ciscoPart(out map[string]any, name, value string) {
	value = strings.Trim(value, ` "'`)
	if name == "_" {
		return
	}
	if base, port := strings.CutSuffix(name, "_port"); port {
		if cut := strings.IndexByte(value, '('); cut > 0 {
			p.put(out, base+"_user", strings.TrimRight(value[cut+1:], ")"))
			value = value[:cut]
		}
	}
	p.put(out, name, value)
}
