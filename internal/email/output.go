package email

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/schema"
)

// How much of each list a step's output holds, so that all of it stays below 1 MiB.
const (
	mostURLBytes    = 96 << 10
	mostTextBytes   = 16 << 10
	mostRecipients  = 100
	mostFiles       = 200
	mostHops        = 50
	mostAuth        = 50
	mostProperties  = 8
	mostObservables = 1000
)

// Output returns what a playbook sees of a mail that was reported, in the type
// [OutputType]: the fields are those of [Message.Reported], the observables
// those of all layers.
//
// Values that a mail must have but lacks are made up under the reserved domain
// .invalid, so that they match nothing anywhere: a playbook that searches or
// blocks by them does no harm, where empty text could match every mail.
func (m *Message) Output() map[string]any {
	r := m.Reported()
	o := &output{}
	out := map[string]any{
		"message_id":     r.messageIDOrMade(),
		"subject":        r.Subject,
		"from":           r.fromOutput(),
		"reply_to":       o.addresses(r.ReplyTo),
		"to":             o.addresses(r.To),
		"cc":             o.addresses(r.Cc),
		"authentication": r.authenticationOutput(o),
		"hops":           r.hopsOutput(o),
		"mailer":         r.Mailer,
		"auto_submitted": r.AutoSubmitted,
		"list":           r.listOutput(),
		"text":           clip(firstOf(strings.TrimSpace(r.Text), strings.TrimSpace(r.VisibleText)), mostTextBytes),
		"body_sha256":    r.BodyHash,
		"layers":         int64(r.layer(m)),
	}
	r.linksOutput(o, out)
	out["attachments"] = r.attachmentsOutput(o)
	out["observables"] = m.observablesOutput(o)
	if !r.Date.IsZero() {
		out["date"] = r.Date.Format(time.RFC3339)
	}
	if r.ReturnPath.Address != "" {
		out["return_path"] = r.ReturnPath.Address
	}
	if r != m && len(m.From) > 0 && m.From[0].Address != "" {
		out["reported_by"] = m.From[0].Address
	}
	out["signals"] = m.signalsOutput(r)
	out["warnings"] = m.warningsOutput(o)
	return out
}

// output notes what did not fit.
type output struct{ cut []string }

// left notes that a list was cut.
func (o *output) left(name string) { o.cut = append(o.cut, name) }

// messageIDOrMade returns the Message-ID, or one made from the content.
func (m *Message) messageIDOrMade() string {
	if m.MessageID != "" {
		return m.MessageID
	}
	return hex.EncodeToString(m.raw[:16]) + "@missing.invalid"
}

// fromOutput returns who the mail says it is from: the first author with an
// address, else the sender, else the envelope.
func (m *Message) fromOutput() map[string]any {
	name := ""
	for _, a := range append(append(append([]Address(nil), m.From...), m.Sender...), m.ReturnPath) {
		name = firstOf(name, a.Name)
		if a.Address == "" {
			continue
		}
		domain := a.Domain
		if !strings.Contains(domain, ".") {
			domain += ".invalid" // a local name is no domain
		}
		return map[string]any{"address": a.Address, "name": firstOf(name, a.Name), "domain": domain}
	}
	return map[string]any{"address": "sender@missing.invalid", "name": name, "domain": "missing.invalid"}
}

// addresses returns the usable addresses of a list.
func (o *output) addresses(list []Address) []any {
	out := []any{}
	for _, a := range list {
		if a.Address == "" {
			continue
		}
		if len(out) >= mostRecipients {
			o.left("addresses")
			break
		}
		out = append(out, a.Address)
	}
	return out
}

// authenticationOutput returns the summary and what it was made from.
func (m *Message) authenticationOutput(o *output) map[string]any {
	s := m.AuthSummary()
	results := []any{}
	for _, a := range m.Authentication {
		for _, r := range a.Results {
			if len(results) >= mostAuth {
				o.left("authentication results")
				break
			}
			properties := map[string]any{}
			for _, key := range sortedKeys(r.Properties) {
				if len(properties) < mostProperties {
					properties[clip(key, 60)] = clip(r.Properties[key], 200)
				}
			}
			results = append(results, map[string]any{
				"server": clip(a.Server, 200), "arc_instance": int64(a.Instance), "hops_above": int64(a.HopsAbove), "method": clip(r.Method, 60),
				"result": clip(r.Result, 60), "reason": clip(r.Reason, 200), "comment": clip(r.Comment, 200), "properties": properties,
			})
		}
	}
	out := map[string]any{
		"server": clip(s.Server, 200), "spf": s.SPF, "dkim": s.DKIM, "dmarc": s.DMARC, "compauth": s.CompAuth, "arc": s.ARC, "results": results,
	}
	if s.DKIMDomain != "" {
		out["dkim_domain"] = s.DKIMDomain
	}
	return out
}

