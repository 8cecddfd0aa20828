package feed

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// mispAttribute is what is read of an attribute.
type mispAttribute struct {
	UUID      string    `json:"uuid"`
	Type      string    `json:"type"`
	Value     string    `json:"value"`
	ToIDs     loose     `json:"to_ids"`
	Deleted   loose     `json:"deleted"`
	Comment   string    `json:"comment"`
	FirstSeen loose     `json:"first_seen"`
	LastSeen  loose     `json:"last_seen"`
	Timestamp loose     `json:"timestamp"`
	Tags      []mispTag `json:"Tag"`
	Event     mispHead  `json:"Event"`
}

// mispObject is what is read of an object: its attributes.
type mispObject struct {
	Name       string          `json:"name"`
	Deleted    loose           `json:"deleted"`
	Attributes []mispAttribute `json:"Attribute"`
}

type mispTag struct {
	Name string `json:"name"`
}

// mispHead is what an event says for all its attributes.
type mispHead struct {
	Info      string    `json:"info"`
	UUID      string    `json:"uuid"`
	Published loose     `json:"published"`
	Tags      []mispTag `json:"Tag"`
}

// loose is text, a number or a boolean, as text: MISP writes all of them.
type loose string

// UnmarshalJSON implements [json.Unmarshaler].
func (l *loose) UnmarshalJSON(data []byte) error {
	*l = loose(strings.Trim(string(data), `"`))
	if *l == "null" {
		*l = ""
	}
	return nil
}

// yes reports whether it is true.
func (l loose) yes() bool { return l == "1" || strings.EqualFold(string(l), "true") }

// misp reads events, attributes, and answers of a search.
func (x *reading) misp() error {
	dec := json.NewDecoder(x.buf)
	for {
		x.in.next()
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = x.mispValue(dec, tok, &mispEvent{})
		}
		if err != nil {
			return err
		}
	}
}

// mispEvent is an event that is being read. Its attributes wait until its end,
// because what holds for all of them may come after them.
type mispEvent struct {
	head   mispHead
	waits  []mispAttribute
	depth  int
	fields map[string]json.RawMessage
}

// mispValue reads a value whose first token was read. Events are given away at
// their end.
func (x *reading) mispValue(dec *json.Decoder, tok json.Token, in *mispEvent) error {
	const deepest = 6
	if in.depth > deepest {
		return skipIf(dec, tok)
	}
	switch tok {
	case json.Delim('{'):
		e := &mispEvent{depth: in.depth + 1, fields: map[string]json.RawMessage{}}
		if err := x.mispMembers(dec, e); err != nil {
			return err
		}
		return x.giveEvent(e)
	case json.Delim('['):
		for dec.More() {
			x.in.next()
			tok, err := dec.Token()
			if err != nil {
				return err
			}
			if err := x.mispValue(dec, tok, &mispEvent{depth: in.depth + 1}); err != nil {
				return err
			}
		}
		_, err := dec.Token()
		return err
	}
	return nil
}

// skipIf reads to the end of what a token begins.
func skipIf(dec *json.Decoder, tok json.Token) error {
	if tok == json.Delim('{') || tok == json.Delim('[') {
		return skipRest(dec)
	}
	return nil
}

// mispMembers reads an object whose brace was read.
func (x *reading) mispMembers(dec *json.Decoder, e *mispEvent) error {
	for dec.More() {
		x.in.next()
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		switch key, _ := tok.(string); key {
		case "Event", "response":
			if tok, err = dec.Token(); err == nil {
				err = x.mispValue(dec, tok, e)
			}
		case "Attribute":
			err = eachOf(x, dec, func(a mispAttribute) { e.waits = append(e.waits, a) })
		case "Object":
			err = eachOf(x, dec, func(o mispObject) {
				for _, a := range o.Attributes {
					if o.Deleted.yes() {
						a.Deleted = "1"
					}
					e.waits = append(e.waits, a)
				}
			})
		case "Galaxy", "RelatedEvent", "EventReport", "ShadowAttribute", "Org", "SharingGroup":
			if tok, err = dec.Token(); err == nil {
				err = skipIf(dec, tok)
			}
		default:
			var v json.RawMessage
			if err = dec.Decode(&v); err == nil && len(e.fields) < maxColumns && len(v) < 1<<20 {
				e.fields[key] = v
			}
		}
		if err != nil {
			return err
		}
		if len(e.waits) > x.opt.Records {
			return errTooMany(x.opt.Records)
		}
	}
	_, err := dec.Token()
	return err
}

