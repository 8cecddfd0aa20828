package email

import "github.com/harrier-soar/harrier/schema"

// How much is told about links one by one.
const (
	mostLinkDetails     = 200
	mostLinkDetailBytes = 48 << 10
)

// linkDetails returns what is known about each link, once for each URL: where
// it stood first, and what is worst about it anywhere.
func (r Reading) linkDetails(o *output) []any {
	out := []any{}
	at, used, strip := map[string]map[string]any{}, 0, r.stripper()
	for _, l := range r.mail.Links {
		if l.URL == "" {
			continue
		}
		if earlier := at[l.URL]; earlier != nil {
			merge(earlier, l)
			continue
		}
		stripped := strip.strip(l.URL)
		if used += len(l.URL) + len(stripped); used > mostLinkDetailBytes || len(out) >= mostLinkDetails {
			o.left("link details")
			break
		}
		why := l.OneTime()
		one := map[string]any{
			"url": l.URL, "stripped": stripped, "host": l.Host, "where": clip(l.Where, 200), "text": clip(l.Text, 200), "one_time": why != "", "suspicious": l.suspicious(),
		}
		if why != "" {
			one["one_time_why"] = why
		}
		if l.TextHost != "" {
			one["text_host"] = l.TextHost
		}
		at[l.URL] = one
		out = append(out, one)
	}
	return out
}

// merge adds what another place says about the same link.
func merge(one map[string]any, l Link) {
	if l.suspicious() {
		one["suspicious"] = true
	}
	if _, told := one["text_host"]; !told && l.TextHost != "" {
		one["text_host"] = l.TextHost
	}
	if why := l.OneTime(); why != "" && one["one_time"] == false {
		one["one_time"], one["one_time_why"] = true, why
	}
}

// linkDetailType returns the type of an item of output.link_details.
func linkDetailType() schema.Type {
	text, yes := schema.TypeOf(schema.String), schema.TypeOf(schema.Boolean)
	return schema.ObjectOf(
		field("url", schema.TypeOf(schema.URL), "As in links."),
		field("stripped", schema.TypeOf(schema.URL), "Without what tells who clicked; give this one to others."),
		field("host", text, "A name or an IP address."), field("where", text, "Where it stood first."), field("text", text, "What is shown for it."),
		field("text_host", schema.OptionalOf(text), "The host that the text shows, where it is another organisation's."),
		field("one_time", yes, "Following it acts, often only once: never open it."), field("one_time_why", schema.OptionalOf(text), "What it does."),
		field("suspicious", yes, "It misleads by itself."),
	)
}
