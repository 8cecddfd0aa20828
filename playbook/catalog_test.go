package playbook

import (
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

// field returns a required field of a kind.
func field(name string, kind schema.Kind) schema.Field {
	return schema.Field{Name: name, Type: schema.TypeOf(kind), Required: true, Help: "A " + name + "."}
}

// list returns an optional list.
func list(name string, kind schema.Kind) schema.Field {
	return schema.Field{Name: name, Type: schema.ListOf(schema.TypeOf(kind)), Help: "Some " + name + "."}
}

// builtins are actions in the shape of the built-in ones.
func builtins() []schema.ActionSpec {
	text, boolean := schema.TypeOf(schema.String), schema.TypeOf(schema.Boolean)
	observable := schema.ObjectOf(field("type", schema.String), field("value", schema.String))
	return []schema.ActionSpec{
		{Name: "email.parse", Effect: harrier.Read, Input: []schema.Field{field("evidence", schema.EvidenceID)}, Output: schema.ObjectOf(
			field("message_id", schema.String), field("subject", schema.String),
			schema.Field{Name: "observables", Type: schema.ListOf(observable)},
			schema.Field{Name: "malicious_links", Type: schema.ListOf(schema.TypeOf(schema.URL))},
			schema.Field{Name: "from", Type: schema.ObjectOf(field("address", schema.Email))},
			schema.Field{Name: "reply_to", Type: schema.OptionalOf(schema.TypeOf(schema.Email))},
		)},
		{Name: "intel.lookup", Effect: harrier.Read, Input: []schema.Field{field("type", schema.String), field("value", schema.String)},
			Output: schema.ObjectOf(field("verdict", schema.Verdict), schema.Field{Name: "score", Type: schema.OptionalOf(schema.TypeOf(schema.Integer))})},
		{Name: "alert.close", Effect: harrier.Record, Input: []schema.Field{
			{Name: "disposition", Type: schema.Type{Kind: schema.String, Values: []string{"true_positive", "false_positive", "benign"}}, Required: true}, field("reason", schema.String),
		}, Output: schema.ObjectOf(field("closed", schema.Boolean))},
		{Name: "case.open", Effect: harrier.Record, Input: []schema.Field{field("template", schema.String), {Name: "summary", Type: text}, {Name: "pinned", Type: boolean}},
			Output: schema.ObjectOf(field("case", schema.String), field("number", schema.Integer))},
		{Name: "http.request", Effect: harrier.Read, Input: []schema.Field{field("url", schema.URL), {Name: "query", Type: schema.MapOf(text)},
			{Name: "api_key", Type: text, Secret: true}, {Name: "timeout", Type: schema.TypeOf(schema.Duration)}, {Name: "retries", Type: schema.TypeOf(schema.Integer), Default: int64(3)}},
			Output: schema.ObjectOf(field("status", schema.Integer), field("body", schema.Any))},
		{Name: "list.add", Effect: harrier.Contain, Input: []schema.Field{field("list", schema.String), field("value", schema.String)}, Output: schema.ObjectOf(field("added", schema.Boolean))},
	}
}

// vendors are actions in the shape of those of connectors.
func vendors() []schema.ActionSpec {
	copyOf := []schema.Field{field("mailbox", schema.String), field("message_id", schema.String)}
	message := schema.ObjectOf(field("mailbox", schema.String), field("id", schema.String), schema.Field{Name: "subject", Type: schema.OptionalOf(schema.TypeOf(schema.String))})
	host := []schema.Field{field("host", schema.Host)}
	return []schema.ActionSpec{
		{Name: "msgraph.search", Verb: "mail.search", Effect: harrier.Read, Input: []schema.Field{{Name: "message_id", Type: schema.TypeOf(schema.String)}, list("links", schema.URL)},
			Output: schema.ObjectOf(schema.Field{Name: "messages", Type: schema.ListOf(message)})},
		{Name: "msgraph.quarantine", Verb: "mail.quarantine", Effect: harrier.Contain, Undo: &schema.Link{Action: "restore"}, Input: copyOf, Output: schema.ObjectOf(field("folder_before", schema.String))},
		{Name: "msgraph.restore", Verb: "mail.restore", Effect: harrier.Contain, Undo: &schema.Link{Action: "quarantine"}, Input: copyOf, Output: schema.ObjectOf(field("restored", schema.Boolean))},
		{Name: "gateway.block_sender", Verb: "mail.block_sender", Effect: harrier.Contain, Undo: &schema.Link{Action: "unblock_sender"}, Input: []schema.Field{field("sender", schema.Email)}, Output: schema.ObjectOf(field("blocked", schema.Boolean))},
		{Name: "edr.isolate", Verb: "endpoint.isolate", Effect: harrier.Contain, Undo: &schema.Link{Action: "release"}, Input: host, Output: schema.ObjectOf(field("isolated", schema.Boolean))},
		{Name: "edr.wipe", Effect: harrier.Destroy, Input: host, Output: schema.ObjectOf(field("wiped", schema.Boolean))},
		{Name: "edr.tag", Effect: harrier.Contain, Input: host, Output: schema.ObjectOf(field("tagged", schema.Boolean))},
		{Name: "vt.lookup_ip", Verb: "intel.lookup_ip", Effect: harrier.Read, Input: []schema.Field{field("ip", schema.IP)}, Output: schema.ObjectOf(field("verdict", schema.Verdict))},
		{Name: "slack.post", Verb: "chat.post", Effect: harrier.Notify, Input: []schema.Field{field("channel", schema.String), field("text", schema.String)}, Output: schema.ObjectOf(field("ts", schema.String))},
	}
}

// testCatalog is what the playbooks of the tests may use.
func testCatalog() Catalog {
	cat := Catalog{Actions: map[string]schema.ActionSpec{}, Verbs: map[string]schema.Verb{}, Offers: map[string][]string{}, Playbooks: map[string]*Doc{}}
	add := func(spec schema.ActionSpec, builtin bool) {
		spec.Builtin, spec.Local = builtin, builtin
		spec.Timeout, spec.ManifestHash = time.Minute, "manifest-of-"+spec.Name
		cat.Actions[spec.Name] = spec
		if spec.Verb != "" {
			cat.Offers[spec.Verb] = append(cat.Offers[spec.Verb], spec.Name)
		}
	}
	for _, spec := range builtins() {
		add(spec, true)
	}
	for _, spec := range vendors() {
		connector, _, _ := cut(spec.Name)
		spec.Connector = connector
		add(spec, false)
	}
	wanted := []string{"mail.search", "mail.quarantine", "mail.restore", "mail.block_sender", "endpoint.isolate", "intel.lookup_ip", "chat.post", "firewall.block_ip"}
	for _, v := range schema.Verbs() {
		if slices.Contains(wanted, v.Name) {
			cat.Verbs[v.Name] = v
		}
	}
	for name, source := range map[string]string{"child": childSource, "grandchild": grandchildSource, "silent": silentSource, "loop-a": loopASource, "loop-b": loopBSource} {
		doc, _ := Parse(name+".playbook.yaml", []byte(source))
		cat.Playbooks[name] = doc
	}
	return cat
}

// cut splits a name at its dot.
func cut(name string) (before, after string, ok bool) {
	for i := range len(name) {
		if name[i] == '.' {
			return name[:i], name[i+1:], true
		}
	}
	return name, "", false
}

// The playbooks that others of the tests call.
const (
	childSource = `harrier: 1
playbook: child
trigger:
  - call: true
inputs:
  host: {type: host, required: true}
  note: {type: string, default: none}
steps:
  - id: ask_first
    approve:
      title: Isolate ${{ inputs.host }}
      covers: [isolate]
  - id: isolate
    uses: endpoint.isolate
    with:
      host: ${{ inputs.host }}
  - id: below
    call: grandchild
outputs:
  isolated: ${{ steps.isolate.status == "succeeded" }}
  seen: ${{ steps.below.output.seen }}
`
	grandchildSource = `harrier: 1
playbook: grandchild
trigger:
  - call: true
steps:
  - id: values
    set:
      seen: 3
outputs:
  seen: ${{ steps.values.output.seen }}
`
	silentSource = `harrier: 1
playbook: silent
steps:
  - set:
      x: 1
`
	loopASource = `harrier: 1
playbook: loop-a
trigger:
  - call: true
steps:
  - call: loop-b
`
	loopBSource = `harrier: 1
playbook: loop-b
trigger:
  - call: true
steps:
  - call: loop-a
`
)
