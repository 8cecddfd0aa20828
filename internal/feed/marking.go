package feed

import "strings"

// tlpOf reads a colour of the Traffic Light Protocol, of version 1 or 2, with
// or without what stands before it. What is none is empty; what MISP calls
// unclear is AMBER, for nobody may be told more than was allowed.
func tlpOf(text string) string {
	switch colour(text, "tlp") {
	case "RED":
		return "RED"
	case "AMBER+STRICT":
		return "AMBER+STRICT"
	case "AMBER", "UNCLEAR", "EX:CHR":
		return "AMBER"
	case "GREEN":
		return "GREEN"
	case "CLEAR", "WHITE":
		return "CLEAR"
	}
	return ""
}

// papOf reads a colour of the Permissible Actions Protocol.
func papOf(text string) string {
	switch c := colour(text, "pap"); c {
	case "RED", "AMBER", "GREEN":
		return c
	case "CLEAR", "WHITE":
		return "CLEAR"
	}
	return ""
}

// colour is what stands behind the name of a protocol, in capitals.
func colour(text, protocol string) string {
	text = strings.ToUpper(strings.TrimSpace(text))
	rest, ok := strings.CutPrefix(text, strings.ToUpper(protocol))
	if ok {
		text = rest
	}
	text = strings.Trim(text, `:= "`)
	return strings.NewReplacer("_", "+", " ", "").Replace(text)
}

// stricter returns the stricter of two colours; an empty one is none.
func stricter(a, b string) string {
	order := []string{"", "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"}
	for i := len(order) - 1; i > 0; i-- {
		if a == order[i] || b == order[i] {
			return order[i]
		}
	}
	return ""
}

// markings are the ids of the marking definitions of TLP 1 and 2 that the
// standard fixes.
func markings() map[string]string {
	return map[string]string{
		"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "CLEAR",
		"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "GREEN",
		"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "AMBER",
		"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "RED",
		"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "CLEAR",
		"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "GREEN",
		"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "AMBER",
		"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "AMBER+STRICT",
		"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "RED",
	}
}
