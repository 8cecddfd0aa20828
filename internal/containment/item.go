package containment

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

// itemType is what playbooks see of a containment.
func itemType() schema.Type {
	text, time := schema.TypeOf(schema.String), schema.TypeOf(schema.Timestamp)
	values := schema.MapOf(schema.TypeOf(schema.Any))
	return schema.ObjectOf(append([]schema.Field{
		always("id", text, "Id of the containment."),
		always("run", text, "Id of the run that did it."),
		always("path", text, "Path of the step that did it."),
		always("action", text, "The action that contained it."),
		perhaps("verb", text, "The verb that the action provides."),
		always("connection", text, "Name of the connection that it was done by, as it was then."),
		always("target", text, "What was acted on."),
		always("state", states(), "Where it stands."),
		always("at", time, "When it happened."),
		perhaps("lease_until", time, "When it ends by itself."),
		always("args", values, "What the action was given."),
		always("before", values, "What the action answered: how it was before, and where it is now."),
		perhaps("undo", text, "The action that takes it back."),
		perhaps("undo_verb", text, "The verb that the undo provides."),
		perhaps("undo_args", values, "What the undo must be given."),
		perhaps("problem", text, "Why nobody knows how to take it back."),
		perhaps("ended_at", time, "When it ended."),
		perhaps("ended_by", text, "Id of the run that ended it."),
	}, things()...)...)
}

// things are the inputs of the common verbs that take something back, so that
// a playbook can give them one by one, with their types.
func things() []schema.Field {
	text := schema.TypeOf(schema.String)
	return []schema.Field{
		perhaps("mailbox", text, "The mailbox, for mail.restore."),
		perhaps("message_id", text, "Id of the copy where it is now, for mail.restore."),
		perhaps("folder", text, "The folder that it was in, for mail.restore."),
		perhaps("read", schema.TypeOf(schema.Boolean), "Whether it had been opened, for mail.restore."),
		perhaps("rule", text, "Id of the rule, for mail.enable_rule."),
		perhaps("sender", text, "The sender, for mail.unblock_sender."),
		perhaps("url", schema.TypeOf(schema.URL), "The link, for mail.unblock_url and firewall.unblock_url."),
		perhaps("domain", schema.TypeOf(schema.Domain), "The domain, for firewall.unblock_domain."),
		perhaps("ip", schema.TypeOf(schema.IP), "The address, for firewall.unblock_ip."),
		perhaps("hash", schema.TypeOf(schema.Hash), "The hash of the file, for endpoint.unblock_hash."),
		perhaps("host", schema.TypeOf(schema.Host), "The host, for endpoint.release."),
		perhaps("user", schema.TypeOf(schema.User), "The user, for identity.enable."),
	}
}

// itemOf is a containment as a playbook sees it.
func itemOf(c harrier.Containment) (map[string]any, error) {
	args, err := object(c.Args)
	before, err2 := object(c.Before)
	undo, err3 := object(c.UndoArgs)
	for _, err := range []error{err, err2, err3} {
		if err != nil {
			return nil, err
		}
	}
	item := map[string]any{
		"id": c.ID.String(), "run": c.Run.String(), "path": c.Path, "action": c.Action, "connection": c.ConnectionName, "target": c.Target,
		"state": string(c.State), "at": stamp(c.At), "args": filled(args), "before": filled(before),
	}
	for name, value := range map[string]string{
		"verb": c.Verb, "undo": c.Undo, "undo_verb": c.UndoVerb, "problem": c.UndoProblem,
		"lease_until": stamp(c.LeaseUntil), "ended_at": stamp(c.EndedAt), "ended_by": idText(c.EndedBy),
	} {
		if value != "" {
			item[name] = value
		}
	}
	if undo != nil {
		item["undo_args"] = undo
	}
	for _, f := range things() {
		for _, v := range []any{undo[f.Name], args[f.Name], before[f.Name+"_before"]} {
			if fits(v, f) {
				item[f.Name] = v
				break
			}
		}
	}
	return item, nil
}

// fits reports whether a value is one of a field.
func fits(v any, f schema.Field) bool {
	if v == nil {
		return false
	}
	_, wrong := schema.Check(v, f.Type)
	return len(wrong) == 0
}

// filled is a map that is never null.
func filled(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// stamp is a time as playbooks see it; empty where there is none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// idText is the text of an id; empty where there is none.
func idText(id harrier.RunID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}
