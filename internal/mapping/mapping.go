package mapping

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/expr"
)

// Auto is the name that stands for whichever mapping recognises an event.
const Auto = "auto"

// Mapping is how the events of one product become findings.
type Mapping struct {
	// Name is how sources name it; Title is for people.
	Name, Title     string
	Vendor, Product string
	// Docs is the vendor's page about the format.
	Docs string
	// File is where it was read from.
	File string

	loose    bool
	fallback bool
	patterns []pattern
	skips    []pattern
	unfolds  []*fieldPath
	each     [][]*fieldPath

	making
	// whole returns the mapping with what is its making, which a Set reads when it
	// is first needed.
	whole func() *Mapping
}

// making is what findings are made by.
type making struct {
	fields   fields
	data     []dataField
	ecs      []*fieldPath
	lists    []list
	observed []list
	extracts []value
	known    known
}

// fields are those of a finding that are one value or a list of words.
type fields struct {
	id, version, title, description, category, severity, status, disposition, time *value
	ruleID, ruleName, tactics, techniques, link                                    *value
}

// dataField is a field in the names of ECS.
type dataField struct {
	names []string
	value value
	// number tells that ECS has a number there, which products write as text.
	number bool
}

// list is an entry of entities or observables: what each item of it gives.
type list struct {
	each                     [][]*fieldPath
	when                     pattern
	kind, role, name, domain value
	where                    string
}

// Set is the mappings in force. It does not change and may be used by many goroutines.
type Set struct {
	byName   map[string]*Mapping
	order    []*Mapping
	meanings []meaning
	env      func() (*expr.Env, error)
}

// List returns the mappings, by name.
func (s *Set) List() []*Mapping { return slices.Clone(s.order) }

// Get returns the mapping with a name.
func (s *Set) Get(name string) (*Mapping, bool) {
	m, ok := s.byName[name]
	return m, ok
}

// Detect returns the name of the mapping that knows the first thing in an event
// best, or "" where none does.
func (s *Set) Detect(ev harrier.RawEvent) string {
	docs, err := records(ev, time.UTC)
	if err != nil {
		return ""
	}
	if m := s.detect(&docs[0]); m != nil {
		return m.Name
	}
	return ""
}

// detect returns the mapping that recognises a document best.
func (s *Set) detect(d *record) *Mapping {
	var best *Mapping
	weight := -1
	look, top := finder{dotted: d.dotted}, topsOf(d.value)
	var fallback *Mapping
	for _, m := range s.order {
		switch w := m.recognises(&look, d.value, top); {
		case w < 0:
		case m.fallback:
			fallback = cmp.Or(fallback, m)
		case w > weight:
			best, weight = m, w
		}
	}
	return cmp.Or(best, fallback)
}

// Map makes findings of an event by the mapping of its source, or by the one
// that recognises each thing in it where the source names none or auto. None
// and no error means that it holds no alert. Errors are [harrier.Invalid] where
// the event cannot be understood, for quarantine, with a reason for people;
// [harrier.NotFound] where the source names a mapping that does not exist; and
// [harrier.Unavailable] where ctx ended. It is all of an event or nothing.
func (s *Set) Map(ctx context.Context, source harrier.Source, ev harrier.RawEvent) ([]harrier.Finding, error) {
	var named *Mapping
	if source.Mapping != "" && source.Mapping != Auto {
		var ok bool
		if named, ok = s.Get(source.Mapping); !ok {
			return nil, s.noSuch(source.Mapping)
		}
	}
	v := &view{ctx: ctx, meta: metaOf(ev, source), now: ev.Received}
	when := clock{zone: zone(source, v.meta), received: ev.Received}
	docs, err := records(ev, when.zone)
	if err != nil {
		return nil, err
	}
	var out []harrier.Finding
	for i := range docs {
		m := named
		if m == nil {
			m = s.detect(&docs[i])
		}
		if m == nil {
			return nil, s.unknown(docs[i].value)
		}
		if out, err = s.record(out, m, &maker{view: v, clock: when}, &docs[i]); err != nil {
			return nil, place(err, i, len(docs))
		}
	}
	return out, nil
}

// zone returns the time zone for times without one.
func zone(source harrier.Source, meta map[string]any) *time.Location {
	name, _ := meta["time_zone"].(string)
	at, err := time.LoadLocation(cmp.Or(source.TimeZone, name, "UTC"))
	if err != nil {
		return time.UTC
	}
	return at
}

// place says which of several things in an event an error is about.
func place(err error, i, of int) error {
	if of == 1 {
		return err
	}
	return harrier.Errorf(harrier.KindOf(err), "number %d of the %d things in the event: %w", i+1, of, err)
}

