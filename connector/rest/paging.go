package rest

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/document"
)

// paging says how an answer goes on.
type paging struct {
	items    *program
	link     *program
	header   bool
	cursor   *program
	in, name string // where the cursor or the number goes: query, body or form
	offset   bool
	page     bool
	start    int
	size     int
	maxPages int
	maxItems int
}

const (
	defaultMaxPages = 100
	defaultMaxItems = 10000
)

// paging reads how an answer goes on; nil where it does not.
func (l *loader) paging(n *document.Node, s *scope) *paging {
	if n == nil || n.Kind != document.Map {
		return nil
	}
	p := &paging{items: l.cel(n.Get("items"), s), in: "query", maxPages: max(1, count(n, "max_pages", defaultMaxPages)), maxItems: max(1, count(n, "max_items", defaultMaxItems))}
	if link := n.Get("link"); link != nil {
		if p.header = link.Text == "header"; !p.header {
			p.link = l.cel(link, s)
		}
	}
	if c := n.Get("cursor"); c != nil {
		p.cursor = l.cel(c.Get("from"), s)
		for _, in := range []string{"query", "body", "form"} {
			if name := text(c, in); name != "" {
				p.in, p.name = in, name
			}
		}
	}
	for _, kind := range []string{"offset", "page"} {
		if c := n.Get(kind); c != nil {
			p.name, p.size, p.start = text(c, "query"), count(c, "size", 0), count(c, "start", 1)
			p.offset, p.page = kind == "offset", kind == "page"
			if p.size == 0 {
				l.problem(c, "bad-value", "a page holds nothing", "write size: how many items a full page has")
			}
		}
	}
	return p
}

// pages is what the pages of one request gave together.
type pages struct {
	first     *answer
	items     []any
	truncated bool
	verdict   verdict
}

// pages makes a request and follows its pages.
func (c *call) pages(ctx context.Context, r *request, p *paging, at instant) (*pages, error) {
	base, _ := c.env.Settings["base_url"].(string)
	req, err := r.build(ctx, base, at, p.next(0, 0, nil))
	if err != nil {
		return nil, err
	}
	out := &pages{items: []any{}}
	seen := make(map[string]bool)
	for n := 1; ; n++ {
		ans, v, err := c.exchange(ctx, req, at, harrier.Read)
		if err != nil {
			return nil, err
		}
		if out.first == nil {
			out.first, out.verdict = ans, v
		}
		if v.skip || v.settled != nil {
			return out, nil
		}
		here := answered(at, ans)
		list, err := evalList(ctx, p.items, here)
		if err != nil {
			return nil, err
		}
		out.items = append(out.items, list...)
		mark, more, err := p.more(ctx, here, ans, len(list))
		if err != nil || !more {
			return out, err
		}
		if len(out.items) >= p.maxItems || n >= p.maxPages {
			out.items, out.truncated = out.items[:min(len(out.items), p.maxItems)], true
			return out, nil
		}
		if key, _ := mark.(string); key != "" && seen[key] {
			return nil, connector.Errorf(connector.Drift, "the pages of %s go in circles", c.conn.manifest.Title)
		} else if key != "" {
			seen[key] = true
		}
		if req, err = c.nextPage(ctx, r, req, at, pageMark{p, mark, n, len(out.items)}); err != nil {
			return nil, err
		}
	}
}

// pageMark is where the next page begins.
type pageMark struct {
	*paging
	mark  any
	pages int
	items int
}

// nextPage returns the request for the next page.
func (c *call) nextPage(ctx context.Context, r *request, before *http.Request, at instant, m pageMark) (*http.Request, error) {
	if m.cursor != nil || m.offset || m.page {
		base, _ := c.env.Settings["base_url"].(string)
		return r.build(ctx, base, at, m.next(m.pages, m.items, m.mark))
	}
	text, _ := m.mark.(string)
	next, err := before.URL.Parse(text)
	if err != nil || next.User != nil || next.Scheme != before.URL.Scheme || !strings.EqualFold(next.Host, before.URL.Host) {
		return nil, connector.Errorf(connector.Drift, "the next page of %s is on another host, which is not followed", c.conn.manifest.Title)
	}
	next.Fragment = ""
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, next.String(), nil) //nolint:gosec // same scheme and host as the page before, and the transport guards the rest
	if err != nil {
		return nil, connector.Errorf(connector.Drift, "the next page of %s has no usable address", c.conn.manifest.Title)
	}
	req.Header = before.Header.Clone()
	req.Header.Del("Content-Type")
	return req, nil
}

// more tells where the next page begins; more is false at the end.
func (p *paging) more(ctx context.Context, at instant, ans *answer, got int) (mark any, more bool, err error) {
	switch {
	case p.offset, p.page:
		return nil, got >= p.size, nil
	case p.header:
		next := linkNext(ans.header)
		return next, next != "", nil
	}
	program := p.link
	if program == nil {
		program = p.cursor
	}
	v, err := program.Eval(ctx, at.scope, at.now)
	if err != nil {
		return nil, false, connector.Errorf(connector.Drift, "the answer does not tell whether there is more: %w", err)
	}
	return v, v != nil && v != "" && v != false, nil
}

// next returns what asks for a page: after so many pages and items, at a mark.
func (p *paging) next(pages, items int, mark any) extra {
	value := mark
	switch {
	case p.offset:
		value = int64(items)
	case p.page:
		value = int64(p.start + pages)
	case mark == nil || p.cursor == nil:
		return extra{}
	}
	named := []pair{{name: p.name, value: &payload{constant: value}}}
	switch p.in {
	case "body":
		return extra{body: map[string]any{p.name: value}}
	case "form":
		return extra{form: named}
	}
	return extra{query: named}
}

// linkNext returns the target of rel="next" in a Link header (RFC 8288).
func linkNext(h http.Header) string {
	for _, field := range h.Values("Link") {
		for link := range strings.SplitSeq(field, ",") {
			target, params, ok := strings.Cut(link, ">")
			_, target, open := strings.Cut(target, "<")
			params = strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(params, " ", ""), `"`, ""))
			if ok && open && strings.Contains(params+";", ";rel=next;") {
				if _, err := url.Parse(target); err == nil {
					return target
				}
			}
		}
	}
	return ""
}

// evalList evaluates an expression that gives a list; absent is empty.
func evalList(ctx context.Context, p *program, at instant) ([]any, error) {
	v, err := p.Eval(ctx, at.scope, at.now)
	if err != nil {
		return nil, connector.Errorf(connector.Drift, "the answer has no list where one is declared: %w", err)
	}
	list, ok := v.([]any)
	if !ok && v != nil {
		return nil, connector.Errorf(connector.Drift, "the answer has something else where a list is declared")
	}
	return list, nil
}
