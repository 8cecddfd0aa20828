package email

import (
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/artefact"
	"github.com/harrier-soar/harrier/schema"
)

// How much an output tells about what is inside of attachments: bytes over all
// of them, and items of each list of each.
const (
	mostInsideBytes = 96 << 10
	mostMembers     = 100
	mostInsideLinks = 50
)

// insideOutput adds what is inside of an attachment. What was not read to its
// end is not said to be harmless: its list of what is active is left out where
// nothing was found.
func (a Attachment) insideOutput(o *output, one map[string]any, room *int) {
	r := a.Inside
	if r == nil {
		return
	}
	one["kind"], one["macros"], one["encrypted"] = string(r.Kind), string(a.macros()), false
	active, members, links, codes := []any{}, []any{}, []any{}, []any{}
	fits := func(n int) bool {
		if *room -= n + 40; *room < 0 {
			o.left("insides of attachments")
		}
		return *room >= 0
	}
	for inner := range r.All() {
		if inner.Encrypted {
			one["encrypted"] = true
		}
		if inner.Password != "" && fits(len(inner.Password)) {
			one["password"] = clip(inner.Password, 200)
		}
		for _, s := range inner.Signs {
			if !slices.Contains(active, any(s.Code)) && fits(len(s.Code)) {
				active = append(active, s.Code)
			}
		}
		for _, c := range inner.Codes {
			if fits(len(c.Payload)) {
				codes = append(codes, map[string]any{"payload": strings.ToValidUTF8(c.Payload, "\ufffd"), "where": c.Where})
			}
		}
		for _, l := range inner.Links {
			u, ok := parseURL(l.URL)
			if ok && len(links) < mostInsideLinks && !slices.Contains(links, any(u.canonical)) && fits(len(u.canonical)) {
				links = append(links, u.canonical)
			}
		}
		if inner == r {
			continue
		}
		path := strings.TrimPrefix(strings.TrimPrefix(inner.Path, r.Path), "/")
		if len(members) >= mostMembers {
			o.left("members of attachments")
		} else if fits(len(path) + len(inner.SHA256)) {
			member := map[string]any{"path": path, "type": firstOf(inner.Type, "unknown"), "kind": string(inner.Kind), "size": inner.Size}
			if inner.SHA256 != "" {
				member["sha256"] = inner.SHA256
			}
			members = append(members, member)
		}
	}
	if len(active) > 0 || r.Complete() {
		one["active"] = active
	}
	one["members"], one["links"], one["qr"] = members, links, codes
}

// macros tells whether the attachment, or what is inside of it, has macros.
func (a Attachment) macros() artefact.Macros {
	found := artefact.MacrosNo
	for r := range a.Inside.All() {
		if r.Macros == artefact.MacrosYes {
			return artefact.MacrosYes
		}
		if r.Macros == artefact.MacrosUnknown {
			found = artefact.MacrosUnknown
		}
	}
	if found == artefact.MacrosNo && !a.Inside.Complete() {
		return artefact.MacrosUnknown
	}
	return found
}

// insideFields are the fields of an attachment about what is inside of it.
func insideFields() []schema.Field {
	text := schema.TypeOf(schema.String)
	optional := schema.OptionalOf
	kinds := make([]string, 0, len(artefact.Kinds()))
	for _, k := range artefact.Kinds() {
		kinds = append(kinds, string(k))
	}
	return []schema.Field{
		field("kind", optional(valuesOf(kinds...)), "What kind of file it is."),
		field("macros", optional(valuesOf(string(artefact.MacrosNo), string(artefact.MacrosYes), string(artefact.MacrosUnknown))), "Does it, or a file in it, have macros? What could not be read is unknown."),
		field("active", optional(schema.ListOf(valuesOf(artefact.SignCodes()...))), "What it, or a file in it, does or hides; absent where that is not known."),
		field("encrypted", optional(schema.TypeOf(schema.Boolean)), "A password is needed for some of it."),
		field("password", optional(text), "The password that opened it."),
		field("members", optional(schema.ListOf(schema.ObjectOf(
			field("path", text, "Its way from the attachment."), field("type", text, "What the content looks like."), field("kind", valuesOf(kinds...), "What kind of file it is."),
			field("size", schema.TypeOf(schema.Integer), "Bytes."), field("sha256", optional(schema.TypeOf(schema.Hash)), "SHA-256; absent where not all of it was read."),
		))), "The files inside, at all depths."),
		field("links", optional(schema.ListOf(schema.TypeOf(schema.URL))), "Where it leads."),
		field("qr", optional(schema.ListOf(schema.ObjectOf(field("payload", text, "What it says."), field("where", text, "The page or image.")))), "QR codes that it shows."),
	}
}

// insideHashes collects the hashes of the files inside of an attachment.
func (c *collector) insideHashes(a Attachment) {
	if a.Inside == nil {
		return
	}
	n := 0
	for r := range a.Inside.All() {
		if r == a.Inside || r.SHA256 == "" || r.Size == 0 || r.Kind == artefact.KindImage {
			continue
		}
		if n++; n > mostMembers {
			return
		}
		c.add(TypeHash, r.SHA256, RoleAttachment, "attachment "+a.Name+strings.TrimPrefix(r.Path, a.Inside.Path))
	}
}
