package mapping

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
)

// The sizes that texts of a finding are cut to.
const (
	maxTitle       = 300
	maxDescription = 16 << 10
	maxID          = 500
	maxField       = 32 << 10
)

// maker makes findings of one event.
type maker struct {
	view  *view
	clock clock
}

// make makes a finding of the alert that the view is at.
func (s *Set) make(m *Mapping, k *maker) harrier.Finding {
	v, fs := k.view, &m.fields
	f := harrier.Finding{
		ExternalID:  cut(fs.id.text(v), maxID),
		Version:     k.when(fs.version),
		Time:        k.when(fs.time),
		Title:       oneLine(fs.title.text(v)),
		Description: cut(fs.description.text(v), maxDescription),
		Category:    fs.category.text(v),
		Link:        link(fs.link.text(v)),
		Status:      status(fs.status.text(v)),
		Disposition: disposition(fs.disposition.text(v)),
		Rule:        harrier.Rule{ID: cut(fs.ruleID.text(v), maxID), Name: oneLine(fs.ruleName.text(v))},
	}
	f.Severity = cmp.Or(severity(fs.severity.text(v)), "medium")
	f.Title = cmp.Or(f.Title, f.Rule.Name, oneLine(firstLine(f.Description)), "Alert of "+m.Title)
	if f.ExternalID == "" {
		f.ExternalID = identity(m.Name, v.event)
	}
	for _, text := range fs.tactics.texts(v) {
		f.Tactics = appendNew(f.Tactics, tacticsOf(text))
	}
	for _, text := range fs.techniques.texts(v) {
		f.Techniques = appendNew(f.Techniques, techniquesOf(text))
	}
	f.Data = k.data(m)
	k.entities(&f, m)
	k.observables(&f, m)
	s.draw(&f)
	f.Entities = tidy(f.Entities)
	for i := range m.extracts {
		for _, text := range m.extracts[i].texts(v) {
			extract(&f, text)
		}
	}
	f.Unmapped = m.known.unmapped(v.event, m.loose)
	return f
}

// when returns the first time that a value tells.
func (k *maker) when(w *value) time.Time {
	for _, found := range w.all(k.view) {
		if t, ok := k.clock.read(found); ok {
			return t
		}
	}
	return time.Time{}
}

// data puts the event into the names of ECS.
func (k *maker) data(m *Mapping) map[string]any {
	data := make(map[string]any, 8)
	for _, p := range m.ecs {
		for _, found := range k.view.finder.all(k.view.start(p), p) {
			if from, ok := found.(map[string]any); ok {
				copyECS(data, from)
			}
		}
	}
	for i := range m.data {
		d := &m.data[i]
		found := d.value.all(k.view)
		switch len(found) {
		case 0:
		case 1:
			put(data, d.names, d.fit(found[0]))
		default:
			several := make([]any, 0, len(found))
			for _, one := range found {
				several = append(several, d.fit(one))
			}
			put(data, d.names, distinct(several))
		}
	}
	put(data, []string{"event", "kind"}, "alert")
	put(data, []string{"event", "dataset"}, m.Name)
	for name, text := range map[string]string{"vendor": m.Vendor, "product": m.Product} {
		if text != "" {
			put(data, []string{"observer", name}, text)
		}
	}
	return data
}

// fit makes a value what its field takes.
func (d *dataField) fit(v any) any {
	if text, ok := v.(string); ok && d.number {
		switch n := number(strings.TrimSpace(text)).(type) {
		case int64, float64:
			return n
		}
	}
	return fit(v)
}

// fit cuts texts that are too long to keep; the event itself is kept whole elsewhere.
func fit(v any) any {
	if text, ok := v.(string); ok {
		return cut(text, maxField)
	}
	return v
}

// distinct leaves out scalars that are there twice.
func distinct(list []any) []any {
	out := list[:0]
	for i, v := range list {
		switch v.(type) {
		case string, int64, float64, bool:
			if slices.ContainsFunc(out[:min(len(out), i)], func(o any) bool { return isScalar(o) && o == v }) {
				continue
			}
		}
		out = append(out, v)
	}
	return out
}

