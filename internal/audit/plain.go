package audit

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// stands tells that a text is an id, a digest or a time.
func stands(s string) bool {
	if prefix, rest, ok := strings.Cut(s, "_"); ok && len(rest) == 26 && prefix != "" && made(prefix, lower) && made(rest, lower+digits) {
		return true
	}
	if hash := strings.TrimPrefix(s, "sha256:"); len(hash) == 64 && made(hash, "abcdef"+digits) {
		return true
	}
	if len(s) < len("2006-01-02T15:04:05Z") || s[0] < '0' || s[0] > '9' {
		return false
	}
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	digits = "0123456789"
)

// made tells that a text has these characters only.
func made(s, of string) bool { return strings.Trim(s, of) == "" }

// slug tells that a text has the form of a name that somebody configured, or of
// a word of the program.
func slug(s string) bool {
	return len(s) <= 80 && s != "" && strings.Contains(lower, s[:1]) && made(s, lower+digits+"_.:/-")
}

// stepPath tells that a text has the form of the path of a step.
func stepPath(s string) bool {
	return len(s) <= 200 && made(s, lower+strings.ToUpper(lower)+digits+"_.[]/#:-")
}

// configured tells that what an action is about is called by the name that an
// administrator gave it, such as that of a connection, and not by one of data.
func configured(action string) bool {
	noun, _, _ := strings.Cut(action, ".")
	switch noun {
	case "connection", "source", "playbook", "run", "closer", "retention", "audit", "vault", "channel", "oncall":
		return true
	}
	return strings.HasPrefix(action, "intel.list.") || strings.HasPrefix(action, "intel.feed.") || action == "intel.import"
}

// vocabulary tells that a member of a row's data holds words of the program or
// names that an administrator gave.
func vocabulary(member string) bool {
	switch member {
	case "kind", "type", "state", "was", "status", "disposition", "severity", "verdict", "agrees", "format", "effect", "mode",
		"role", "roles", "permissions", "action", "connection", "connector", "feed", "mapping", "playbook", "trigger", "rule", "route", "origin", "files":
		return true
	}
	return false
}

// pair is a member of an object.
type pair struct {
	name  string
	value json.RawMessage
}

// membersOf reads the members of an object in their order; what is no object, or
// has a member whose name nobody wrote into the program, has none.
func membersOf(data []byte) (list []pair, ok bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	for d.More() {
		t, err := d.Token()
		name, named := t.(string)
		if err != nil || !named || len(name) > 40 || !made(name, lower+digits+"_") {
			return nil, false
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, false
		}
		list = append(list, pair{name, raw})
	}
	_, err := d.Token()
	return list, err == nil && !d.More()
}

// object is the reverse of membersOf.
func object(members []pair) json.RawMessage {
	b := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), m.name...), '"', ':')
		b = append(b, m.value...)
	}
	return append(b, '}')
}

// encoded is a text or a list of texts in JSON.
func encoded(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return json.RawMessage(`null`) // texts always encode
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// Codes lists what a row names.
func Codes(e harrier.AuditEntry) (list []Code) {
	for _, s := range []string{e.ActorName, e.Target, e.Path} {
		if c, _, ok := codeOf(s); ok {
			list = append(list, c)
		}
	}
	tokens(e.Data, func(raw json.RawMessage) json.RawMessage {
		var s string
		if json.Unmarshal(raw, &s) == nil {
			if c, _, ok := codeOf(s); ok {
				list = append(list, c)
			}
		}
		return raw
	})
	return list
}

// codeOf reads a token.
func codeOf(s string) (c Code, isJSON, ok bool) {
	rest, isText := strings.CutPrefix(s, textMark)
	if !isText {
		if rest, isJSON = strings.CutPrefix(s, jsonMark); !isJSON {
			return c, false, false
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(rest)
	if err != nil || len(raw) != len(c) {
		return c, false, false
	}
	return Code(raw), isJSON, true
}

// tokens goes through every place of a row's data that may hold a token.
func tokens(data json.RawMessage, each func(json.RawMessage) json.RawMessage) json.RawMessage {
	if !bytes.Contains(data, []byte(`"hmac`)) {
		return data
	}
	members, ok := membersOf(data)
	if !ok {
		return each(data)
	}
	for i, m := range members {
		var list []json.RawMessage
		switch m.value[0] {
		case '"':
			members[i].value = each(m.value)
		case '[':
			if json.Unmarshal(m.value, &list) != nil {
				continue
			}
			for k := range list {
				list[k] = each(list[k])
			}
			members[i].value = append(append([]byte{'['}, bytes.Join(raws(list), []byte{','})...), ']')
		}
	}
	return object(members)
}

func raws(list []json.RawMessage) (out [][]byte) {
	for _, r := range list {
		out = append(out, r)
	}
	return out
}

// Put puts back the words of a row that are still there. A word that was
// exchanged is not what was said, and stays away.
func (w *Words) Put(e harrier.AuditEntry, words map[Code]string) harrier.AuditEntry {
	find := func(s string) (text string, isJSON, ok bool) {
		c, isJSON, ok := codeOf(s)
		if !ok {
			return s, false, false
		}
		text, ok = words[c]
		if !ok || w.Code(e.Tenant, text) != c {
			return s, false, false
		}
		return text, isJSON, true
	}
	for _, s := range []*string{&e.ActorName, &e.Target, &e.Path} {
		*s, _, _ = find(*s)
	}
	e.Data = tokens(e.Data, func(raw json.RawMessage) json.RawMessage {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return raw
		}
		switch text, isJSON, ok := find(s); {
		case ok && isJSON:
			return json.RawMessage(text)
		case ok:
			return encoded(text)
		}
		return raw
	})
	return e
}
