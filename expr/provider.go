package expr

import (
	"fmt"
	"strconv"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/harrier-soar/harrier/schema"
)

// objectPrefix begins the names that objects get as types of CEL. They are
// never shown.
const objectPrefix = "harrier.object"

// provider tells CEL about the objects of an environment and their fields. Of
// the many fields that an environment declares few are ever read, so each is
// made when it is asked for. It is safe for concurrent use.
type provider struct {
	types.Provider

	mu      sync.Mutex // guards objects and their fields
	objects map[string]*object
}

// object is a schema.Object with fields, as CEL sees it.
type object struct {
	typ    schema.Type
	fields map[string]*types.FieldType
}

// known returns an object by its name.
func (p *provider) known(name string) (*object, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, ok := p.objects[name]
	return o, ok
}

// names are those of the fields.
func (o *object) names() []string {
	names := make([]string, len(o.typ.Fields))
	for i, f := range o.typ.Fields {
		names[i] = f.Name
	}
	return names
}

// field returns how a field is declared.
func (o *object) field(name string) (schema.Field, bool) {
	for _, f := range o.typ.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return schema.Field{}, false
}

// celType returns the type that CEL checks with; objects are added to the provider.
func (p *provider) celType(t schema.Type) *cel.Type {
	if t.Optional {
		t.Optional = false
		return cel.OptionalType(p.celType(t))
	}
	switch t.Kind {
	case schema.Any:
		return cel.DynType
	case schema.Integer:
		return cel.IntType
	case schema.Number:
		return cel.DoubleType
	case schema.Boolean:
		return cel.BoolType
	case schema.Timestamp:
		return cel.TimestampType
	case schema.Duration:
		return cel.DurationType
	case schema.List:
		return cel.ListType(p.elem(t))
	case schema.Map:
		return cel.MapType(cel.StringType, p.elem(t))
	case schema.Object:
		if len(t.Fields) == 0 {
			return cel.DynType
		}
		return cel.ObjectType(p.object(t))
	case schema.String, schema.IP, schema.CIDR, schema.URL, schema.Domain, schema.Email, schema.Hash, schema.Host, schema.User,
		schema.Verdict, schema.EvidenceID:
	}
	return cel.StringType
}

// elem returns the type of the items of a list or map.
func (p *provider) elem(t schema.Type) *cel.Type {
	if t.Elem == nil {
		return cel.DynType
	}
	return p.celType(*t.Elem)
}

// object adds an object and returns its name.
func (p *provider) object(t schema.Type) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := objectPrefix + strconv.Itoa(len(p.objects))
	p.objects[name] = &object{typ: t, fields: map[string]*types.FieldType{}}
	return name
}

// fieldType is a field as CEL sees it. An optional field has its plain type
// here: that .? must be written for it is checked apart, so that the message can
// say so.
func (p *provider) fieldType(f schema.Field) *types.FieldType {
	plain := f.Type
	plain.Optional = false
	return &types.FieldType{
		Type:    p.celType(plain),
		IsSet:   func(target any) bool { v, ok := fieldOf(target, f.Name); return ok && v != nil },
		GetFrom: getter(f.Name, converter(plain)),
	}
}

// getter returns how to read a field.
func getter(name string, convert func(any) any) func(any) (any, error) {
	return func(target any) (any, error) {
		v, ok := fieldOf(target, name)
		if !ok {
			return nil, fmt.Errorf("the value has no field %s", name)
		}
		if convert == nil {
			return v, nil
		}
		v = convert(v)
		if err, ok := v.(*types.Err); ok {
			return nil, err
		}
		return v, nil
	}
}

// fieldOf reads a field of plain data or of an [Object].
func fieldOf(target any, name string) (any, bool) {
	switch t := target.(type) {
	case map[string]any:
		v, ok := t[name]
		return v, ok
	case Object:
		return t.Field(name)
	case *objectValue:
		return t.object.Field(name)
	case map[ref.Val]ref.Val:
		v, ok := t[types.String(name)]
		return v, ok
	}
	return nil, false
}

// FindStructType implements types.Provider.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.known(name); ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return nil, false
}

// FindStructFieldNames implements types.Provider.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	o, ok := p.known(name)
	if !ok {
		return nil, false
	}
	return o.names(), true
}

// FindStructFieldType implements types.Provider.
func (p *provider) FindStructFieldType(name, fieldName string) (*types.FieldType, bool) {
	o, ok := p.known(name)
	if !ok {
		return nil, false
	}
	f, ok := o.field(fieldName)
	if !ok {
		return nil, false
	}
	p.mu.Lock()
	made := o.fields[fieldName]
	p.mu.Unlock()
	if made == nil { // where two make it at once, both are as good
		made = p.fieldType(f)
		p.mu.Lock()
		defer p.mu.Unlock()
		if first := o.fields[fieldName]; first != nil {
			return first, true
		}
		o.fields[fieldName] = made
	}
	return made, true
}

// NewValue implements types.Provider: objects cannot be written in expressions.
func (p *provider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("values of type %s cannot be written here; write a map: {\"field\": value}", name)
}

// schemaType returns the type of a result as playbooks name it.
func (p *provider) schemaType(t *cel.Type) schema.Type {
	switch t.Kind() {
	case types.BoolKind:
		return schema.TypeOf(schema.Boolean)
	case types.IntKind, types.UintKind:
		return schema.TypeOf(schema.Integer)
	case types.DoubleKind:
		return schema.TypeOf(schema.Number)
	case types.StringKind, types.BytesKind:
		return schema.TypeOf(schema.String)
	case types.TimestampKind:
		return schema.TypeOf(schema.Timestamp)
	case types.DurationKind:
		return schema.TypeOf(schema.Duration)
	case types.ListKind:
		return schema.ListOf(p.schemaType(t.Parameters()[0]))
	case types.MapKind:
		return schema.MapOf(p.schemaType(t.Parameters()[1]))
	case types.StructKind:
		if o, ok := p.known(t.TypeName()); ok {
			return o.typ
		}
	case types.OpaqueKind:
		if isOptional(t) {
			return schema.OptionalOf(p.schemaType(t.Parameters()[0]))
		}
	}
	return schema.TypeOf(schema.Any)
}

// isOptional reports whether t is a value that may be absent.
func isOptional(t *cel.Type) bool {
	return t != nil && t.Kind() == types.OpaqueKind && t.TypeName() == "optional_type" && len(t.Parameters()) == 1
}