// hopsOutput returns the way of the mail, last hop first.
func (m *Message) hopsOutput(o *output) []any {
	out := []any{}
	for _, h := range m.Hops {
		if len(out) >= mostHops {
			o.left("hops")
			break
		}
		one := map[string]any{"from": clip(h.From, 255), "by": clip(h.By, 255), "with": clip(h.With, 100)}
		if h.IP.IsValid() {
			one["ip"] = h.IP.String()
		}
		if !h.Time.IsZero() {
			one["time"] = h.Time.Format(time.RFC3339)
		}
		out = append(out, one)
	}
	return out
}

// listOutput returns the List-* fields.
func (m *Message) listOutput() map[string]any {
	out := map[string]any{}
	for _, key := range sortedKeys(m.List) {
		if len(out) < 20 {
			out[clip(key, 60)] = clip(m.List[key], 500)
		}
	}
	return out
}

// linksOutput adds the links of the mail and their hosts.
func (m *Message) linksOutput(o *output, out map[string]any) {
	links, suspicious, domains := []any{}, []any{}, []any{}
	used, usedSuspicious, seen := 0, 0, map[string]bool{}
	for _, l := range m.Links {
		if l.suspicious() && !seen["!"+l.URL] && usedSuspicious+len(l.URL) <= mostURLBytes/2 {
			seen["!"+l.URL] = true
			usedSuspicious += len(l.URL)
			suspicious = append(suspicious, l.URL)
		}
		if l.URL == "" || seen[l.URL] {
			continue
		}
		if used += len(l.URL); used > mostURLBytes {
			o.left("links")
			break
		}
		seen[l.URL] = true
		links = append(links, l.URL)
		if !l.host.ip.IsValid() && strings.Contains(l.Host, ".") && !seen["."+l.Host] {
			seen["."+l.Host] = true
			domains = append(domains, l.Host)
		}
	}
	out["links"], out["suspicious_links"], out["link_domains"] = links, suspicious, domains
}

// attachmentsOutput returns the files that the mail carries.
func (m *Message) attachmentsOutput(o *output) []any {
	out := []any{}
	for _, a := range m.Attachments {
		if len(out) >= mostFiles {
			o.left("attachments")
			break
		}
		out = append(out, map[string]any{
			"name": a.Name, "type": a.SniffedType, "declared_type": clip(oneLine(a.DeclaredType), 100), "size": int64(len(a.Content)),
			"md5": a.MD5, "sha1": a.SHA1, "sha256": a.SHA256, "inline": a.Inline, "where": a.Where,
		})
	}
	return out
}

// observablesOutput returns the observables of all layers.
func (m *Message) observablesOutput(o *output) []any {
	out := []any{}
	list, more := m.observables()
	used := 0
	for _, one := range list {
		used += len(one.Value)
		if len(out) >= mostObservables || used > 2*mostURLBytes {
			more = true
			break
		}
		out = append(out, map[string]any{"type": one.Type, "value": one.Value, "role": one.Role, "where": one.Where, "layer": int64(one.Layer)})
	}
	if more {
		o.left("observables")
	}
	return out
}

// signalsOutput returns the signals of the reported mail, and whether more than
// one mail is inside of the report.
func (m *Message) signalsOutput(reported *Message) []any {
	list := reported.Signals()
	if reported.layer(m) > 1 || m.mails() > 2 {
		list = append(list, Signal{SignalLayers, "The report holds several mails; the fields are those of the innermost, the observables of all."})
	}
	out := []any{}
	for _, s := range list {
		out = append(out, map[string]any{"code": s.Code, "text": s.Text})
	}
	return out
}

// mails counts the mail and those inside of it.
func (m *Message) mails() int {
	n := 1
	for _, a := range m.Attached {
		n += a.mails()
	}
	return n
}

// warningsOutput returns the warnings of all layers, and what was left out here.
func (m *Message) warningsOutput(o *output) []any {
	out := []any{}
	var walk func(m *Message)
	walk = func(m *Message) {
		for _, w := range m.Warnings {
			out = append(out, map[string]any{"code": w.Code, "where": clip(w.Where, 100), "text": w.Text})
		}
		for _, a := range m.Attached {
			walk(a)
		}
	}
	walk(m)
	if len(o.cut) > 0 {
		out = append(out, map[string]any{"code": WarnTooMany, "where": "0", "text": "more than an output holds; cut: " + strings.Join(o.cut, ", ")})
	}
	return out
}

