package rest

import (
	"context"
	"slices"
	"sync"

	"github.com/harrier-soar/harrier/document"
)

// fanOut says for what things a request is made.
type fanOut struct {
	over     *program
	list     *request
	items    *program
	paging   *paging
	max      int
	parallel int
}

// fanOut reads for what things a request is made; nil where there is only one.
func (l *loader) fanOut(n *document.Node, a *action, s *scope) *fanOut {
	if n == nil || n.Kind != document.Map {
		return nil
	}
	answering := l.and(s, answerVars())
	f := &fanOut{
		over: l.cel(n.Get("over"), s), list: l.reading(n.Get("list"), a.spec.Input, s), items: l.cel(n.Get("items"), answering),
		paging: l.paging(n.Get("paging"), answering), max: max(1, count(n, "max", 1000)), parallel: min(16, max(1, count(n, "parallel", 4))),
	}
	if f.over == nil && n.Get("over") == nil && f.list == nil {
		l.problem(n, "missing-key", "fan_out has neither over nor list", "add over: an expression that gives a list, or list: a request that does")
	}
	if f.list != nil && f.paging == nil && f.items == nil {
		l.problem(n, "missing-key", "nothing tells where the list is in the answer", "add items: body.value, or paging")
	}
	if a.paging == nil {
		l.problem(n, "missing-key", "fan_out lacks paging.items of the request", "add paging: {items: …, link: header} to the action: what each request contributes")
	}
	return f
}

// spread makes the request for each thing and joins what the pages gave, in the
// order of the things.
func (c *call) spread(ctx context.Context, at instant) (*pages, error) {
	a := c.action
	things, truncated, err := c.things(ctx, at)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	got := make([]*pages, len(things))
	next := make(chan int)
	var group sync.WaitGroup
	for range min(a.fan.parallel, len(things)) {
		group.Go(func() {
			for i := range next {
				p, err := c.pages(ctx, a.request, a.paging, at.and("each", things[i]))
				if err != nil {
					cancel(err)
					continue
				}
				got[i] = p
			}
		})
	}
	for i := range things {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	group.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return nil, transportError(ctx, cause, a.spec.Effect)
	}
	return joined(got, truncated, a.paging.maxItems), nil
}

// joined puts the pages of many requests together.
func joined(got []*pages, truncated bool, most int) *pages {
	out := &pages{first: &answer{status: 200}, items: []any{}, truncated: truncated}
	for _, p := range got {
		if p.verdict.skip || p.verdict.settled != nil {
			continue
		}
		out.first = p.first
		out.items = slices.Concat(out.items, p.items)
		out.truncated = out.truncated || p.truncated
	}
	if len(out.items) > most {
		out.items, out.truncated = out.items[:most], true
	}
	return out
}

// things returns what the request is made for.
func (c *call) things(ctx context.Context, at instant) (things []any, truncated bool, err error) {
	f := c.action.fan
	if f.over != nil {
		v, err := evaluate(ctx, f.over, at)
		if err != nil {
			return nil, false, err
		}
		if list, ok := v.([]any); ok && (len(list) > 0 || f.list == nil) {
			things, truncated = c.capped(list)
			return things, truncated, nil
		}
	}
	switch {
	case f.list == nil:
		return nil, false, nil
	case f.paging != nil:
		p, err := c.pages(ctx, f.list, f.paging, at)
		if err != nil {
			return nil, false, err
		}
		things, truncated = c.capped(p.items)
		return things, truncated || p.truncated, nil
	}
	ans, _, err := c.ask(ctx, f.list, at, c.action.spec.Effect)
	if err != nil {
		return nil, false, err
	}
	list, err := evalList(ctx, f.items, answered(at, ans))
	if err != nil {
		return nil, false, err
	}
	things, truncated = c.capped(list)
	return things, truncated, nil
}

// capped cuts a list of things at the declared most.
func (c *call) capped(list []any) (things []any, truncated bool) {
	if most := c.action.fan.max; len(list) > most {
		return list[:most], true
	}
	return list, false
}
