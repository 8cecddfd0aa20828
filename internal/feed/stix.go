package feed

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/harrier-soar/harrier"
)

// stixObject is what is read of an object of STIX 2.0 or 2.1, of any type.
type stixObject struct {
	Type           string            `json:"type"`
	ID             string            `json:"id"`
	Name           string            `json:"name"`
	Pattern        string            `json:"pattern"`
	PatternType    string            `json:"pattern_type"`
	ValidFrom      string            `json:"valid_from"`
	ValidUntil     string            `json:"valid_until"`
	Created        string            `json:"created"`
	Modified       string            `json:"modified"`
	Revoked        bool              `json:"revoked"`
	Labels         []string          `json:"labels"`
	IndicatorTypes []string          `json:"indicator_types"`
	Confidence     *int              `json:"confidence"`
	Phases         []stixPhase       `json:"kill_chain_phases"`
	Markings       []string          `json:"object_marking_refs"`
	References     []stixReference   `json:"external_references"`
	Source         string            `json:"source_ref"`
	Target         string            `json:"target_ref"`
	Relation       string            `json:"relationship_type"`
	Definition     stixDefinition    `json:"definition"`
	Extensions     stixExtensions    `json:"extensions"`
	Value          string            `json:"value"`
	Key            string            `json:"key"`
	Hashes         map[string]string `json:"hashes"`
	Samples        []string          `json:"sample_refs"`
}

type stixPhase struct {
	Chain string `json:"kill_chain_name"`
	Name  string `json:"phase_name"`
}

type stixReference struct {
	URL string `json:"url"`
}

// stixDefinition is the body of a marking, which is an object of any shape.
type stixDefinition struct {
	TLP string `json:"tlp"`
}

// stixExtensions are extensions by id, of which that of TLP 2.0 is read.
type stixExtensions map[string]struct {
	TLP string `json:"tlp_2_0"`
}

// bundle is what is kept of a bundle until its end, because what an indicator
// points to may come after it.
type bundle struct {
	indicators []stixObject
	// names are those of malware, actors and the like, by id.
	names map[string]string
	// colours are those of the markings in the bundle, by id.
	colours map[string]string
	// told are the ids of what an indicator tells of, by its id.
	told map[string]string
	// values are observables by id, and tied what ties them to something bad.
	values map[string]stixObject
	tied   map[string]string
}

// stix reads bundles and envelopes, one after the other.
func (x *reading) stix() error {
	dec := json.NewDecoder(x.buf)
	b := &bundle{
		names: map[string]string{}, colours: map[string]string{}, told: map[string]string{},
		values: map[string]stixObject{}, tied: map[string]string{},
	}
	for {
		x.in.next()
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return x.giveBundle(b)
		}
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('{'):
			err = x.bundle(dec, b)
		case json.Delim('['):
			err = x.stixObjects(dec, b)
		default:
			x.report.skip("a value that is no object")
		}
		if err != nil {
			return err
		}
	}
}

