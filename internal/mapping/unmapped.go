package mapping

import (
	"slices"
	"strings"
)

// known is what a mapping knows of an event's fields, by name.
type known struct {
	names map[string]*known
	// any is what stands for every name.
	any *known
	// all tells that everything below is known.
	all bool
}

// add makes a path known, with all that stands below it.
func (k *known) add(names []string) {
	at := k
	for _, name := range names {
		if name == "*" {
			if at.any == nil {
				at.any = &known{}
			}
			at = at.any
			continue
		}
		if at.names == nil {
			at.names = map[string]*known{}
		}
		if at.names[name] == nil {
			at.names[name] = &known{}
		}
		at = at.names[name]
	}
	at.all = true
}

// addPath makes what a path reads known, below what it starts from.
func (k *known) addPath(start []string, p *fieldPath) {
	names := slices.Clone(start)
	if p.whole {
		names = nil
	}
	for _, s := range p.steps {
		if s.names != "" {
			names = append(names, strings.Split(s.names, ".")...)
		}
		if s.key != nil {
			k.addPath(names, s.key)
		}
	}
	if len(names) > 0 {
		k.add(names)
	}
}

// names returns the names of a path, brackets left out.
func (p *fieldPath) names() []string {
	var names []string
	for _, s := range p.steps {
		if s.names != "" {
			names = append(names, strings.Split(s.names, ".")...)
		}
	}
	return names
}

// fold spells all names as fold does, for mappings that are loose.
func (k *known) fold() {
	names := make(map[string]*known, len(k.names))
	for name, one := range k.names {
		one.fold()
		if other := names[fold(name)]; other != nil {
			other.merge(one)
			continue
		}
		names[fold(name)] = one
	}
	k.names = names
	if k.any != nil {
		k.any.fold()
	}
}

// merge makes known what another knows.
func (k *known) merge(other *known) {
	k.all = k.all || other.all
	for name, one := range other.names {
		if mine := k.names[name]; mine != nil {
			mine.merge(one)
			continue
		}
		k.names[name] = one
	}
	if k.any == nil {
		k.any = other.any
	}
}

// maxUnmapped bounds the fields that are told.
const maxUnmapped = 200

// unmapped returns the paths of the fields of v that are not known, in order.
func (k *known) unmapped(v any, loose bool) []string {
	w := walker{loose: loose}
	w.walk([]*known{k}, v, "")
	slices.Sort(w.out)
	return slices.Compact(w.out)
}

// walker goes through an event.
type walker struct {
	out   []string
	loose bool
}

// walk notes the fields of v that none of the states at this place knows.
func (w *walker) walk(at []*known, v any, path string) {
	if len(w.out) >= 4*maxUnmapped {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for name, one := range v {
			w.field(at, name, one, path)
		}
	case []any:
		for _, one := range v {
			w.walk(at, one, path)
		}
	default:
		if !absent(v) && path != "" && !slices.Contains(w.out, path) && len(w.out) < maxUnmapped {
			w.out = append(w.out, path)
		}
	}
}

// field goes on with a field of a map.
func (w *walker) field(at []*known, name string, v any, path string) {
	if path == "" && (name == "wire" || name == "syslog") {
		return // around the message, not of the product
	}
	var buffer [4]*known
	next := buffer[:0]
	for _, k := range at {
		if one := w.child(k, name); one != nil {
			next = append(next, one)
		} else if strings.IndexByte(name, '.') >= 0 {
			next = w.below(next, k, name)
		}
		if k.any != nil {
			next = append(next, k.any)
		}
	}
	for _, k := range next {
		if k.all {
			return
		}
	}
	if path != "" {
		name = path + "." + name
	}
	w.walk(next, v, name)
}

// child returns what is known below a name.
func (w *walker) child(k *known, name string) *known {
	if w.loose {
		name = fold(name)
	}
	return k.names[name]
}

// below follows a key with dots in it.
func (w *walker) below(next []*known, k *known, name string) []*known {
	for head, rest, more := strings.Cut(name, "."); k != nil; head, rest, more = strings.Cut(rest, ".") {
		if k = w.child(k, head); k != nil && (k.all || !more) {
			return append(next, k)
		}
		if !more {
			break
		}
	}
	return next
}