func isScalar(v any) bool {
	switch v.(type) {
	case string, int64, float64, bool:
		return true
	}
	return false
}

// put sets a field, and keeps what is there already.
func put(data map[string]any, names []string, v any) {
	for i, name := range names {
		if i == len(names)-1 {
			if _, taken := data[name]; !taken {
				data[name] = v
			}
			return
		}
		next, ok := data[name].(map[string]any)
		if !ok {
			if data[name] != nil {
				return
			}
			next = map[string]any{}
			data[name] = next
		}
		data = next
	}
}

// copyECS copies the fields of ECS from an object that has them, keys with dots
// taken apart.
func copyECS(data, from map[string]any) {
	sets := fieldSets()
	for _, key := range sortedKeys(from) {
		v := from[key]
		if absent(v) {
			continue
		}
		top, _, _ := strings.Cut(key, ".")
		if !slices.Contains(sets, top) || top == key && !isECS(top, v) {
			continue
		}
		merge(data, strings.Split(key, "."), v)
	}
}

// isECS reports whether a value can be a field at the top of ECS: most are objects.
func isECS(top string, v any) bool {
	switch top {
	case "@timestamp", "message", "tags":
		return true
	}
	_, ok := v.(map[string]any)
	return ok
}

// merge sets a field, and puts the fields of an object beside those that are there.
func merge(data map[string]any, names []string, v any) {
	m, ok := v.(map[string]any)
	if !ok || len(m) == 0 {
		put(data, names, fit(v))
		return
	}
	for key, one := range m {
		if !absent(one) {
			merge(data, slices.Concat(names, strings.Split(key, ".")), one)
		}
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// entities adds those that the mapping lists.
func (k *maker) entities(f *harrier.Finding, m *Mapping) {
	for i := range m.lists {
		l := &m.lists[i]
		k.each(l, func() {
			kind := harrier.EntityType(l.kind.text(k.view))
			domain, role := l.domain.text(k.view), entityRole(l.role.text(k.view))
			for _, name := range l.name.texts(k.view) {
				addEntity(f, harrier.Entity{Type: kind, Role: role, Name: name}, domain)
			}
		})
	}
}

// entityRole leaves out roles that entities do not have.
func entityRole(role string) string {
	if slices.Contains(entityRoles(), role) {
		return role
	}
	return "affected"
}

// observables adds those that the mapping lists.
func (k *maker) observables(f *harrier.Finding, m *Mapping) {
	for i := range m.observed {
		l := &m.observed[i]
		k.each(l, func() {
			kind, role := l.kind.text(k.view), cmp.Or(l.role.text(k.view), "related")
			for _, text := range l.name.texts(k.view) {
				if kind == "" {
					extract(f, text)
					continue
				}
				addObservable(f, harrier.Observable{Type: kind, Value: text, Role: role, Where: l.where})
			}
		})
	}
}

// each calls do with the view at each item of a list, or where it is.
func (k *maker) each(l *list, do func()) {
	if len(l.each) == 0 {
		if l.when == nil || k.view.holds(l.when) {
			do()
		}
		return
	}
	for _, together := range l.each {
		var items []any
		for _, p := range together {
			items = append(items, k.view.finder.all(k.view.start(p), p)...)
		}
		for _, item := range items {
			k.view.item = item
			if l.when == nil || k.view.holds(l.when) {
				do()
			}
			k.view.item = nil
		}
		if len(items) > 0 {
			return
		}
	}
}

// appendNew appends words that are not there yet.
func appendNew(list, words []string) []string {
	for _, w := range words {
		if !slices.Contains(list, w) && len(list) < 50 {
			list = append(list, w)
		}
	}
	return list
}

// cut shortens a text, between characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// oneLine returns a text on one line, not too long for a list.
func oneLine(text string) string {
	if strings.ContainsAny(text, "\r\n\t") {
		text = strings.Join(strings.Fields(text), " ")
	}
	return cut(text, maxTitle)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// link returns a page's address, or "" where the text is none that may be shown as one.
func link(text string) string {
	if strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://") {
		return cut(text, 4096)
	}
	return ""
}