// eachOf reads a list of things, or one thing, and skips those of another shape.
func eachOf[T any](x *reading, dec *json.Decoder, f func(T)) error {
	var list json.RawMessage
	x.in.next()
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	if tok == json.Delim('{') {
		return oneOf(x, dec, f)
	}
	if tok != json.Delim('[') {
		return nil
	}
	for dec.More() {
		x.in.next()
		if err := dec.Decode(&list); err != nil {
			return err
		}
		var one T
		if json.Unmarshal(list, &one) != nil {
			x.report.Items++
			x.report.skip("an attribute or object of the wrong shape")
			continue
		}
		f(one)
	}
	_, err = dec.Token()
	return err
}

// oneOf reads a thing whose brace was read.
func oneOf[T any](x *reading, dec *json.Decoder, f func(T)) error {
	fields := map[string]json.RawMessage{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return err
		}
		if name, ok := key.(string); ok && len(fields) < maxColumns {
			fields[name] = v
		}
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	var one T
	if json.Unmarshal(text, &one) != nil {
		x.report.Items++
		x.report.skip("an attribute or object of the wrong shape")
		return nil //nolint:nilerr // it is told in the report
	}
	f(one)
	return nil
}

// giveEvent gives the attributes of an event away; an object of its own that is
// none is an attribute.
func (x *reading) giveEvent(e *mispEvent) error {
	text, err := json.Marshal(e.fields)
	if err != nil {
		return err
	}
	if e.fields["type"] != nil && e.fields["value"] != nil && len(e.waits) == 0 {
		var a mispAttribute
		if json.Unmarshal(text, &a) != nil {
			x.report.skip("an attribute of the wrong shape")
			return nil //nolint:nilerr // it is told in the report
		}
		e.waits = append(e.waits, a)
	} else if json.Unmarshal(text, &e.head) == nil && e.head.Info != "" && x.report.Title == "" {
		x.report.Title = cut(e.head.Info, maxText)
	}
	if e.head.Info != "" && len(e.waits) == 0 {
		x.report.Items++
		x.report.skip("an event without attributes")
	}
	for _, a := range e.waits {
		x.report.Items++
		if err := x.giveAttribute(a, e.head); err != nil {
			return err
		}
	}
	return nil
}

// giveAttribute gives the values of an attribute away.
func (x *reading) giveAttribute(a mispAttribute, head mispHead) error {
	if head.Info == "" && len(head.Tags) == 0 {
		head = a.Event
	}
	values := mispValues(a.Type, a.Value)
	switch {
	case len(values) == 0:
		x.report.skip("an attribute that cannot be looked up: " + cut(a.Type, 40))
		return nil
	case !a.ToIDs.yes() && !a.Deleted.yes() && !x.opt.All:
		x.report.skip("an attribute that is not for detection (to_ids)")
		return nil
	}
	r := Record{
		ID: a.UUID, Name: mispName(a, head), Revoked: a.Deleted.yes(),
		First: parseTime(string(a.FirstSeen)), Last: parseTime(string(a.LastSeen)),
	}
	if r.Last.IsZero() {
		r.Last = parseTime(string(a.Timestamp))
	}
	for _, t := range append(a.Tags, head.Tags...) {
		r.mispTag(t.Name)
	}
	for _, v := range values {
		r.Type, r.Value, r.Partial = v.kind, v.value, v.partial || !a.ToIDs.yes()
		if err := x.give(r); err != nil {
			return err
		}
	}
	return nil
}

