package scim

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// The schemas.
const (
	UserSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"
)

// User is a person whom the directory keeps.
type User struct {
	ID                            harrier.PrincipalID
	UserName, ExternalID, Display string
	// Active is what the directory says; Disabled is what holds.
	Active, Disabled  bool
	Created, Modified time.Time
}

// Group is a group of such people.
type Group struct {
	ID, Display, ExternalID string
	Members                 []harrier.PrincipalID
	Created, Modified       time.Time
}

// bag is a resource as it was sent, its names in lower case.
type bag map[string]any

// readBag reads a resource. Of names that differ by case only the last one in
// their order holds.
func readBag(body []byte) (bag, error) {
	var raw map[string]any
	if err := json.Unmarshal(body, &raw); err != nil {
		return nil, &Fault{"invalidSyntax", harrier.Errorf(harrier.Invalid, "the body is no JSON object: %w", err)}
	}
	return bagOf(raw), nil
}

func bagOf(raw map[string]any) bag {
	out := bag{}
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		if plain := plainName(name); plain != "" {
			out[plain] = raw[name]
		}
	}
	return out
}

// text is a text attribute; ok is false where it is absent. Null is empty.
func (b bag) text(name string) (text string, ok bool, err error) {
	v, ok := b[name]
	if !ok || v == nil {
		return "", ok, nil
	}
	text, good := v.(string)
	if !good || len(text) > 500 {
		return "", true, badValue("%s is not a text of up to 500 bytes", name)
	}
	return strings.TrimSpace(text), true, nil
}

func badValue(format string, args ...any) error {
	return &Fault{"invalidValue", harrier.Errorf(harrier.Invalid, format, args...)}
}

// truth is a truth value, also as Entra writes it: "False".
func truth(v any) (value, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		switch strings.ToLower(v) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
	}
	return false, false
}

// into puts what a bag has into a user.
func (b bag) into(u *User) error {
	for name, at := range map[string]*string{"username": &u.UserName, "externalid": &u.ExternalID} {
		text, there, err := b.text(name)
		if err != nil {
			return err
		}
		if there {
			*at = text
		}
	}
	if v, there := b["active"]; there {
		value, ok := truth(v)
		if !ok {
			return badValue("active is true or false")
		}
		u.Active = value
	}
	if u.UserName == "" || len(u.UserName) > 100 {
		return badValue("userName has 1 to 100 bytes")
	}
	return b.display(&u.Display)
}

// display reads how a person is shown: displayName, or else the name.
func (b bag) display(at *string) error {
	if text, there, err := b.text("displayname"); err != nil || there {
		*at = text
		return err
	}
	name := b
	if inner, ok := b["name"].(map[string]any); ok {
		name = bag{}
		for k, v := range bagOf(inner) {
			name["name."+k] = v
		}
	}
	if text, there, err := name.text("name.formatted"); err != nil || there && text != "" {
		*at = text
		return err
	}
	given, _, err := name.text("name.givenname")
	if err != nil {
		return err
	}
	family, _, err := name.text("name.familyname")
	if full := strings.TrimSpace(given + " " + family); err == nil && full != "" {
		*at = full
	}
	return err
}

// intoGroup puts what a bag has into a group.
func (b bag) intoGroup(g *Group) error {
	for name, at := range map[string]*string{"displayname": &g.Display, "externalid": &g.ExternalID} {
		text, there, err := b.text(name)
		if err != nil {
			return err
		}
		if there {
			*at = text
		}
	}
	if g.Display == "" {
		return badValue("displayName has 1 to 500 bytes")
	}
	if v, there := b["members"]; there {
		var err error
		if g.Members, err = members(v); err != nil {
			return err
		}
	}
	return nil
}

// maxMembers bounds the members that are said in one request.
const maxMembers = 20_000

// members reads references to people: a list of them, one, or a bare id.
func members(v any) ([]harrier.PrincipalID, error) {
	var list []any
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		list = v
	default:
		list = []any{v}
	}
	if len(list) > maxMembers {
		return nil, badValue("more than %d members are said at once", maxMembers)
	}
	var out []harrier.PrincipalID
	for _, one := range list {
		if ref, ok := one.(map[string]any); ok {
			one = bagOf(ref)["value"]
		}
		text, ok := one.(string)
		if !ok {
			return nil, badValue("a member has the id of a user for its value")
		}
		id, err := harrier.ParseID[harrier.PrincipalID](text)
		if err != nil {
			return nil, badValue("%q is not the id of a user", text)
		}
		out = append(out, id)
	}
	return out, nil
}
