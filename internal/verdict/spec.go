package verdict

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/organisation"
	"github.com/harrier-soar/harrier/schema"
)

// Actions returns the built-in actions that judge.
func Actions() []builtin.Action {
	return []builtin.Action{
		pure(judgeSpec(), func(in map[string]any) (map[string]any, error) {
			e, err := readEvidence(in)
			if err != nil {
				return nil, err
			}
			return e.judge().output(), nil
		}),
		pure(planSpec(), func(in map[string]any) (map[string]any, error) {
			e, err := readEvidence(in)
			if err != nil {
				return nil, err
			}
			return e.planOutput(), nil
		}),
		pure(matchSpec(), match),
	}
}

// pure returns an action that only thinks.
func pure(spec schema.ActionSpec, think func(in map[string]any) (map[string]any, error)) builtin.Action {
	spec.Effect, spec.Repeat, spec.Builtin, spec.Timeout = harrier.Read, harrier.Natural, true, time.Minute
	return builtin.Action{
		Spec: spec,
		Call: func(_ context.Context, req builtin.Request) (map[string]any, error) { return think(req.Input) },
	}
}

// judgeSpec describes verdict.judge.
func judgeSpec() schema.ActionSpec {
	text, number := schema.TypeOf(schema.String), schema.TypeOf(schema.Integer)
	s := schema.ActionSpec{
		Name: "verdict.judge", Title: "Judge a reported mail", Connector: "verdict",
		Input: append(evidenceInputs(),
			list("answers", schema.ObjectOf(
				must("by", text, "Who says so; one person counts once."),
				may("role", text, "What the person is to the mail, such as analyst, manager, sender (called back) or reporter. That somebody reported it proves nothing."),
				must("verdict", oneOf(malicious, benign, inconclusive), "What the person says that it is."),
				may("note", text, "Why."),
			), "What people say. One answer is one source."),
			detonationsInput(),
		),
		Output: schema.ObjectOf(
			must("verdict", oneOf(malicious, benign, inconclusive), "What it is. Benign only by positive evidence; a look-up without an answer never counts as clean."),
			must("confidence", number, "How sure that is, from 0 to 99; of inconclusive, how near it is to malicious."),
			must("contain", schema.TypeOf(schema.Boolean), "Whether the evidence carries a containment by itself: two independent sources, or a detonation. A person's answer is one source."),
			must("independent", schema.ListOf(text), "The sources that call it malicious and do not depend on each other."),
			must("simulation", schema.TypeOf(schema.Boolean), "Whether it is a phishing simulation that the organisation ordered, proven by where it came from."),
			must("reasons", schema.ListOf(reasonType()), "What was weighed: what speaks for malicious first, the weightiest first, then what speaks for nothing, then for benign."),
			must("missing", schema.ListOf(schema.ObjectOf(
				must("type", text, "What sort of observable it is."), must("value", text, "The observable."), must("reason", text, "Why nothing is known, or not everything."),
			)), "Required look-ups without an answer. Look again, and judge again."),
			must("against_benign", schema.ListOf(schema.ObjectOf(
				must("code", oneOf("signal", "opinion", "missing", "authentication", "relation", "attachment", "link", "text_only", "incomplete"), "The rule."),
				must("text", text, "For people."), must("changes", text, "What would change it."),
			)), "Everything that keeps it from being benign."),
			must("summary", text, "The outcome in one sentence."),
		),
	}
	in := exampleEvidence()
	s.Example = example(func() (map[string]any, error) {
		e, err := readEvidence(in)
		if err != nil {
			return nil, err
		}
		return e.judge().output(), nil
	})
	return s
}

// evidenceInputs are what judging and planning both know.
func evidenceInputs() []schema.Field {
	object := schema.TypeOf(schema.Object)
	return []schema.Field{
		{Name: "mail", Type: object, Required: true, Help: "The output of email.parse."},
		list("intel", object, "The outputs of intel.lookup, later ones behind earlier ones: the newest answer of a source counts."),
		list("unanswered", object, "Look-ups that failed altogether: objects with type, value and reason, or the errors of a loop whose key is type/value."),
		may("correspondence", object, "The output of mail.correspondence about the sender."),
		may("correspondence_with", schema.TypeOf(schema.String), "What that was asked about: an address, or a domain. Of a freemail provider only an address counts."),
		may("organisation", object, "The output of organisation.get; without it nothing is known to be the organisation's own."),
	}
}

// detonationsInput is what came of detonations.
func detonationsInput() schema.Field {
	return list("detonations", schema.TypeOf(schema.Object),
		"What came of detonations: objects with type (url or file), value (as verdict.block_plan listed it), source (the connection) and report (the output of sandbox.report).")
}

