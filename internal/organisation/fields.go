package organisation

import (
	"slices"

	"github.com/harrier-soar/harrier/schema"
)

// fields are the keys of the file, which are the fields of organisation.get too.
func fields() []schema.Field {
	text, domains := schema.TypeOf(schema.String), schema.ListOf(schema.TypeOf(schema.Domain))
	list := []schema.Field{
		given("name", text, "", "Name of the organisation, as people are told it."),
		given("language", text, "en", "Language in which people are written to whose own is not known, such as en or de."),
		{Name: "team_mailbox", Type: schema.TypeOf(schema.Email), Help: "Mailbox of the security team: answers go there, and mail from it is never taken for a victim's."},
		given("own_domains", domains, []any{}, "Domains of the organisation. Never blocked; names below them count too."),
		may("own_networks", schema.ListOf(schema.TypeOf(schema.CIDR)), "Public networks, or single addresses, of the organisation. Never put on a block list; private addresses count without being listed."),
		given("partner_domains", domains, []any{}, "Domains that the organisation works with. Known, and never blocked as a whole."),
		given("freemail_domains", domains, []any{}, "Domains where anybody gets an address, beside those that Harrier knows. They prove nothing and are never blocked."),
		given("protected_domains", domains, []any{}, "Further domains that are never blocked."),
		given("shared_hosts", domains, []any{}, "Hosts under which strangers keep pages side by side, beside those that Harrier knows. Blocked by full link only."),
		given("trusted_servers", schema.ListOf(text), []any{}, "Names that your own mail servers write into Authentication-Results, and after by into Received, such as prod.outlook.com. Without them no authentication proves a sender."),
		given("archive_passwords", schema.ListOf(text), []any{}, "Passwords that are tried on archives in mails."),
		given("people", schema.ListOf(personType()), []any{}, "People who are called before anything is done about their account or at their request."),
		given("analysts", excludedType(), map[string]any{}, "The security team, whose openings and clicks are not a victim's."),
		given("scanners", excludedType(), map[string]any{}, "Machines that open mails and follow links by themselves."),
		given("simulations", schema.ListOf(simulationType()), []any{}, "Phishing simulations that you have ordered."),
		given("reliability", schema.MapOf(grade()), map[string]any{}, "How reliable a source is by the Admiralty code, by name of the connection, where you know better than its manifest: A completely, B usually, C fairly, D not usually, E not, F cannot be judged."),
		may("allow_lists", schema.Type{Kind: schema.String, Values: []string{Reviewed, Direct}}, "How allow lists grow where several people could look at it: reviewed, by a file in lists/ that a second person approves, which holds where nothing is said, or direct."),
		given("unattended", unattendedType(), map[string]any{}, "What may be done without a person."),
	}
	return list
}

// personType is one of people.
func personType() schema.Type {
	text, address := schema.TypeOf(schema.String), schema.TypeOf(schema.Email)
	return schema.ObjectOf(
		needed("name", text, "Name of the person."),
		needed("address", address, "Mail address of the person."),
		may("role", text, "What the person is, such as chief executive."),
		may("manager", text, "Name or address of the manager."),
		may("call_back", text, "Who is called instead of the person, such as an assistant."),
		may("phone", text, "Number to call; never one from a mail."),
	)
}

// excludedType names those whose openings and clicks are not counted.
func excludedType() schema.Type {
	text := schema.TypeOf(schema.String)
	return schema.ObjectOf(
		given("addresses", schema.ListOf(schema.TypeOf(schema.Email)), []any{}, "Mail addresses."),
		given("user_agents", schema.ListOf(text), []any{}, "Parts of the name that their program gives itself."),
		given("networks", schema.ListOf(schema.TypeOf(schema.CIDR)), []any{}, "Networks, or single addresses, that they come from."),
	)
}

// simulationType is one of simulations.
func simulationType() schema.Type {
	return schema.ObjectOf(
		needed("vendor", schema.TypeOf(schema.String), "Who sends it."),
		may("header", schema.TypeOf(schema.String), "Header field that its mails bear. It proves nothing by itself."),
		may("value", schema.TypeOf(schema.String), "What that header holds."),
		given("domains", schema.ListOf(schema.TypeOf(schema.Domain)), []any{}, "Domains that it sends from, which prove it where authentication does."),
		given("addresses", schema.ListOf(schema.TypeOf(schema.CIDR)), []any{}, "Addresses or networks that it sends from, as your own server saw them."),
	)
}

// unattendedType is what may be done without a person.
func unattendedType() schema.Type {
	mailboxes := given("cap", schema.TypeOf(schema.Integer), int64(50), "How many copies may be quarantined in one case without a person.")
	lowest, highest := 0.0, 10_000.0
	mailboxes.Min, mailboxes.Max = &lowest, &highest
	return schema.ObjectOf(
		given("exact_copies", schema.TypeOf(schema.Boolean), false, "Whether exact copies of a malicious mail are quarantined, so that they can be put back, without approval."),
		mailboxes,
	)
}

// grade is a grade of the Admiralty code.
func grade() schema.Type {
	return schema.Type{Kind: schema.String, Values: schema.Reliabilities()}
}

// OutputType returns the type of what organisation.get gives: the keys of the
// file, each with its value or its default.
func OutputType() schema.Type { return always(schema.ObjectOf(fields()...)) }

// always returns a type in which every field that has a default is there, and
// every other one may be absent.
func always(t schema.Type) schema.Type {
	if t.Elem != nil {
		elem := always(*t.Elem)
		t.Elem = &elem
	}
	t.Fields = slices.Clone(t.Fields)
	for i, f := range t.Fields {
		f.Type = always(f.Type)
		if f.Default == nil && !f.Required {
			f.Type = schema.OptionalOf(f.Type)
		} else {
			f.Required = true
		}
		f.Default = nil
		t.Fields[i] = f
	}
	return t
}

// withDefaults returns data with what it does not say, in lists of objects too.
func withDefaults(in map[string]any) map[string]any {
	out := schema.Defaults(fields(), in)
	for _, f := range fields() {
		if f.Type.Elem == nil || len(f.Type.Elem.Fields) == 0 {
			continue
		}
		items, _ := out[f.Name].([]any)
		full := make([]any, len(items))
		for i, item := range items {
			if m, ok := item.(map[string]any); ok {
				full[i] = schema.Defaults(f.Type.Elem.Fields, m)
			}
		}
		out[f.Name] = full
	}
	return out
}

// needed returns a key that must be there.
func needed(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Required: true, Help: help}
}

// may returns a key that may be left out.
func may(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Help: help}
}

// given returns a key with a default.
func given(name string, t schema.Type, def any, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Default: def, Help: help}
}
