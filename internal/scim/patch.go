package scim

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
)

// operation is one change of a PATCH.
type operation struct {
	verb  string // add, replace or remove
	path  Path
	value any
}

// maxOperations bounds a PATCH.
const maxOperations = 1000

// readPatch reads a PATCH, in whatever case its words are.
func readPatch(body []byte) ([]operation, error) {
	b, err := readBag(body)
	if err != nil {
		return nil, err
	}
	list, ok := b["operations"].([]any)
	if !ok || len(list) == 0 || len(list) > maxOperations {
		return nil, &Fault{"invalidSyntax", harrier.Errorf(harrier.Invalid, "a PATCH has 1 to %d Operations", maxOperations)}
	}
	var out []operation
	for _, one := range list {
		raw, ok := one.(map[string]any)
		if !ok {
			return nil, &Fault{"invalidSyntax", harrier.Errorf(harrier.Invalid, "an operation is an object")}
		}
		op, err := readOperation(bagOf(raw))
		if err != nil {
			return nil, err
		}
		out = append(out, op)
	}
	return out, nil
}

func readOperation(b bag) (op operation, err error) {
	verb, _, err := b.text("op")
	if err != nil {
		return op, err
	}
	op.verb, op.value = strings.ToLower(verb), b["value"]
	if !slices.Contains([]string{"add", "replace", "remove"}, op.verb) {
		return op, &Fault{"invalidSyntax", harrier.Errorf(harrier.Invalid, "%q is no operation; it is add, replace or remove", verb)}
	}
	path, _ := b["path"].(string)
	if op.path, err = ParsePath(path); err != nil {
		return op, err
	}
	if op.path.Attribute == "" && op.verb == "remove" {
		return op, &Fault{"noTarget", harrier.Errorf(harrier.Invalid, "a remove says what: give its path")}
	}
	if text, ok := op.value.(string); ok && op.path.Attribute == "" { // some send the object as a text
		var inner map[string]any
		if json.Unmarshal([]byte(text), &inner) == nil {
			op.value = inner
		}
	}
	return op, nil
}

// said is what an operation says of attributes: those of its value where it has
// no path.
func (op operation) said() (bag, error) {
	if op.path.Attribute != "" {
		v := op.value
		if op.verb == "remove" {
			v = nil
		}
		return bag{op.path.Attribute: v}, nil
	}
	raw, ok := op.value.(map[string]any)
	if !ok {
		return nil, badValue("an operation without a path has an object for its value")
	}
	return bagOf(raw), nil
}

// patchUser makes the changes of a PATCH to a user. What the schema does not have
// is left out.
func patchUser(u User, list []operation) (User, error) {
	for _, op := range list {
		b, err := op.said()
		if err != nil {
			return u, err
		}
		if op.verb == "remove" && (op.path.Attribute == "active" || op.path.Attribute == "username") {
			return u, &Fault{"mutability", harrier.Errorf(harrier.Invalid, "%s cannot be removed", op.path.Attribute)}
		}
		if err := b.into(&u); err != nil {
			return u, err
		}
	}
	return u, nil
}

// patchGroup makes the changes of a PATCH to a group.
func patchGroup(g Group, list []operation) (Group, error) {
	g.Members = slices.Clone(g.Members)
	for _, op := range list {
		var err error
		if op.path.Attribute == "members" {
			g.Members, err = op.members(g.Members)
		} else {
			g, err = op.group(g)
		}
		if err != nil {
			return g, err
		}
	}
	return g, nil
}

// group makes a change to what is not only members.
func (op operation) group(g Group) (Group, error) {
	b, err := op.said()
	if err != nil {
		return g, err
	}
	if v, there := b["members"]; there { // without a path, members may be added too
		delete(b, "members")
		inner := operation{verb: op.verb, path: Path{Attribute: "members"}, value: v}
		if g.Members, err = inner.members(g.Members); err != nil {
			return g, err
		}
	}
	return g, b.intoGroup(&g)
}

// members are those of a group after an operation on them.
func (op operation) members(now []harrier.PrincipalID) ([]harrier.PrincipalID, error) {
	said, err := members(op.value)
	if err != nil {
		return nil, err
	}
	for _, t := range op.path.Only {
		if t.Attribute != "value" {
			return nil, badPath("members[" + t.Attribute + "]")
		}
		id, err := harrier.ParseID[harrier.PrincipalID](t.Value)
		if err != nil {
			return nil, badValue("%q is not the id of a user", t.Value)
		}
		said = append(said, id)
	}
	switch {
	case op.verb == "replace" && len(op.path.Only) == 0:
		return unique(said), nil
	case op.verb == "remove" && len(said) == 0:
		return nil, nil
	case op.verb == "remove":
		gone := map[harrier.PrincipalID]bool{}
		for _, id := range said {
			gone[id] = true
		}
		return slices.DeleteFunc(now, func(id harrier.PrincipalID) bool { return gone[id] }), nil
	}
	return unique(append(now, said...)), nil
}

// unique are ids, each once, in their order.
func unique(ids []harrier.PrincipalID) []harrier.PrincipalID {
	seen := map[harrier.PrincipalID]bool{}
	var out []harrier.PrincipalID
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}
