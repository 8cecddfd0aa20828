package verdict

import (
	"maps"

	"github.com/harrier-soar/harrier/internal/organisation"
	"github.com/harrier-soar/harrier/schema"
)

// matchSpec describes email.match.
func matchSpec() schema.ActionSpec {
	text, object := schema.TypeOf(schema.String), schema.TypeOf(schema.Object)
	labelled := schema.ListOf(matchType())
	s := schema.ActionSpec{
		Name: "email.match", Title: "Label copies of a mail", Connector: "email",
		Input: []schema.Field{
			{Name: "mail", Type: object, Required: true, Help: "The output of email.parse about the reported mail."},
			list("candidates", object, "The mails to compare: messages as mail.search gives them, outputs of email.parse, or objects with message, mail and found_by (link or attachment), any of which may be left out."),
			list("malicious", text, "Links, domains and hashes that were condemned."),
			may("organisation", object, "The output of organisation.get."),
		},
		Output: schema.ObjectOf(
			must("exact", labelled, "The same mail: the only ones that may be removed without a person."),
			must("campaign", labelled, "Other mails of the same campaign."),
			must("candidate", labelled, "Mails that were found and may have nothing to do with it."),
			must("total", schema.TypeOf(schema.Integer), "How many were compared."),
		),
	}
	mail, _ := exampleEvidence()["mail"].(map[string]any)
	in := map[string]any{"mail": mail, "candidates": []any{map[string]any{
		"mailbox": "kim@corp.example", "id": "m1", "internet_message_id": "<20261102.1@evil.example>", "subject": "Your account is locked", "from": "service@bank.example",
	}}}
	s.Example = example(func() (map[string]any, error) { return match(in) })
	return s
}

// matchType is a message of mail.search with its label.
func matchType() schema.Type {
	t := schema.ObjectOf()
	if v, ok := schema.VerbNamed("mail.search"); ok {
		if f, ok := v.Output.Field("messages"); ok && f.Type.Elem != nil {
			for _, f := range f.Type.Elem.Fields {
				// Of a mail that was only parsed nothing is known about where it lies.
				if f.Name != "mailbox" && f.Name != "id" {
					f.Type = schema.OptionalOf(f.Type)
					f.Required = false
				}
				t.Fields = append(t.Fields, f)
			}
		}
	}
	t.Fields = append(t.Fields,
		must("label", oneOf(exact, campaign, candidate), "What it is to the reported mail."),
		must("why", schema.ListOf(schema.TypeOf(schema.String)), "Why, for people."),
	)
	return t
}

// match compares mails with a reported one.
func match(in map[string]any) (map[string]any, error) {
	var reported mail
	var condemned []string
	var profile map[string]any
	for _, one := range []struct {
		name string
		into any
	}{{"mail", &reported}, {"malicious", &condemned}, {"organisation", &profile}} {
		if in[one.name] == nil {
			continue
		}
		if err := read(one.name, in[one.name], one.into); err != nil {
			return nil, err
		}
	}
	p, err := organisation.FromOutput(profile)
	if err != nil {
		return nil, err
	}
	items, _ := in["candidates"].([]any)
	suspects, err := readSuspects(items)
	if err != nil {
		return nil, err
	}
	c := newComparison(&reported, condemned, &p)
	lists := map[string][]any{exact: {}, campaign: {}, candidate: {}}
	for _, s := range suspects {
		label, why := c.label(s)
		lists[label] = append(lists[label], s.output(label, why))
	}
	return map[string]any{exact: lists[exact], campaign: lists[campaign], candidate: lists[candidate], "total": int64(len(suspects))}, nil
}

// output is a message with its label.
func (s suspect) output(label string, why []string) map[string]any {
	out := map[string]any{"mailbox": "", "id": ""}
	for _, f := range matchType().Fields {
		if v := s.data[f.Name]; v != nil {
			out[f.Name] = v
		}
	}
	if s.mail != nil && out["internet_message_id"] == nil {
		maps.Copy(out, map[string]any{"internet_message_id": s.mail.MessageID, "subject": s.mail.Subject, "from": s.mail.From.Address})
	}
	list := make([]any, len(why))
	for i, w := range why {
		list[i] = clip(w, 600)
	}
	out["label"], out["why"] = label, list
	return out
}
