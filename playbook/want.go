package playbook

import "github.com/harrier-soar/harrier/schema"

// condition is what if, when, until and triggers need.
func condition(place string) want {
	return want{
		place: place, what: "true or false", fix: "compare it with something, as in x == \"high\" or size(x) > 0",
		is: func(t schema.Type) bool { return t.Kind == schema.Boolean },
	}
}

// listWanted is what for_each needs.
func listWanted() want {
	return want{
		place: "for_each", what: "a list", fix: "name the list in it, or write [x] for a list of one",
		is: func(t schema.Type) bool { return t.Kind == schema.List },
	}
}

// keyWanted is what keys need.
func keyWanted(place string) want {
	return want{
		place: place, what: "text", fix: "join what tells one from the other as text, as in o.type + \"/\" + o.value, or write string(x)",
		is: func(t schema.Type) bool { return textual(t.Kind) || t.Kind == schema.Integer },
	}
}

// timeWanted is what wait until needs.
func timeWanted() want {
	return want{
		place: "until", what: "a time", fix: "write an expression such as run.started_at + 2h, or timestamp(x) for text",
		is: func(t schema.Type) bool { return t.Kind == schema.Timestamp },
	}
}

// durationWanted is what wait needs.
func durationWanted() want {
	return want{
		place: "wait", what: "a duration", fix: "write a duration such as 15m, or {until: …} for a time",
		is: func(t schema.Type) bool { return t.Kind == schema.Duration || t.Kind == schema.String },
	}
}

// textWanted is what titles and messages need.
func textWanted(place string) want {
	return want{
		place: place, what: "text", fix: "write it as text around the expression, or string(…)",
		is: func(t schema.Type) bool { return textual(t.Kind) },
	}
}

// textual reports whether values of a kind are text in JSON.
func textual(k schema.Kind) bool {
	switch k {
	case schema.String, schema.IP, schema.CIDR, schema.URL, schema.Domain, schema.Email, schema.Hash, schema.Host, schema.User,
		schema.Timestamp, schema.Duration, schema.Verdict, schema.EvidenceID:
		return true
	case schema.Any, schema.Integer, schema.Number, schema.Boolean, schema.List, schema.Map, schema.Object:
		return false
	}
	return false
}
