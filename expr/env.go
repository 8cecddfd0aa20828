package expr

import (
	"fmt"
	"sync"

	"cel.dev/cel-go/cel"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

// Env is what expressions of one place can see: variables with their types. It
// does not change and may be used by many goroutines.
type Env struct {
	cel      *cel.Env
	provider *provider
	vars     map[string]variable

	mu sync.Mutex
	// programs holds what was compiled, by text; mu guards it.
	programs map[string]*Program
}

// variable is a declared variable.
type variable struct {
	typ     schema.Type
	convert func(any) any
}

// NewEnv returns an environment with these variables. Objects without fields
// and any are untyped; what is optional must be read with .? or orValue.
func NewEnv(vars map[string]schema.Type) (*Env, error) {
	shared, err := language()
	if err != nil {
		return nil, fmt.Errorf("build the expression language: %w", err)
	}
	e := &Env{vars: make(map[string]variable, len(vars)), programs: map[string]*Program{}}
	e.provider = &provider{Provider: shared.CELTypeProvider(), objects: map[string]*object{}}
	options := []cel.EnvOption{cel.CustomTypeProvider(e.provider)}
	for _, name := range sortedNames(vars) {
		if !isName(name) {
			return nil, harrier.Errorf(harrier.Invalid, "%q cannot name a variable: use letters, digits and _, beginning with a letter, and no word of the language", name)
		}
		t := vars[name]
		e.vars[name] = variable{typ: t, convert: converter(t)}
		options = append(options, cel.Variable(name, e.provider.celType(t)))
	}
	if e.cel, err = shared.Extend(options...); err != nil {
		return nil, fmt.Errorf("declare the variables of an expression: %w", err)
	}
	return e, nil
}

// isName reports whether CEL reads text as the name of a variable.
func isName(text string) bool {
	switch text {
	case "", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
		"namespace", "return", "var", "void", "while", "true", "false", "null", "not":
		return false
	}
	for i, c := range text {
		if !isWordPart(c) || i == 0 && isDigit(c) {
			return false
		}
	}
	return true
}

// Compile compiles a bare expression, such as the value of an if. All that is
// wrong with it is returned at once.
func (e *Env) Compile(text string) (*Program, []Issue) {
	return e.cached("=", text, e.compile)
}

// CompileText compiles a text with ${{ }}: one that is nothing else has the
// type of its expression, expressions inside a text are put into it as text,
// and a text without any is a constant. $${{ stands for a plain ${{.
func (e *Env) CompileText(text string) (*Program, []Issue) {
	return e.cached("$", text, e.compileText)
}

// cached returns a program compiled before, or compiles it.
func (e *Env) cached(kind, text string, compile func(string) (*Program, []Issue)) (*Program, []Issue) {
	e.mu.Lock()
	p := e.programs[kind+text]
	e.mu.Unlock()
	if p != nil {
		return p, nil
	}
	p, issues := compile(text)
	if len(issues) > 0 {
		return nil, issues
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.programs) >= maxCached {
		clear(e.programs)
	}
	e.programs[kind+text] = p
	return p, nil
}

// names returns what can be written as the first word of an expression.
func (e *Env) names() []string {
	var names []string
	for name := range e.vars {
		names = append(names, name)
	}
	for _, f := range Functions() {
		if f.Name[0] != '.' {
			names = append(names, f.Name)
		}
	}
	return names
}
