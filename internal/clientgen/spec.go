package clientgen

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// spec is what is read of a description in OpenAPI.
type spec struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]*jsonSchema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID         string              `json:"operationId"`
	Summary    string              `json:"summary"`
	About      string              `json:"description"`
	Tags       []string            `json:"tags"`
	Permission string              `json:"x-permission"`
	StepUp     bool                `json:"x-step-up"`
	LastEvent  string              `json:"x-last-event"`
	Parameters []parameter         `json:"parameters"`
	Body       *content            `json:"requestBody"`
	Responses  map[string]*content `json:"responses"`
	method     string
	path       string
}

type parameter struct {
	In       string      `json:"in"`
	Name     string      `json:"name"`
	About    string      `json:"description"`
	Required bool        `json:"required"`
	Schema   *jsonSchema `json:"schema"`
}

type content struct {
	Content map[string]struct {
		Schema *jsonSchema `json:"schema"`
	} `json:"content"`
}

type jsonSchema struct {
	Ref        string                 `json:"$ref"`
	Type       any                    `json:"type"`
	Format     string                 `json:"format"`
	About      string                 `json:"description"`
	Enum       []any                  `json:"enum"`
	Items      *jsonSchema            `json:"items"`
	Properties map[string]*jsonSchema `json:"properties"`
	Required   []string               `json:"required"`
	// More is false, true or a schema.
	More json.RawMessage `json:"additionalProperties"`
}

// readSpec reads a description in JSON.
func readSpec(text []byte) (*spec, error) {
	var s spec
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("read the description of the API: %w", err)
	}
	return &s, nil
}

// operations are all operations, by path and method.
func (s *spec) operations() []operation {
	var all []operation
	for _, path := range slices.Sorted(maps.Keys(s.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(s.Paths[path])) {
			op := s.Paths[path][method]
			op.path, op.method = path, strings.ToUpper(method)
			all = append(all, op)
		}
	}
	return all
}

// tag is the noun of an operation.
func (o operation) tag() string {
	return strings.ReplaceAll(strings.TrimSuffix(o.Tags[0], ".json"), "-", "_")
}

// query lists the parameters of the query: those of the path are arguments of
// their own, and the head's are options.
func (o operation) query() []parameter {
	var list []parameter
	for _, p := range o.Parameters {
		if p.In == "query" {
			list = append(list, p)
		}
	}
	return list
}

// good is the answer of success, with its status.
func (o operation) good() (status string, c *content) {
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		if status != "default" {
			return status, o.Responses[status]
		}
	}
	return "", nil
}

// media lists the types of a content.
func (c *content) media() []string {
	if c == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(c.Content))
}

// only is the schema of a content that has one type.
func (c *content) only(media string) *jsonSchema {
	if kinds := c.media(); len(kinds) == 1 && kinds[0] == media {
		return c.Content[media].Schema
	}
	return nil
}

// redirects tells that the answer is only a place.
func (o operation) redirects() bool {
	status, _ := o.good()
	return status == fmt.Sprint(http.StatusSeeOther)
}

// name is the name in the schema's reference.
func (s *jsonSchema) name() string { return strings.TrimPrefix(s.Ref, "#/components/schemas/") }

// kind is the schema's type; nullable lists are lists.
func (s *jsonSchema) kind() string {
	switch t := s.Type.(type) {
	case string:
		return t
	case []any:
		for _, one := range t {
			if name, ok := one.(string); ok && name != "null" {
				return name
			}
		}
	}
	return ""
}

// values is the schema of what a map holds; any where everything may be in it.
func (s *jsonSchema) values() (of *jsonSchema, anything bool) {
	switch string(s.More) {
	case "", "false":
		return nil, false
	case "true":
		return nil, true
	}
	of = new(jsonSchema)
	if json.Unmarshal(s.More, of) != nil {
		return nil, true
	}
	return of, false
}

// enum lists the values that a string may have.
func (s *jsonSchema) enum() []string {
	var list []string
	for _, v := range s.Enum {
		if text, ok := v.(string); ok {
			list = append(list, text)
		}
	}
	return list
}

// nounOfList is the item of a page, where the schema is one.
func (s *spec) nounOfList(schema *jsonSchema) (item *jsonSchema, ok bool) {
	if schema == nil || schema.Ref == "" {
		return nil, false
	}
	of := s.Components.Schemas[schema.name()]
	if of == nil || len(of.Properties) != 3 {
		return nil, false
	}
	items, next, total := of.Properties["items"], of.Properties["next"], of.Properties["total"]
	if items == nil || next == nil || total == nil || items.Items == nil {
		return nil, false
	}
	return items.Items, true
}