// mispName is what a value belongs to: malware that a tag of a galaxy names,
// else the event's title.
func mispName(a mispAttribute, head mispHead) string {
	for _, t := range append(a.Tags, head.Tags...) {
		for _, galaxy := range []string{"malpedia", "malware", "ransomware", "rat", "banker", "stealer", "tool", "threat-actor"} {
			if name, ok := strings.CutPrefix(t.Name, "misp-galaxy:"+galaxy+`="`); ok {
				return strings.TrimSuffix(name, `"`)
			}
		}
	}
	return head.Info
}

// mispTag takes what a tag says.
func (r *Record) mispTag(name string) {
	lower := strings.ToLower(name)
	switch {
	case strings.HasPrefix(lower, "tlp:"):
		r.TLP = stricter(r.TLP, tlpOf(name))
	case strings.HasPrefix(lower, "pap:"):
		r.PAP = stricter(r.PAP, papOf(name))
	case strings.HasPrefix(lower, "admiralty-scale:source-reliability="):
		grade := strings.ToUpper(strings.Trim(name[strings.IndexByte(name, '=')+1:], `"`))
		if len(grade) == 1 && grade >= "A" && grade <= "F" {
			r.Reliability = grade
		}
	case strings.HasPrefix(lower, "misp:confidence-level="):
		levels := map[string]int{"completely-confident": 100, "usually-confident": 75, "fairly-confident": 50, "rarely-confident": 25, "unconfident": 1}
		r.Confidence = levels[strings.Trim(lower[strings.IndexByte(lower, '=')+1:], `"`)]
	default:
		r.Tags = append(r.Tags, name)
		if phase, ok := strings.CutPrefix(lower, "kill-chain:"); ok {
			r.Phases = append(r.Phases, "kill-chain:"+strings.Trim(phase, `"`))
		}
	}
}

// mispValues are the values of an attribute that can be looked up. Of a pair the
// file's name, or the address of a name, is not enough by itself.
func mispValues(kind, value string) []named {
	a, b, pair := strings.Cut(value, "|")
	switch kind {
	case "ip-src", "ip-dst":
		return []named{{kind: "ip", value: value}}
	case "ip-src|port", "ip-dst|port":
		return []named{{kind: "ip", value: portless(a)}}
	case "domain", "hostname":
		return []named{{kind: "domain", value: value}}
	case "hostname|port":
		return []named{{kind: "domain", value: portless(a)}}
	case "domain|ip":
		if !pair {
			return []named{{kind: "domain", value: value}}
		}
		return []named{{kind: "domain", value: a}, {kind: "ip", value: b, partial: true}}
	case "url", "uri":
		return []named{{kind: "url", value: value}}
	case "md5", "sha1", "sha256", "sha384", "sha512", "x509-fingerprint-sha1", "x509-fingerprint-sha256", "x509-fingerprint-md5":
		return []named{{kind: "hash", value: value}}
	case "filename|md5", "filename|sha1", "filename|sha256", "filename|sha384", "filename|sha512", "malware-sample":
		return []named{{kind: "hash", value: b}}
	case "email", "email-src", "email-dst", "email-reply-to":
		return []named{{kind: "email", value: value}}
	case "filename":
		return []named{{kind: "file_name", value: value, partial: true}}
	case "regkey", "regkey|value":
		return []named{{kind: "registry_key", value: a}}
	case "user-agent", "http-user-agent":
		return []named{{kind: "user_agent", value: value}}
	case "vulnerability":
		return []named{{kind: "cve", value: value}}
	}
	return nil
}

// portless is a host without a port behind it.
func portless(host string) string {
	if h, port, ok := strings.Cut(host, ":"); ok && !strings.Contains(port, ":") {
		if _, err := strconv.Atoi(port); err == nil {
			return h
		}
	}
	return host
}