// noSuch is the error of a source that names a mapping that does not exist.
func (s *Set) noSuch(name string) error {
	names := make([]string, len(s.order))
	for i, m := range s.order {
		names[i] = m.Name
	}
	if near := harrier.Suggest(name, names); near != "" {
		return harrier.Errorf(harrier.NotFound, "there is no mapping %s: did you mean %s?", name, near)
	}
	return harrier.Errorf(harrier.NotFound, "there is no mapping %s: use auto or one that harrier mapping list shows", name)
}

// unknown is the error of an event that no mapping recognises.
func (s *Set) unknown(doc any) error {
	return harrier.Errorf(harrier.Invalid, "no mapping recognises this event (%s): name the mapping of its product in the source, or write one", outline(doc))
}

// outline shows what a document looks like, in a message.
func outline(doc any) string {
	m, ok := doc.(map[string]any)
	if !ok {
		return fmt.Sprintf("it is no object but %s", short(doc))
	}
	if wire, ok := m["wire"].(map[string]any); ok {
		return outlineText(m, wire)
	}
	return "its fields are " + fieldsOf(m)
}

// outlineText shows what a text looks like, by how package wire read it.
func outlineText(m, wire map[string]any) string {
	format, _ := wire["format"].(string)
	if inner, ok := m[format].(map[string]any); ok {
		return fmt.Sprintf("it is a text in the format %s with the fields %s", format, fieldsOf(inner))
	}
	if message, ok := m["message"].(string); ok {
		return fmt.Sprintf("it is a text that begins %q", short(message))
	}
	return "its fields are " + fieldsOf(m)
}

// fieldsOf lists the first fields of an object.
func fieldsOf(m map[string]any) string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) > 12 {
		names = append(names[:12], "…")
	}
	return strings.Join(names, ", ")
}

// record makes findings of one document.
func (s *Set) record(out []harrier.Finding, m *Mapping, k *maker, d *record) ([]harrier.Finding, error) {
	if _, ok := d.value.(map[string]any); !ok {
		return nil, harrier.Errorf(harrier.Invalid, "this is not what %s sends: %s", m.Title, outline(d.value))
	}
	d.unfold(m.unfolds)
	k.view.finder = finder{dotted: d.dotted, loose: m.loose}
	look := finder{dotted: d.dotted, loose: m.loose}
	for _, p := range m.skips {
		if p.holds(&look, d.value) {
			return out, nil
		}
	}
	if m.recognises(&look, d.value, topsOf(d.value)) < 0 {
		return nil, s.notThis(m, d)
	}
	look.loose = m.loose
	k.view.whole, k.view.item = d.value, nil
	for _, event := range m.alerts(&look, d.value) {
		if len(out) >= MaxFindings {
			return nil, tooMany()
		}
		if m.skipped(&look, event) {
			continue
		}
		k.view.event = event
		f := s.make(m.whole(), k)
		if k.view.stopped != nil {
			return nil, k.view.stopped
		}
		out = append(out, f)
	}
	return out, nil
}

// skipped reports whether one of several alerts is none.
func (m *Mapping) skipped(look *finder, event any) bool {
	return slices.ContainsFunc(m.skips, func(p pattern) bool { return p.holds(look, event) })
}

// alerts returns the alerts in a document: what the first of each finds, or itself.
func (m *Mapping) alerts(look *finder, doc any) []any {
	look.loose = false // an envelope is not recognised by a name that only resembles it
	defer func() { look.loose = m.loose }()
	for _, together := range m.each {
		var out []any
		for _, p := range together {
			for _, found := range look.all(doc, p) {
				if _, ok := found.(map[string]any); ok {
					out = append(out, found)
				}
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return []any{doc}
}

// notThis is the error of an event that the mapping of its source does not recognise.
func (s *Set) notThis(m *Mapping, d *record) error {
	if other := s.detect(d); other != nil && len(other.patterns) > 0 && len(other.patterns[0]) > 0 {
		return harrier.Errorf(harrier.Invalid, "this is not what %s sends but looks like %s: set the source's mapping to %s or auto", m.Title, other.Title, other.Name)
	}
	return harrier.Errorf(harrier.Invalid, "this is not what %s sends (%s; expected %s): set the source's mapping to auto, or to that of its product", m.Title, outline(d.value), m.expected())
}

// expected tells what a mapping recognises events by.
func (m *Mapping) expected() string {
	var ways []string
	for _, p := range m.patterns {
		var names []string
		for _, c := range p {
			if !c.none {
				names = append(names, c.text)
			}
		}
		ways = append(ways, strings.Join(names, " and "))
	}
	return strings.Join(ways, ", or ")
}

// identity makes an id of all that an alert holds, for sources that have none:
// the same alert delivered again has the same.
func identity(name string, event any) string {
	text, err := json.Marshal(event)
	if err != nil {
		text = fmt.Append(nil, event)
	}
	sum := sha256.Sum256(append([]byte(name+"\x00"), text...))
	return "sha256:" + hex.EncodeToString(sum[:16])
}
