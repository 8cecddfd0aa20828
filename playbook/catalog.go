package playbook

import "github.com/harrier-soar/harrier/schema"

// Catalog is what a playbook may use, as data: the checker needs no connector.
type Catalog struct {
	// Actions are all known actions by name, the built-in ones included.
	Actions map[string]schema.ActionSpec
	// Verbs are all known verbs by name.
	Verbs map[string]schema.Verb
	// Offers lists, for each verb, the actions that provide it, in a stable order.
	Offers map[string][]string
	// Playbooks are those that may be called, by id.
	Playbooks map[string]*Doc
}