// bundle reads one bundle, envelope or object whose brace was read.
func (x *reading) bundle(dec *json.Decoder, b *bundle) error {
	own := map[string]json.RawMessage{}
	for dec.More() {
		x.in.next()
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := tok.(string)
		if key == "objects" && own["type"] == nil || key == "objects" && string(own["type"]) == `"bundle"` {
			if tok, err = dec.Token(); err != nil {
				return err
			}
			if tok != json.Delim('[') {
				return harrier.Errorf(harrier.Invalid, "the objects of a bundle are no list")
			}
			if err := x.stixObjects(dec, b); err != nil {
				return err
			}
			continue
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return err
		}
		if len(own) < maxColumns {
			own[key] = v
		}
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if kind := string(own["type"]); kind == "" || kind == `"bundle"` {
		return nil
	}
	text, err := json.Marshal(own)
	if err != nil {
		return err
	}
	return x.keepObject(text, b)
}

// stixObjects reads a list of objects whose bracket was read.
func (x *reading) stixObjects(dec *json.Decoder, b *bundle) error {
	for dec.More() {
		x.in.next()
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return err
		}
		if err := x.keepObject(v, b); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

// keepObject keeps what matters of an object.
func (x *reading) keepObject(text []byte, b *bundle) error {
	var o stixObject
	if err := json.Unmarshal(text, &o); err != nil {
		var kind struct{ Type string }
		_ = json.Unmarshal(text, &kind) // it was JSON; an object without a type has none to tell
		x.report.Items++
		x.report.skip("an object of the wrong shape: " + cut(kind.Type, 40))
		return nil //nolint:nilerr // it is told in the report
	}
	x.report.Items++
	if len(b.indicators)+len(b.names)+len(b.told)+len(b.values) >= x.opt.Records {
		return harrier.Errorf(harrier.Invalid, "the bundle holds more than %d objects; split it", x.opt.Records)
	}
	switch o.Type {
	case "indicator":
		b.indicators = append(b.indicators, o)
	case "relationship":
		b.relate(o)
	case "marking-definition":
		if c := markingColour(o); c != "" {
			b.colours[o.ID] = c
		}
	case "malware", "threat-actor", "intrusion-set", "campaign", "tool", "attack-pattern", "infrastructure":
		b.names[o.ID] = o.Name
		for _, sample := range o.Samples {
			b.tied[sample] = o.ID
		}
	case "ipv4-addr", "ipv6-addr", "domain-name", "url", "email-addr", "file", "windows-registry-key":
		b.values[o.ID] = o
	default:
		x.report.skip("an object that names no value: " + cut(o.Type, 40))
	}
	return nil
}

// relate keeps what a relationship says about indicators and values.
func (b *bundle) relate(o stixObject) {
	switch o.Relation {
	case "indicates":
		b.told[o.Source] = o.Target
	case "based-on", "communicates-with", "beacons-to", "exfiltrates-to", "downloads", "drops", "consists-of", "delivers":
		b.tied[o.Target] = o.Source
	}
}

// markingColour is the colour of TLP that a marking means, if it means one.
func markingColour(o stixObject) string {
	for _, e := range o.Extensions {
		if c := tlpOf(e.TLP); c != "" {
			return c
		}
	}
	if c := tlpOf(o.Definition.TLP); c != "" {
		return c
	}
	if strings.HasPrefix(strings.ToUpper(o.Name), "TLP:") {
		return tlpOf(o.Name)
	}
	return ""
}

// giveBundle gives the indicators of a bundle away, and the observables that are
// tied to something bad.
func (x *reading) giveBundle(b *bundle) error {
	for _, o := range b.indicators {
		if err := x.giveIndicator(o, b); err != nil {
			return err
		}
	}
	if len(b.indicators)+len(b.values) == 0 && x.report.Items > 0 && len(x.report.Skipped) == 0 {
		x.report.skip("an object of STIX that names no value")
	}
	for id, o := range b.values {
		by, ok := b.tied[id]
		if !ok {
			x.report.skip("an observable that nothing calls bad: " + o.Type)
			continue
		}
		if err := x.giveObservable(o, b, by); err != nil {
			return err
		}
	}
	return nil
}

// giveIndicator gives the values of an indicator's pattern away.
func (x *reading) giveIndicator(o stixObject, b *bundle) error {
	if o.PatternType != "" && o.PatternType != "stix" {
		x.report.skip("a pattern of the language " + cut(o.PatternType, 40))
		return nil
	}
	values, why := patternValues(o.Pattern)
	if why != "" {
		x.report.skip(why)
	}
	for _, v := range values {
		r := stixRecord(o, b)
		r.Type, r.Value, r.Partial = v.kind, v.value, v.partial
		if r.Name == "" {
			r.Name = b.names[b.told[o.ID]]
		}
		if named := b.names[b.told[o.ID]]; named != "" && named != r.Name {
			r.Tags = append([]string{named}, r.Tags...)
		}
		if err := x.give(r); err != nil {
			return err
		}
	}
	return nil
}

// giveObservable gives the values of an observable away. That something bad
// used it is no reason to act on it alone.
func (x *reading) giveObservable(o stixObject, b *bundle, by string) error {
	r := stixRecord(o, b)
	r.Name, r.Partial = b.names[by], true
	switch o.Type {
	case "ipv4-addr", "ipv6-addr":
		r.Type, r.Value = "ip", o.Value
	case "domain-name":
		r.Type, r.Value = "domain", o.Value
	case "url":
		r.Type, r.Value = "url", o.Value
	case "email-addr":
		r.Type, r.Value = "email", o.Value
	case "windows-registry-key":
		r.Type, r.Value = "registry_key", o.Key
	case "file":
		r.Type, r.Partial = "hash", false
		if len(o.Hashes) == 0 {
			x.report.skip("a file without a hash")
		}
		for _, name := range []string{"SHA-256", "SHA-1", "MD5", "SHA-512"} {
			if r.Value = o.Hashes[name]; r.Value != "" {
				if err := x.give(r); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return x.give(r)
}

// stixRecord is what an object says beside its value.
func stixRecord(o stixObject, b *bundle) Record {
	r := Record{
		ID: o.ID, Name: o.Name, Revoked: o.Revoked, Verdict: stixVerdict(o),
		From: parseTime(o.ValidFrom), Until: parseTime(o.ValidUntil), First: parseTime(o.Created), Last: parseTime(o.Modified),
	}
	r.Tags = append(append(r.Tags, o.Labels...), o.IndicatorTypes...)
	if o.Confidence != nil {
		r.Confidence = max(*o.Confidence, 1)
	}
	for _, p := range o.Phases {
		r.Phases = append(r.Phases, p.Chain+":"+p.Name)
	}
	known := markings()
	for _, id := range o.Markings {
		c := b.colours[id]
		if c == "" {
			c = known[id]
		}
		r.TLP = stricter(r.TLP, c)
	}
	for _, l := range o.Labels {
		if strings.HasPrefix(strings.ToLower(l), "tlp:") {
			r.TLP = stricter(r.TLP, tlpOf(l))
		}
		if strings.HasPrefix(strings.ToLower(l), "pap:") {
			r.PAP = stricter(r.PAP, papOf(l))
		}
	}
	for _, ref := range o.References {
		if r.Link == "" {
			r.Link = ref.URL
		}
	}
	return r
}

// stixVerdict is how bad an object says that its value is.
func stixVerdict(o stixObject) string {
	verdict := Malicious
	for _, t := range append(o.IndicatorTypes, o.Labels...) {
		switch strings.ToLower(t) {
		case "malicious-activity", "compromised", "attribution":
			return Malicious
		case "benign":
			verdict = Benign
		case "anomalous-activity", "anonymization":
			verdict = Suspicious
		}
	}
	return verdict
}
