package email

import (
	"encoding/hex"
	"strings"
	"time"
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

// Output returns what a playbook sees of a mail that was reported, where nothing
// is known about those who got it; see [Reading.Output].
func (m *Message) Output() map[string]any { return m.Read(Organisation{}).Output() }

// Output returns what a playbook sees of a mail that was reported, in the type
// [OutputType]: the fields are those of [Reading.Mail], the observables those of
// all layers.
//
// Values that a mail must have but lacks are made up under the reserved domain
// .invalid, so that they match nothing anywhere: a playbook that searches or
// blocks by them does no harm, where empty text could match every mail.
func (r Reading) Output() map[string]any {
	m, o := r.mail, &output{}
	out := map[string]any{
		"message_id":     m.messageIDOrMade(),
		"subject":        m.Subject,
		"from":           m.fromOutput(),
		"reply_to":       o.addresses(m.ReplyTo),
		"to":             o.addresses(m.To),
		"cc":             o.addresses(m.Cc),
		"authentication": r.authenticationOutput(o),
		"hops":           m.hopsOutput(o),
		"mailer":         m.Mailer,
		"auto_submitted": m.AutoSubmitted,
		"list":           m.listOutput(),
		"text":           clip(firstOf(strings.TrimSpace(m.Text), strings.TrimSpace(m.VisibleText)), mostTextBytes),
		"body_sha256":    m.BodyHash,
		"layers":         int64(m.layer(r.outer)),
	}
	m.linksOutput(o, out)
	out["link_details"] = r.linkDetails(o)
	out["attachments"] = m.attachmentsOutput(o)
	out["observables"] = r.observablesOutput(o)
	r.textOutput(o, out)
	if !m.Date.IsZero() {
		out["date"] = m.Date.Format(time.RFC3339)
	}
	if m.ReturnPath.Address != "" {
		out["return_path"] = m.ReturnPath.Address
	}
	if e, ok := m.Exchange(); ok {
		out["exchange"] = e.output()
	}
	r.reportOutput(out)
	out["signals"] = r.signalsOutput()
	out["warnings"] = r.outer.warningsOutput(o)
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
func (r Reading) authenticationOutput(o *output) map[string]any {
	s, m := r.Authentication(), r.mail
	results := []any{}
	for _, a := range m.Authentication {
		for _, one := range a.Results {
			if len(results) >= mostAuth {
				o.left("authentication results")
				break
			}
			properties := map[string]any{}
			for _, key := range sortedKeys(one.Properties) {
				if len(properties) < mostProperties {
					properties[clip(key, 60)] = clip(one.Properties[key], 200)
				}
			}
			results = append(results, map[string]any{
				"server": clip(a.Server, 200), "arc_instance": int64(a.Instance), "hops_above": int64(a.HopsAbove), "method": clip(one.Method, 60),
				"result": clip(one.Result, 60), "reason": clip(one.Reason, 200), "comment": clip(one.Comment, 200), "properties": properties,
			})
		}
	}
	out := map[string]any{
		"server": clip(s.Server, 200), "spf": s.SPF, "dkim": s.DKIM, "dmarc": s.DMARC, "compauth": s.CompAuth, "arc": s.ARC, "results": results,
		"trusted": s.Trusted, "aligned": s.Aligned, "why": clip(s.Why, 300),
	}
	if chain := m.ARC(); len(chain.Sets) > 0 || chain.Broken != "" {
		out["arc_chain"] = chain.output()
	}
	if signatures := m.Signatures(); len(signatures) > 0 {
		list := []any{}
		for _, one := range signatures {
			list = append(list, map[string]any{"header": one.Header, "domain": one.Domain, "selector": one.Selector})
		}
		out["signatures"] = list
	}
	for name, domain := range map[string]string{"dkim_domain": s.DKIMDomain, "spf_domain": s.SPFDomain} {
		if domain != "" {
			out[name] = domain
		}
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
		if !l.host.ip.IsValid() && !l.atService() && isDomain(l.Host) && !seen["."+l.Host] {
			seen["."+l.Host] = true
			domains = append(domains, l.Host)
		}
	}
	out["links"], out["suspicious_links"], out["link_domains"] = links, suspicious, domains
}

// attachmentsOutput returns the files that the mail carries.
func (m *Message) attachmentsOutput(o *output) []any {
	out := []any{}
	room := mostInsideBytes
	for _, a := range m.Attachments {
		if len(out) >= mostFiles {
			o.left("attachments")
			break
		}
		one := map[string]any{
			"name": a.Name, "type": a.SniffedType, "declared_type": clip(oneLine(a.DeclaredType), 100), "size": int64(len(a.Content)),
			"md5": a.MD5, "sha1": a.SHA1, "sha256": a.SHA256, "inline": a.Inline, "where": a.Where,
		}
		a.insideOutput(o, one, &room)
		out = append(out, one)
	}
	return out
}

// observablesOutput returns the observables of all layers.
func (r Reading) observablesOutput(o *output) []any {
	out := []any{}
	list, more := r.observables()
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

// signalsOutput returns the signals of the reported mail and its report.
func (r Reading) signalsOutput() []any {
	out := []any{}
	for _, s := range r.Signals() {
		out = append(out, map[string]any{"code": s.Code, "text": s.Text})
	}
	return out
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
