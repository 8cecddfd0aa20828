package caseexport

import (
	"crypto/sha1" //nolint:gosec // UUIDv5 is made of SHA-1
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

type (
	containment = harrier.Containment
	artefact    = harrier.Evidence
	object      = map[string]any
)

// space is the namespace that STIX 2.1 gives for ids made of what they identify.
const space = "00abedb4-aa42-466c-9c01-fed23315a9b7"

// STIX writes the document as a bundle of STIX 2.1: an incident, what was
// observed, an indicator for what is bad, and a grouping and a note that hold
// them together, marked by the case's TLP. The same case gives the same ids.
func STIX(d Document) ([]byte, error) {
	b := &bundle{doc: d, seen: map[string]bool{}}
	b.producer()
	b.marking()
	incident := b.domain("incident", d.Case.ID.String(), object{"name": d.Case.Title, "description": d.Case.Summary})
	refs := append([]string{incident}, b.things()...)
	b.domain("grouping", d.Case.ID.String(), object{"name": fmt.Sprintf("Case %d", d.Case.Number), "context": "suspicious-activity", "object_refs": refs})
	if d.Case.Disposition != "" {
		text := strings.ReplaceAll(d.Case.Disposition, "_", " ")
		b.domain("note", d.Case.ID.String(), object{"abstract": "Disposition", "content": text, "object_refs": []string{incident}})
	}
	text, err := json.MarshalIndent(object{"type": "bundle", "id": "bundle--" + uuid5("bundle", d.Case.ID.String(), stampSTIX(d.WrittenAt)), "objects": b.objects}, "", "  ")
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "write case %d as STIX: %w", d.Case.Number, err)
	}
	return append(text, '\n'), nil
}

// bundle gathers objects.
type bundle struct {
	doc     Document
	objects []object
	seen    map[string]bool
	author  string
	marks   []string
}

// put adds an object once.
func (b *bundle) put(o object) string {
	id, _ := o["id"].(string)
	if !b.seen[id] {
		b.seen[id] = true
		b.objects = append(b.objects, o)
	}
	return id
}

// domain adds an object that Harrier says, with what all such have.
func (b *bundle) domain(kind, name string, fields object) string {
	o := object{
		"type": kind, "spec_version": "2.1", "id": kind + "--" + uuid5(kind, name), "created": stampSTIX(b.doc.Case.CreatedAt),
		"modified": stampSTIX(later(b.doc.Case.CreatedAt, b.doc.Case.UpdatedAt)), "created_by_ref": b.author,
	}
	if len(b.marks) > 0 {
		o["object_marking_refs"] = b.marks
	}
	for k, v := range fields {
		if v != "" {
			o[k] = v
		}
	}
	return b.put(o)
}

func (b *bundle) producer() {
	at := stampSTIX(b.doc.Case.CreatedAt)
	b.author = "identity--" + uuid5("identity", b.doc.Case.Tenant.String())
	b.put(object{
		"type": "identity", "spec_version": "2.1", "id": b.author, "created": at, "modified": at, "name": b.doc.Producer, "identity_class": "organization",
	})
}

// marking adds the marking of TLP 2.0 by its fixed id.
func (b *bundle) marking() {
	ids := map[string]string{
		"clear": "94868c89-83c2-464b-929b-a1a8aa3c8487", "green": "bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "amber": "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
		"amber+strict": "939a9414-2ddd-4d32-a0cd-375ea402b003", "red": "e828b379-4e03-4974-9ac4-e53a884c97c1",
	}
	id, ok := ids[b.doc.Case.TLP]
	if !ok {
		return
	}
	b.marks = []string{b.put(object{
		"type": "marking-definition", "spec_version": "2.1", "id": "marking-definition--" + id, "created": "2022-10-01T00:00:00.000Z",
		"name": "TLP:" + strings.ToUpper(b.doc.Case.TLP),
		"extensions": object{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": object{
			"extension_type": "property-extension", "tlp_2_0": b.doc.Case.TLP,
		}},
	})}
}

