package wire

import "strings"

// audit reads a record of Linux's audit daemon:
//
//	type=USER_AUTH msg=audit(1772366400.498:608): pid=1 uid=0 msg='op=PAM:authentication acct="ann" addr=192.0.2.1 res=failed'
func (p *parser) audit(s string) bool {
	const mark = "msg=audit("
	at := strings.Index(s[:min(len(s), 512)], mark)
	if at < 0 || !strings.Contains(s[:at], "type=") {
		return false
	}
	stamp, rest, found := strings.Cut(s[at+len(mark):], ")")
	if !found {
		return false
	}
	out := make(map[string]any, 24)
	p.pairs(s[:at], ' ', out) // type, and node where records come from others
	seconds, serial, _ := strings.Cut(stamp, ":")
	p.put(out, "serial", serial)
	text := strings.TrimLeft(rest, ": ")
	p.put(out, "message", text)
	p.pairs(text, ' ', out)
	if inner, ok := out["msg"].(string); ok {
		p.pairs(inner, ' ', out)
	}
	p.out["auditd"] = out
	if t, ok := epoch(seconds); ok {
		p.happened(t, "auditd")
	}
	return true
}

// modSecurity reads what the web application firewall writes to a server's log
// of errors: a sentence, and facts in brackets, [id "960015"] [client 192.0.2.1].
func (p *parser) modSecurity(s string) bool {
	_, text, found := strings.Cut(s, "ModSecurity: ")
	if !found {
		return false
	}
	out := make(map[string]any, 16)
	if inside, ok := strings.CutPrefix(s, "["); ok {
		if t, _, timed := p.leading(inside); timed && !t.IsZero() {
			p.happened(t, "modsecurity")
		}
	}
	sentence, _, _ := strings.Cut(text, " [")
	p.put(out, "message", strings.TrimSpace(sentence))
	var tags []any
	for rest := s; ; {
		_, after, more := strings.Cut(rest, "[")
		if !more || p.fields > maxFields {
			break
		}
		rest = after
		name, value, tail, ok := bracket(after)
		if !ok {
			continue
		}
		rest = tail
		if name == "tag" {
			p.fields++
			tags = append(tags, value)
			continue
		}
		p.put(out, name, value)
	}
	if len(tags) > 0 {
		out["tags"] = tags
	}
	if len(out) < leastPairs {
		return false
	}
	p.out["modsecurity"] = out
	return true
}

// bracket reads 'name "value"]' or 'name value]'.
func bracket(s string) (name, value, rest string, ok bool) {
	const most = 64
	end := strings.IndexByte(s[:min(len(s), most)], ' ')
	if end <= 0 || !plainKey(s[:end]) {
		return "", "", s, false
	}
	name, s = s[:end], s[end+1:]
	if strings.HasPrefix(s, `"`) {
		value, rest, ok = quoted(s[1:], '"')
		return name, value, strings.TrimPrefix(rest, "]"), ok
	}
	if name != "client" && name != "pid" && name != "tid" {
		return "", "", s, false // the time, and what the server itself says
	}
	value, rest, ok = strings.Cut(s, "]")
	return name, value, rest, ok && len(value) < 256
}
