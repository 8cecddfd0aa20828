package mapping

import "github.com/harrier-soar/harrier"

// meaning says what a field of ECS means: an observable, an entity, or both.
type meaning struct {
	field string
	// kind is the type of an observable, "" for none.
	kind string
	// entity is the type of an entity, "" for none; users find their domain and
	// their mail address beside their name.
	entity harrier.EntityType
	role   string
	path   *fieldPath
	// domain and email are read beside the name of a user.
	domain, email *fieldPath
}

// meanings lists the fields of ECS that entities and observables are made of.
// Of a field with several values each counts.
func meanings() []meaning {
	list := []meaning{
		{field: "host.name", entity: harrier.HostEntity, role: "affected"},
		{field: "host.hostname", entity: harrier.HostEntity, role: "affected"},
		{field: "host.ip", entity: harrier.AddressEntity, role: "affected"},
		{field: "user.name", entity: harrier.UserEntity, role: "actor"},
		{field: "user.target.name", entity: harrier.UserEntity, role: "target"},
		{field: "source.user.name", entity: harrier.UserEntity, role: "source"},
		{field: "destination.user.name", entity: harrier.UserEntity, role: "destination"},
		{field: "email.to.address", entity: harrier.MailboxEntity, role: "target"},
		{field: "cloud.instance.id", entity: harrier.ResourceEntity, role: "affected"},
		{field: "cloud.resource.id", entity: harrier.ResourceEntity, role: "affected"},
		{field: "source.ip", kind: "ip", role: "source"},
		{field: "source.nat.ip", kind: "ip", role: "source"},
		{field: "client.ip", kind: "ip", role: "source"},
		{field: "destination.ip", kind: "ip", role: "destination"},
		{field: "server.ip", kind: "ip", role: "destination"},
		{field: "source.domain", kind: "domain", role: "source"},
		{field: "destination.domain", kind: "domain", role: "destination"},
		{field: "url.domain", kind: "domain", role: "destination"},
		{field: "url.full", kind: "url", role: "destination"},
		{field: "url.original", kind: "url", role: "destination"},
		{field: "dns.question.name", kind: "domain", role: "destination"},
		{field: "dns.resolved_ip", kind: "ip", role: "destination"},
		{field: "tls.client.server_name", kind: "domain", role: "destination"},
		{field: "user_agent.original", kind: "user_agent", role: "source"},
		{field: "email.from.address", kind: "email", role: "sender"},
		{field: "email.sender.address", kind: "email", role: "sender"},
		{field: "email.reply_to.address", kind: "email", role: "sender"},
		{field: "email.attachments.file.name", kind: "file_name", role: "file"},
		{field: "email.attachments.file.hash.sha256", kind: "hash", role: "file"},
		{field: "email.attachments.file.hash.md5", kind: "hash", role: "file"},
		{field: "process.name", kind: "process", role: "related"},
		{field: "process.executable", kind: "file_path", role: "related"},
		{field: "process.parent.executable", kind: "file_path", role: "parent"},
		{field: "process.parent.name", kind: "process", role: "parent"},
		{field: "file.name", kind: "file_name", role: "file"},
		{field: "file.path", kind: "file_path", role: "file"},
		{field: "registry.path", kind: "registry_key", role: "related"},
		{field: "registry.key", kind: "registry_key", role: "related"},
		{field: "vulnerability.id", kind: "cve", role: "related"},
		{field: "threat.indicator.ip", kind: "ip", role: "related"},
		{field: "threat.indicator.url.full", kind: "url", role: "related"},
		{field: "threat.indicator.domain", kind: "domain", role: "related"},
		{field: "related.ip", kind: "ip", role: "related"},
		{field: "related.hash", kind: "hash", role: "related"},
	}
	for _, of := range []struct{ field, role string }{{"file", "file"}, {"process", "related"}, {"process.parent", "parent"}, {"dll", "related"}, {"threat.indicator.file", "related"}} {
		for _, algorithm := range []string{"md5", "sha1", "sha256", "sha512"} {
			list = append(list, meaning{field: of.field + ".hash." + algorithm, kind: "hash", role: of.role})
		}
	}
	for i := range list {
		m := &list[i]
		m.path, _ = parsePath(m.field)
		if m.entity == harrier.UserEntity {
			of := m.field[:len(m.field)-len("name")]
			m.domain, _ = parsePath(of + "domain")
			m.email, _ = parsePath(of + "email")
		}
	}
	return list
}

// fieldSets lists the fields at the top of ECS that ecs: copies.
func fieldSets() []string {
	return []string{
		"@timestamp", "agent", "client", "cloud", "container", "data_stream", "destination", "device", "dll", "dns", "ecs", "email", "error", "event", "faas", "file", "group",
		"host", "http", "labels", "log", "message", "network", "observer", "orchestrator", "organization", "package", "process", "registry", "related", "rule", "server", "service",
		"source", "span", "tags", "threat", "tls", "trace", "transaction", "url", "user", "user_agent", "vulnerability",
	}
}

// draw makes entities and observables of the event in the names of ECS.
func (s *Set) draw(f *harrier.Finding) {
	look := finder{}
	for i := range s.meanings {
		m := &s.meanings[i]
		found := look.all(f.Data, m.path)
		if m.entity == harrier.UserEntity {
			drawUser(f, m, found)
			continue
		}
		for _, v := range found {
			text, ok := asText(v)
			switch {
			case !ok:
			case m.entity != "":
				addEntity(f, harrier.Entity{Type: m.entity, Role: m.role, Name: text}, "")
			default:
				addObservable(f, harrier.Observable{Type: m.kind, Value: text, Role: m.role, Where: m.field})
			}
		}
	}
}

// drawUser makes an entity of a user's name, domain and mail address.
func drawUser(f *harrier.Finding, m *meaning, names []any) {
	look := finder{}
	domain := ""
	if found := look.all(f.Data, m.domain); len(found) > 0 && len(names) == 1 {
		domain, _ = asText(found[0])
	}
	for _, v := range names {
		if name, ok := asText(v); ok {
			addEntity(f, harrier.Entity{Type: harrier.UserEntity, Role: m.role, Name: name}, domain)
		}
	}
	if len(names) > 0 {
		return
	}
	for _, v := range look.all(f.Data, m.email) {
		if mail, ok := asText(v); ok {
			addEntity(f, harrier.Entity{Type: harrier.UserEntity, Role: m.role, Name: mail}, "")
		}
	}
}
