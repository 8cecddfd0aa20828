package clientgen

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// input is the schema of what an operation takes as JSON.
func (o operation) input() *jsonSchema { return o.Body.only("application/json") }

// output is the schema of what an operation answers, or of the events of its stream.
func (o operation) output() *jsonSchema {
	status, c := o.good()
	if status == "204" {
		return nil
	}
	if s := c.only("text/event-stream"); s != nil {
		return s
	}
	return c.only("application/json")
}

// uploads tells that an operation takes something else than JSON that is described.
func (o operation) uploads() bool { return o.Body != nil && (o.input() == nil || o.input().Ref == "") }

// call is what the parts of a method are made of.
type call struct {
	op              operation
	name            string
	params, request []string
}

// method writes the method of an operation.
func (g *generator) method(b *strings.Builder, op operation) error {
	c := call{op: op, name: exported(op.ID)}
	if err := g.query(b, op); err != nil {
		return err
	}
	c.target()
	if len(op.query()) > 0 {
		c.params = append(c.params, "q "+c.name+"Query")
		c.request = append(c.request, "Query: values(q)")
	}
	switch {
	case op.uploads():
		c.params = append(c.params, "file Upload")
		c.request = append(c.request, "Body: file.Body", "Media: file.Media")
	case op.input() != nil:
		typ, err := g.typeOf(op.input(), member{})
		if err != nil {
			return err
		}
		c.params = append(c.params, "body "+typ)
		c.request = append(c.request, "Body: body")
	}
	return g.answer(b, c)
}

// target is where a call goes to.
func (c *call) target() {
	if c.op.method != "GET" {
		c.request = append(c.request, "Method: http.Method"+c.op.method[:1]+strings.ToLower(c.op.method[1:]))
	}
	var args []string
	path := regexp.MustCompile(`\{(\w+)\}`).ReplaceAllStringFunc(c.op.path, func(in string) string {
		arg := argument(in[1 : len(in)-1])
		args = append(args, arg)
		c.params = append(c.params, arg+" string")
		return "{}"
	})
	if len(args) == 0 {
		c.request = append(c.request, fmt.Sprintf("Path: %q", path))
		return
	}
	c.request = append(c.request, fmt.Sprintf("Path: place(%q, %s)", path, strings.Join(args, ", ")))
}

// write writes a method with its comment.
func (c call) write(b *strings.Builder, name, result, body string) {
	op := c.op
	about := fmt.Sprintf("%s asks %s %s: %s.", name, op.method, op.path, sentence(op.Summary))
	if op.About != "" {
		about += "\n\n" + strings.ReplaceAll(op.About, "\n", "\n\n")
	}
	if op.Permission != "public" {
		about += "\n\nIt needs " + op.Permission
		if op.StepUp {
			about += ", and a proof of a moment ago who asks"
		}
		about += "."
	}
	remark(b, about)
	params := append([]string{"ctx context.Context"}, c.params...)
	fmt.Fprintf(b, "func (c *Client) %s(%s, opts ...CallOption) %s {\nreturn %s\n}\n\n", name, strings.Join(params, ", "), result, body)
}

// answer writes a method by what its operation answers.
func (g *generator) answer(b *strings.Builder, c call) error {
	request := "Request{" + strings.Join(c.request, ", ") + "}"
	out := c.op.output()
	status, good := c.op.good()
	item, list := g.spec.nounOfList(out)
	switch {
	case c.op.redirects():
		c.write(b, c.name, "(string, error)", "c.location(ctx, "+request+", opts)")
	case status == "204":
		c.write(b, c.name, "error", "c.done(ctx, "+request+", opts)")
	case list:
		typ, err := g.typeOf(item, member{})
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(c.op.query(), func(p parameter) bool { return p.Name == "cursor" }) {
			c.write(b, c.name, "([]"+typ+", error)", fmt.Sprintf("whole[%s](ctx, c, %s, opts)", typ, request))
			return nil
		}
		c.write(b, c.name, "iter.Seq2["+typ+", error]", fmt.Sprintf("Items[%s](ctx, c, %s, opts...)", typ, request))
		c.write(b, c.name+"Page", "(Page["+typ+"], error)", fmt.Sprintf("Fetch[Page[%s]](ctx, c, %s, opts...)", typ, request))
	case out == nil:
		c.write(b, c.name, "(*Download, error)", "c.Download(ctx, "+request+", opts...)")
	default:
		typ, err := g.typeOf(out, member{})
		if err != nil {
			return err
		}
		if slices.Contains(good.media(), "text/event-stream") {
			c.write(b, c.name, "iter.Seq2[Message["+typ+"], error]", fmt.Sprintf("messages[%s](ctx, c, %s, stream{ends: %t, opts: opts})", typ, request, c.op.LastEvent != ""))
			return nil
		}
		c.write(b, c.name, "("+typ+", error)", fmt.Sprintf("Fetch[%s](ctx, c, %s, opts...)", typ, request))
	}
	return nil
}

// query writes the type of an operation's query.
func (g *generator) query(b *strings.Builder, op operation) error {
	params := op.query()
	if len(params) == 0 {
		return nil
	}
	name := exported(op.ID) + "Query"
	remark(b, fmt.Sprintf("%s is what [Client.%s] selects. What is zero is not sent.", name, exported(op.ID)))
	fmt.Fprintf(b, "type %s struct {\n", name)
	for _, p := range params {
		typ, err := g.typeOf(p.Schema, member{})
		if err != nil {
			return err
		}
		about := p.About
		if p.Required {
			about = strings.TrimSpace(about + " It is required.")
		}
		remark(b, about)
		fmt.Fprintf(b, "%s %s `query:%q`\n", exported(p.Name), typ, p.Name)
	}
	b.WriteString("}\n\n")
	return nil
}
