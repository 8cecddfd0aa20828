package expr_test

import (
	"context"
	"fmt"
	"time"

	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

func Example() {
	mail := schema.ObjectOf(
		schema.Field{Name: "sender", Type: schema.TypeOf(schema.Email)},
		schema.Field{Name: "received", Type: schema.TypeOf(schema.Timestamp)},
		schema.Field{Name: "subject", Type: schema.OptionalOf(schema.TypeOf(schema.String))},
	)
	env, err := expr.NewEnv(map[string]schema.Type{"mail": mail})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, issues := env.Compile(`mail.sendr == "" && mail.subject == ""`); len(issues) > 0 {
		fmt.Println(issues[0])
	}
	p, issues := env.CompileText("From ${{ domain_of(mail.sender) }}, new: ${{ mail.received > now() - 1d }}")
	if len(issues) > 0 {
		fmt.Println(issues)
		return
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	vars := expr.Vars{"mail": map[string]any{"sender": "x@Evil.example", "received": "2026-11-23T11:00:00Z"}}
	fmt.Println(p.Eval(context.Background(), vars, now))
	// Output:
	// mail has no field sendr (did you mean sender?)
	// From evil.example, new: true <nil>
}
