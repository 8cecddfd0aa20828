package ldap

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/schema"
)

// revision changes with what the actions do, where their description stays.
const revision = "1"

// listTime is how long reading a directory may take.
const listTime = 10 * time.Minute

// manifest describes the connector.
func manifest() *connector.Manifest {
	m := &connector.Manifest{
		Name: "ldap", Title: "LDAP directory", Category: "identity", Docs: "https://www.rfc-editor.org/rfc/rfc4511",
		Settings: settings(), Reliability: "B",
		Auth:    connector.Auth{Kind: connector.BasicAuth, Secrets: []string{"username", "password"}},
		Limits:  connector.Limits{Concurrent: 4},
		Check:   "check",
		Actions: actions(),
	}
	description, err := json.Marshal(m)
	if err != nil {
		panic(err) // it is a literal
	}
	sum := sha256.Sum256(append(description, revision...))
	m.Hash = hex.EncodeToString(sum[:])
	for i := range m.Actions {
		a := &m.Actions[i]
		a.Effect, a.Repeat = harrier.Read, harrier.Natural
		a.Name, a.Connector, a.ManifestHash = m.Name+"."+a.Name, m.Name, m.Hash
	}
	return m
}

func settings() []schema.Field {
	word := schema.TypeOf(schema.String)
	return []schema.Field{
		{Name: "base_url", Type: schema.TypeOf(schema.URL), Required: true, Help: "The directory: ldaps://host (TLS at once) or ldap://host (STARTTLS)."},
		{Name: "tls", Type: schema.Type{Kind: schema.String, Values: []string{"starttls", "none"}}, Default: "starttls", Help: "What ldap:// does; none is for servers on this host or an allowed private address."},
		{Name: "base_dn", Type: word, Help: "The entry that all accounts are below, such as DC=corp,DC=example; what the directory names by default where it is absent."},
		{Name: "domain", Type: word, Help: "The short name of the domain of Windows, such as CORP, that stands before accounts."},
		{Name: "user_filter", Type: word, Default: "(|(&(objectCategory=person)(objectClass=user))(objectClass=inetOrgPerson)(objectClass=posixAccount))", Help: "Which entries are users, as a filter of LDAP (RFC 4515)."},
		{Name: "computer_filter", Type: word, Default: "(|(objectCategory=computer)(objectClass=computer)(objectClass=ipHost)(objectClass=device))", Help: "Which entries are computers."},
		{Name: "privileged_groups", Type: schema.ListOf(word), Default: []any{}, Help: "Names of groups whose members have rights beyond the ordinary, beside those of Active Directory such as Domain Admins."},
	}
}

// filters are the inputs of a list.
func filters() []schema.Field {
	return []schema.Field{
		{Name: "filter", Type: schema.TypeOf(schema.String), Help: "Only entries that fit this filter of LDAP too."},
		{Name: "limit", Type: schema.TypeOf(schema.Integer), Default: int64(1000), Help: "At most this many; a playbook can take about 2,000."},
	}
}

func perhaps(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: schema.OptionalOf(t), Help: help}
}

func must(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Required: true, Help: help}
}

// personType is a user of a list. The names of its fields are those that an
// inventory knows.
func personType() schema.Type {
	word := schema.TypeOf(schema.String)
	return schema.ObjectOf(
		must("id", word, "The directory's id of the account."),
		must("account", schema.ListOf(word), "Names of the account."),
		perhaps("upn", word, "The log-in name."),
		perhaps("name", word, "Name of the person."),
		perhaps("mail", schema.ListOf(word), "Mail addresses."),
		perhaps("sid", word, "The security identifier of Windows."),
		perhaps("employee_id", word, "Number of the person."),
		perhaps("department", word, "Where the person works."),
		perhaps("title", word, "What the person does."),
		perhaps("manager", word, "Who manages the person."),
		must("privileged", schema.TypeOf(schema.Boolean), "Whether a group, or the directory, gives it rights beyond the ordinary."),
		must("enabled", schema.TypeOf(schema.Boolean), "Whether it may sign in."),
		must("tags", schema.ListOf(word), "What is special: disabled, or privileged by which group."),
	)
}

// machineType is a computer of a list.
func machineType() schema.Type {
	word := schema.TypeOf(schema.String)
	return schema.ObjectOf(
		must("id", word, "The directory's id of the computer."),
		must("hostname", schema.ListOf(word), "Its names."),
		perhaps("address", schema.ListOf(word), "Addresses that the directory knows."),
		perhaps("mac", schema.ListOf(word), "Hardware addresses that the directory knows."),
		perhaps("os", word, "Its system."),
		perhaps("sid", word, "The security identifier of Windows."),
		perhaps("owner", word, "Who answers for it."),
		must("enabled", schema.TypeOf(schema.Boolean), "Whether it may sign in."),
		must("tags", schema.ListOf(word), "What is special: disabled, domain-controller."),
	)
}

func actions() []schema.ActionSpec {
	truncated := must("truncated", schema.TypeOf(schema.Boolean), "Whether there are more.")
	v, ok := schema.VerbNamed("identity.get_user")
	if !ok {
		panic("there is no verb identity.get_user")
	}
	return []schema.ActionSpec{
		{
			Name: "check", Title: "Test the connection",
			Output:  schema.ObjectOf(must("reachable", schema.TypeOf(schema.Boolean), "Whether the directory answered."), must("base_dn", schema.TypeOf(schema.String), "The entry that all accounts are below.")),
			Example: map[string]any{"reachable": true, "base_dn": "DC=corp,DC=example"},
		},
		{
			Name: "list_users", Title: "List accounts", Input: filters(), Timeout: listTime,
			Output: schema.ObjectOf(must("users", schema.ListOf(personType()), "The accounts, by name."), truncated),
			Example: map[string]any{"truncated": false, "users": []any{map[string]any{
				"id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "account": []any{`CORP\alice`}, "upn": "alice@corp.example", "name": "Alice Smith",
				"mail": []any{"alice@corp.example"}, "sid": "S-1-5-21-1-2-3-1001", "privileged": false, "enabled": true, "tags": []any{},
			}}},
		},
		{
			Name: "list_computers", Title: "List computers", Input: filters(), Timeout: listTime,
			Output: schema.ObjectOf(must("computers", schema.ListOf(machineType()), "The computers, by name."), truncated),
			Example: map[string]any{"truncated": false, "computers": []any{map[string]any{
				"id": "9b2d1a60-7c1e-4d0b-8a51-6a3a2d9f4b11", "hostname": []any{"ws-17", "ws-17.corp.example"}, "os": "Windows 11", "enabled": true, "tags": []any{},
			}}},
		},
		{
			Name: "get_user", Title: v.Title, Verb: v.Name, Input: slices.Clone(v.Input), Output: v.Output,
			Example: map[string]any{"user_id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "user": "alice@corp.example", "name": "Alice Smith", "enabled": true, "privileged": false},
		},
	}
}
