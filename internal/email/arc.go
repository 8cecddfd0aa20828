package email

import (
	"slices"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/schema"
)

// ARCChain is the chain of custody that forwarders wrote (RFC 8617). Nothing of
// it is verified here: it is what the fields say, and whether they fit together.
type ARCChain struct {
	// Sets are in the order in which the mail passed.
	Sets []ARCSet
	// Broken says why the fields are no chain; empty where they are.
	Broken string
}

// ARCSet is what one forwarder added.
type ARCSet struct {
	Instance int
	// CV is what it found of the chain before it: none, pass or fail.
	CV string
	// Domain is who sealed it.
	Domain string
	// Results are what it found of the mail, by method.
	Results []AuthResult
}

// mostARCSets is how long a chain may be (RFC 8617 §4.2.1).
const mostARCSets = 50

// arcParts counts the fields of one set.
type arcParts struct {
	set               ARCSet
	seals, signatures int
	results           int
	wrong             string
}

// ARC returns the chain of custody; it has no sets where there is none.
func (m *Message) ARC() ARCChain {
	parts, chain := map[int]*arcParts{}, ARCChain{}
	for _, f := range m.Header {
		kind := strings.ToLower(f.Name)
		if kind != "arc-seal" && kind != "arc-message-signature" && kind != "arc-authentication-results" {
			continue
		}
		instance, ok := arcInstance(kind, f.Value)
		if !ok {
			chain.Broken = firstOf(chain.Broken, f.Name+" has no instance from 1 to 50.")
			continue
		}
		if parts[instance] == nil {
			parts[instance] = &arcParts{set: ARCSet{Instance: instance}}
		}
		parts[instance].add(kind, f.Value)
	}
	for n := 1; len(chain.Sets) < len(parts) && n <= mostARCSets; n++ {
		p := parts[n]
		if p == nil {
			chain.Broken = firstOf(chain.Broken, "Set "+strconv.Itoa(n)+" is missing.")
			continue
		}
		chain.Broken = firstOf(chain.Broken, p.problem(n))
		chain.Sets = append(chain.Sets, p.set)
	}
	return chain
}

// arcInstance returns the number of the set that a field belongs to.
func arcInstance(kind, value string) (int, bool) {
	text := ""
	if kind == "arc-authentication-results" {
		head, _, _ := strings.Cut(value, ";")
		name, number, _ := strings.Cut(outsideComments(head), "=")
		if strings.EqualFold(strings.TrimSpace(name), "i") {
			text = strings.TrimSpace(number)
		}
	} else {
		text = signatureTags(value)["i"]
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= mostARCSets
}

// add takes a field into its set.
func (p *arcParts) add(kind, value string) {
	switch kind {
	case "arc-seal":
		tags := signatureTags(value)
		p.seals++
		p.set.CV, p.set.Domain = strings.ToLower(tags["cv"]), domainOf(tags["d"])
		if _, signsFields := tags["h"]; signsFields {
			p.wrong = "The seal of set " + strconv.Itoa(p.set.Instance) + " names header fields."
		}
	case "arc-message-signature":
		p.signatures++
	case "arc-authentication-results":
		p.results++
		p.set.Results = parseAuthResults(value).Results
	}
}

// problem says why a set does not fit where it stands.
func (p *arcParts) problem(n int) string {
	number := strconv.Itoa(n)
	switch {
	case p.seals != 1 || p.signatures != 1 || p.results != 1:
		return "Set " + number + " does not have each field once."
	case p.wrong != "":
		return p.wrong
	case n == 1 && p.set.CV != "none", n > 1 && p.set.CV != "pass":
		return "Set " + number + " says that the chain before it is " + strconv.Quote(clip(p.set.CV, 20)) + "."
	}
	return ""
}

// signatureTags returns the tags of a signature or a seal (RFC 6376 §3.2). Of
// equal names the first counts.
func signatureTags(s string) map[string]string {
	const longest, most = 16 << 10, 30
	tags := map[string]string{}
	for tag := range strings.SplitSeq(clip(s, longest), ";") {
		name, value, ok := strings.Cut(tag, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if _, taken := tags[name]; !ok || taken || len(tags) >= most {
			continue
		}
		tags[name] = strings.Join(strings.Fields(value), "")
	}
	return tags
}

// output returns what a playbook sees.
func (c ARCChain) output() map[string]any {
	sets := []any{}
	for _, set := range c.Sets {
		one := map[string]any{"instance": int64(set.Instance), "cv": clip(set.CV, 20)}
		if set.Domain != "" {
			one["domain"] = set.Domain
		}
		results := map[string]any{}
		for _, r := range set.Results {
			const most = 12
			if _, told := results[r.Method]; !told && len(results) < most {
				results[clip(r.Method, 60)] = clip(r.Result, 60)
			}
		}
		one["results"] = results
		sets = append(sets, one)
	}
	return map[string]any{"sets": sets, "whole": c.Broken == "", "broken": c.Broken}
}

// arcType returns the type of output.authentication.arc_chain.
func arcType() schema.Type {
	text := schema.TypeOf(schema.String)
	return schema.ObjectOf(
		field("sets", schema.ListOf(schema.ObjectOf(
			field("instance", schema.TypeOf(schema.Integer), "1 for the first forwarder."), field("cv", text, "What it found of the chain before it."),
			field("domain", schema.OptionalOf(schema.TypeOf(schema.Domain)), "Who sealed it."), field("results", schema.MapOf(text), "What it found of the mail, by method."),
		)), "What each forwarder added, first to last."),
		field("whole", schema.TypeOf(schema.Boolean), "The fields fit together; no signature is verified."), field("broken", text, "Why they do not."),
	)
}

// Signature is a DKIM signature that the mail carries, which says who claims to
// have signed it, not that the signature is valid.
type Signature struct {
	// Header is DKIM-Signature, or X-Google-DKIM-Signature.
	Header, Domain, Selector string
}

// Signatures returns the signatures that the mail carries.
func (m *Message) Signatures() []Signature {
	const most = 20
	var list []Signature
	for _, f := range m.Header {
		name := strings.ToLower(f.Name)
		if len(list) >= most || name != "dkim-signature" && name != "x-google-dkim-signature" {
			continue
		}
		tags := signatureTags(f.Value)
		one := Signature{Header: name, Domain: domainOf(tags["d"]), Selector: oneLine(clip(tags["s"], 100))}
		if one.Domain != "" && !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}