// OutputType returns the type of what [Message.Output] returns.
func OutputType() schema.Type {
	text, number := schema.TypeOf(schema.String), schema.TypeOf(schema.Integer)
	emails, urls := schema.ListOf(schema.TypeOf(schema.Email)), schema.ListOf(schema.TypeOf(schema.URL))
	optional := func(k schema.Kind) schema.Type { return schema.OptionalOf(schema.TypeOf(k)) }
	return schema.ObjectOf(
		field("message_id", text, "The Message-ID; made up under .invalid where there is none."),
		field("subject", text, "The decoded subject."),
		field("date", optional(schema.Timestamp), "When the sender says it was sent."),
		field("from", schema.ObjectOf(
			field("address", schema.TypeOf(schema.Email), "The author's address; under .invalid where there is none."),
			field("name", text, "The name that is shown."),
			field("domain", schema.TypeOf(schema.Domain), "The domain of the address."),
		), "Who the mail says it is from."),
		field("return_path", optional(schema.Email), "The envelope sender."),
		field("reply_to", emails, "Where answers go."),
		field("to", emails, "Recipients."),
		field("cc", emails, "Recipients of copies."),
		field("reported_by", optional(schema.Email), "Who attached the mail to a report."),
		field("authentication", authenticationType(), "What the receiving server found out."),
		field("hops", schema.ListOf(schema.ObjectOf(
			field("from", text, "The name that the sending server gave."), field("by", text, "The server that wrote this."),
			field("with", text, "The protocol."), field("ip", optional(schema.IP), "Where it came from."), field("time", optional(schema.Timestamp), "When."),
		)), "The Received fields, last hop first."),
		field("mailer", text, "The program that the sender names."),
		field("auto_submitted", text, "Auto-Submitted; empty or no means a person sent it."),
		field("list", schema.MapOf(text), "The List-* fields by lower-case name."),
		field("links", urls, "Where the mail leads, each once."),
		field("suspicious_links", urls, "Links that mislead by themselves: other text, bare address, user name, look-alike letters."),
		field("link_domains", schema.ListOf(schema.TypeOf(schema.Domain)), "The hosts of the links."),
		field("attachments", schema.ListOf(attachmentType()), "Files."),
		field("observables", schema.ListOf(schema.ObjectOf(
			field("type", valuesOf(TypeURL, TypeDomain, TypeIP, TypeEmail, TypeHash), "What it is."), field("value", text, "Canonical and refanged."),
			field("role", valuesOf(RoleSender, RoleReplyTo, RoleLink, RoleBody, RoleAttachment, RoleHop), "What it is to the mail."),
			field("where", text, "Where it stood first."), field("layer", number, "How many mails it is inside of."),
		)), "What can be looked up, of all layers."),
		field("text", text, "The beginning of the text."),
		field("body_sha256", schema.TypeOf(schema.Hash), "SHA-256 of the decoded bodies."),
		field("layers", number, "How many mails the reported one is inside of."),
		field("signals", schema.ListOf(schema.ObjectOf(field("code", valuesOf(signalCodes()...), "The rule."), field("text", text, "For people."))), "What is striking; no verdicts."),
		field("warnings", schema.ListOf(schema.ObjectOf(field("code", text, "The rule."), field("where", text, "The part."), field("text", text, "For people."))), "What was broken or left out."),
	)
}

// authenticationType returns the type of output.authentication.
func authenticationType() schema.Type {
	text, number, result := schema.TypeOf(schema.String), schema.TypeOf(schema.Integer), valuesOf(authResultNames()...)
	return schema.ObjectOf(
		field("server", text, "Who says so; empty in the dialect of Exchange."),
		field("spf", result, "May the server send for the envelope's domain?"), field("dkim", result, "Is a signature valid?"),
		field("dmarc", result, "Does either belong to the From domain?"), field("compauth", result, "Microsoft's judgement of all."),
		field("arc", result, "Is the chain of forwarders valid?"),
		field("dkim_domain", schema.OptionalOf(schema.TypeOf(schema.Domain)), "The domain of the valid signature."),
		field("results", schema.ListOf(schema.ObjectOf(
			field("server", text, "Who says so."), field("arc_instance", number, "The ARC set; 0 for none."),
			field("hops_above", number, "Servers that took the mail later."), field("method", text, "spf, dkim, …"), field("result", text, "As written."),
			field("reason", text, "As written."), field("comment", text, "As written."), field("properties", schema.MapOf(text), "What was examined."),
		)), "All results, topmost first; those below the topmost server may be forged."),
	)
}

// attachmentType returns the type of an item of output.attachments.
func attachmentType() schema.Type {
	text, hash := schema.TypeOf(schema.String), schema.TypeOf(schema.Hash)
	return schema.ObjectOf(
		field("name", text, "A safe file name."), field("type", text, "What the content looks like."), field("declared_type", text, "What the mail says."),
		field("size", schema.TypeOf(schema.Integer), "Bytes."), field("md5", hash, "MD5."), field("sha1", hash, "SHA-1."), field("sha256", hash, "SHA-256."),
		field("inline", schema.TypeOf(schema.Boolean), "Shown inside of the text."), field("where", text, "The part."),
	)
}

// field returns a documented field of an output.
func field(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Required: !t.Optional, Help: help}
}

// valuesOf returns the type of text that is one of some values.
func valuesOf(values ...string) schema.Type {
	return schema.Type{Kind: schema.String, Values: values}
}
