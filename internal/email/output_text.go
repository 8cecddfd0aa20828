package email

import (
	"github.com/harrier-soar/harrier/internal/observable"
	"github.com/harrier-soar/harrier/schema"
)

// How much of the lists a step's output holds.
const (
	mostOthers = 300
	mostLayers = 200
)

// OtherObservables returns what stands in the texts of all layers and is of a
// type that look-ups do not know, such as CVE numbers and wallets. The types are
// those of package observable, the role is always [RoleBody].
func (m *Message) OtherObservables() []Observable { return m.Read(Organisation{}).OtherObservables() }

// OtherObservables is [Message.OtherObservables] as an organisation reads the mail.
func (r Reading) OtherObservables() []Observable {
	c := &collector{seen: map[string]bool{}, limit: r.outer.lim.Observables, otherTypes: true}
	c.layer = r.mail.layer(r.outer)
	c.message(r.mail, true)
	c.others(r.outer, r.mail, 0)
	return c.list
}

// textOutput adds what links are wrapped in, and what else stands in the text.
func (r Reading) textOutput(o *output, out map[string]any) {
	layers := []any{}
	used := 0
	for _, link := range r.mail.Links {
		for _, l := range link.Layers {
			if used += len(link.URL) + len(l.Target); len(layers) >= mostLayers || used > mostURLBytes {
				o.left("link layers")
				break
			}
			layers = append(layers, map[string]any{"url": link.URL, "service": l.Service, "host": clip(l.Host, 255), "undone": l.Undone, "target": clip(oneLine(l.Target), longestTarget)})
		}
	}
	others := []any{}
	used = 0
	for _, one := range r.OtherObservables() {
		if used += len(one.Value); len(others) >= mostOthers || used > mostURLBytes {
			o.left("other observables")
			break
		}
		others = append(others, map[string]any{"type": one.Type, "value": one.Value, "where": one.Where, "layer": int64(one.Layer)})
	}
	if len(layers) > 0 {
		out["link_layers"] = layers
	}
	if len(others) > 0 {
		out["other_observables"] = others
	}
}

// longestTarget bounds what is shown of where a layer leads.
const longestTarget = 2000

// textFields are the fields that [Reading.textOutput] adds.
func textFields() []schema.Field {
	text := schema.TypeOf(schema.String)
	types := []string{}
	for _, t := range observable.Types() {
		types = append(types, string(t))
	}
	return []schema.Field{
		field("link_layers", schema.OptionalOf(schema.ListOf(schema.ObjectOf(
			field("url", schema.TypeOf(schema.URL), "The link, as in links."), field("service", text, "Who rewrote it, or open redirect."),
			field("host", text, "The service's host, which is nothing to block."), field("undone", schema.TypeOf(schema.Boolean), "The link is what was inside; else only the service knows, or its site decides."),
			field("target", text, "Where it leads, if that is known and no other layer follows."),
		))), "What links were wrapped in, the outermost layer of each first; absent where none was."),
		field("other_observables", schema.OptionalOf(schema.ListOf(schema.ObjectOf(
			field("type", valuesOf(types...), "What it is."), field("value", text, "Canonical and refanged."),
			field("where", text, "Where it stood first."), field("layer", schema.TypeOf(schema.Integer), "How many mails it is inside of."),
		))), "What stands in the texts and cannot be looked up: CVE numbers, paths, wallets and the like; absent where nothing does."),
	}
}