// planSpec describes verdict.block_plan.
func planSpec() schema.ActionSpec {
	text := schema.TypeOf(schema.String)
	spare := func(kind string, values ...string) schema.Type {
		return schema.ListOf(schema.ObjectOf(must(kind, oneOf(values...), "What it is."), must("value", text, "The thing itself."), must("reason", text, "Why not, for people.")))
	}
	s := schema.ActionSpec{
		Name: "verdict.block_plan", Title: "Plan what to block and what to detonate", Connector: "verdict",
		Input: append(evidenceInputs(),
			detonationsInput(),
			list("known_domains", schema.TypeOf(schema.Domain), "Domains with which there was correspondence lately; they are not blocked."),
		),
		Output: schema.ObjectOf(
			must("senders", schema.ListOf(text), "Addresses and domains for mail.block_sender."),
			must("domains", schema.ListOf(schema.TypeOf(schema.Domain)), "For firewall.block_domain."),
			must("urls", schema.ListOf(schema.TypeOf(schema.URL)), "For mail.block_url and firewall.block_url."),
			must("addresses", schema.ListOf(schema.TypeOf(schema.IP)), "For firewall.block_ip."),
			must("hashes", schema.ListOf(schema.TypeOf(schema.Hash)), "For endpoint.block_hash."),
			must("entries", schema.ListOf(schema.ObjectOf(
				must("type", oneOf("sender", "domain", "url", "ip", "hash"), "What it is."), must("value", text, "The thing itself."),
				must("verb", text, "What blocks it."), must("reason", text, "Why it is blocked, for people."),
			)), "All of these with the reason."),
			must("spared", spare("type", "sender", "domain", "url", "ip"), "What is condemned, or sent the mail, and is not blocked."),
			must("detonate", schema.ListOf(schema.ObjectOf(
				must("kind", oneOf("url", "file"), "What it is."),
				must("value", text, "The link without what names its recipient, or the SHA-256 of the file."),
				must("where", text, "Where it is in the mail."), perhaps("name", text, "Name of the file."),
			)), "What may be detonated, privately. What is known already is not in it."),
			must("withheld", spare("kind", "url", "file"), "What must not be detonated: links that work once, and what may be internal."),
		),
	}
	in := exampleEvidence()
	s.Example = example(func() (map[string]any, error) {
		e, err := readEvidence(in)
		if err != nil {
			return nil, err
		}
		return e.planOutput(), nil
	})
	return s
}

// reasonType is one reason.
func reasonType() schema.Type {
	text := schema.TypeOf(schema.String)
	return schema.ObjectOf(
		must("kind", oneOf(reasonKinds()...), "What sort of reason it is."),
		must("text", text, "For people; what could be followed is defanged."),
		must("weight", schema.TypeOf(schema.Integer), "How much it weighs, up to 100 for malicious, below 0 for benign, 0 for nothing."),
		must("evidence", schema.ObjectOf(
			must("source", text, "Who says so: a connection, a person, or the mail itself."),
			perhaps("link", schema.TypeOf(schema.URL), "The source's page about it."),
			perhaps("observable", text, "What it is about."),
			perhaps("role", text, "What that is to the mail."),
		), "Where it comes from."),
		must("changes", text, "What would change it."),
	)
}

// exampleEvidence is what the examples of the actions are made from.
func exampleEvidence() map[string]any {
	const link = "https://login.evil.example/session"
	return map[string]any{
		"mail": map[string]any{
			"message_id": "20261102.1@evil.example", "subject": "Your account is locked",
			"from":           map[string]any{"address": "service@bank.example", "domain": "bank.example", "name": "Bank"},
			"authentication": map[string]any{"server": "mx.corp.example", "spf": "fail", "dkim": "none", "dmarc": "fail"},
			"to":             []any{"kim@corp.example"}, "links": []any{link}, "link_domains": []any{"login.evil.example"},
			"signals":     []any{map[string]any{"code": "dmarc_fail", "text": "The receiving server says DMARC: fail."}},
			"observables": []any{map[string]any{"type": "url", "value": link, "role": "link", "where": "html a href"}},
		},
		"intel": []any{map[string]any{
			"type": "url", "value": link, "verdict": malicious, "answered": int64(2), "failed": int64(0),
			"sources": []any{
				map[string]any{"connection": "virustotal", "status": "ok", "verdict": malicious, "provider": "virustotal", "reliability": "B"},
				map[string]any{"connection": "urlhaus", "status": "ok", "verdict": malicious, "provider": "abuse.ch", "reliability": "B"},
			},
		}},
		"organisation": organisation.Default().Output(),
	}
}

// example returns what an action gives for an example of its own.
func example(think func() (map[string]any, error)) map[string]any {
	out, err := think()
	if err != nil { // the example is in this package
		panic("verdict: an example does not fit its action: " + err.Error())
	}
	return out
}

func must(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Required: true, Help: help}
}

func may(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Help: help}
}

// list returns an input that is an empty list where it is not given.
func list(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: schema.ListOf(t), Default: []any{}, Help: help}
}

func perhaps(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: schema.OptionalOf(t), Help: help}
}

// oneOf returns the type of text with these values only.
func oneOf(values ...string) schema.Type { return schema.Type{Kind: schema.String, Values: values} }