// things adds what was observed, and an indicator for what is bad.
func (b *bundle) things() (refs []string) {
	var observed []string
	for _, o := range b.doc.Observables {
		kind, fields, pattern := stixOf(o)
		if kind == "" {
			continue
		}
		id := b.put(observable(kind, fields))
		observed = append(observed, id)
		if o.Bad {
			refs = append(refs, b.domain("indicator", o.Type+" "+o.Value, object{
				"name": o.Value, "pattern": pattern, "pattern_type": "stix", "valid_from": stampSTIX(later(b.doc.Case.CreatedAt, o.At)), "indicator_types": []string{"malicious-activity"},
				"description": o.Note,
			}))
		}
	}
	for _, e := range b.doc.Evidence {
		fields := object{"hashes": object{"SHA-256": e.SHA256}, "size": e.Size, "name": e.Name}
		observed = append(observed, b.put(observable("file", fields)))
	}
	slices.Sort(observed)
	if observed = slices.Compact(observed); len(observed) == 0 {
		return refs
	}
	first, last := b.doc.Case.CreatedAt, b.doc.Case.CreatedAt
	for _, a := range b.doc.Alerts {
		if a.At.Before(first) {
			first = a.At
		}
		last = later(last, a.At)
	}
	refs = append(refs, b.domain("observed-data", b.doc.Case.ID.String(), object{
		"first_observed": stampSTIX(first), "last_observed": stampSTIX(last), "number_observed": max(1, len(b.doc.Alerts)), "object_refs": observed,
	}))
	return append(refs, observed...)
}

// observable is an object of something observed, whose id is made of what
// identifies it.
func observable(kind string, fields object) object {
	contributing := object{}
	for _, name := range []string{"value", "hashes", "user_id", "account_login", "key"} {
		if v, ok := fields[name]; ok {
			contributing[name] = v
		}
	}
	if kind == "file" && contributing["hashes"] == nil {
		contributing["name"] = fields["name"]
	}
	o := object{"type": kind, "spec_version": "2.1", "id": kind + "--" + uuidOf(canonical(contributing))}
	maps.Copy(o, fields)
	return o
}

// stixOf is an observable as STIX has it; an empty kind is what STIX has no
// object for.
func stixOf(o Observable) (kind string, fields object, pattern string) {
	switch o.Type {
	case "ip", "ipv4", "ipv6", "address":
		addr, err := netip.ParseAddr(o.Value)
		if err != nil {
			return "", nil, ""
		}
		kind = "ipv4-addr"
		if addr.Unmap().Is6() {
			kind = "ipv6-addr"
		}
		return kind, object{"value": addr.Unmap().String()}, comparison(kind+":value", addr.Unmap().String())
	case "domain", "host", "hostname", "fqdn":
		return "domain-name", object{"value": o.Value}, comparison("domain-name:value", o.Value)
	case "url":
		return "url", object{"value": o.Value}, comparison("url:value", o.Value)
	case "email", "mailbox":
		return "email-addr", object{"value": o.Value}, comparison("email-addr:value", o.Value)
	case "md5", "sha1", "sha256", "sha512", "hash":
		name := map[int]string{32: "MD5", 40: "SHA-1", 64: "SHA-256", 128: "SHA-512"}[len(o.Value)]
		if name == "" {
			return "", nil, ""
		}
		return "file", object{"hashes": object{name: strings.ToLower(o.Value)}}, comparison("file:hashes.'"+name+"'", strings.ToLower(o.Value))
	case "file", "filename":
		return "file", object{"name": o.Value}, comparison("file:name", o.Value)
	case "user", "account":
		return "user-account", object{"account_login": o.Value}, comparison("user-account:account_login", o.Value)
	}
	return "", nil, ""
}

// comparison is a pattern that one value matches.
func comparison(path, value string) string {
	return "[" + path + " = '" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "']"
}

// canonical is JSON as RFC 8785 has it, for texts and maps of texts.
func canonical(v any) string {
	switch x := v.(type) {
	case object:
		parts := make([]string, 0, len(x))
		for _, k := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, canonical(k)+":"+canonical(x[k]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case string:
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if enc.Encode(x) != nil {
			return `""`
		}
		return strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029").Replace(strings.TrimSuffix(b.String(), "\n"))
	}
	return fmt.Sprint(v)
}

// uuid5 is an id of Harrier's own objects, made of what they are.
func uuid5(parts ...string) string { return uuidOf("harrier\x00" + strings.Join(parts, "\x00")) }

// uuidOf is the UUIDv5 of a text in STIX's namespace.
func uuidOf(text string) string {
	h := sha1.New() //nolint:gosec // as RFC 9562 has it
	raw, err := hex.DecodeString(strings.ReplaceAll(space, "-", ""))
	if err != nil {
		panic(err) // a constant
	}
	h.Write(raw)
	h.Write([]byte(text))
	id := h.Sum(nil)[:16]
	id[6], id[8] = id[6]&0x0f|0x50, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func stampSTIX(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
