package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/client"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

// column is a column of a list.
type column[T any] struct {
	head string
	cell func(T) string
}

// listing describes a command that lists something.
type listing[T any] struct {
	use, short, path string
	// filters are the flags that narrow it, with their help.
	filters [][2]string
	columns []column[T]
	name    func(T) string
	// empty is what to do where there is nothing.
	empty string
	// whole tells that the route has no pages: it gives all there is.
	whole bool
	// queried tells that the list can be selected by a query.
	queried bool
}

// command makes the command of a listing.
func (l listing[T]) command(s *shell) *cobra.Command {
	var limit int
	values := map[string]*string{}
	cmd := &cobra.Command{
		Use: l.use, Short: l.short, Args: cobra.NoArgs, Aliases: []string{"ls"},
		RunE: func(cmd *cobra.Command, args []string) error {
			query := l.query(values, args)
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			if l.whole {
				page, _, err := fetch[api.List[json.RawMessage]](cmd.Context(), c, asked{Path: l.path, Query: query})
				if err != nil {
					return err
				}
				items, err := decoded[T](page.Items)
				if err != nil {
					return err
				}
				return l.print(s, items, page.Items, false)
			}
			items, raws, more, err := pages[T](cmd.Context(), c, asked{Path: l.path, Query: query}, limit)
			if err != nil {
				return err
			}
			return l.print(s, items, raws, more)
		},
	}
	for _, f := range l.filters {
		values[f[0]] = cmd.Flags().String(f[0], "", f[1])
	}
	if l.queried {
		cmd.Use, cmd.Args = l.use+" [QUERY]", cobra.ArbitraryArgs
		cmd.Long = l.short + ".\nA query is written in quotes, such as 'sev:>=high status:open -tag:test host:ws-17 words'; docs/query.md says what it may hold."
	}
	if !l.whole {
		cmd.Flags().IntVar(&limit, "limit", 50, "how many are wanted at most")
	}
	return cmd
}

// query is what the flags and a query select. Beside a query, the flags are
// terms of it.
func (l listing[T]) query(values map[string]*string, args []string) url.Values {
	out := url.Values{}
	text := strings.Join(args, " ")
	for name, v := range values {
		switch {
		case *v == "":
		case text != "":
			text = fmt.Sprintf("(%s) %s:%q", text, name, *v)
		default:
			out.Set(name, *v)
		}
	}
	if text != "" {
		out.Set("q", text)
	}
	return out
}

// print prints what was listed.
func (l listing[T]) print(s *shell, items []T, raws []json.RawMessage, more bool) error {
	raw, err := json.Marshal(map[string]any{"items": raws})
	if err != nil {
		return err
	}
	r := result{raw: raw}
	for _, c := range l.columns {
		r.head = append(r.head, c.head)
	}
	for _, item := range items {
		row := make([]string, len(l.columns))
		for i, c := range l.columns {
			row[i] = c.cell(item)
		}
		r.rows, r.names = append(r.rows, row), append(r.names, l.name(item))
	}
	if len(items) == 0 && s.output == "table" {
		s.note("%s", l.empty)
		return nil
	}
	if err := s.print(r); err != nil {
		return err
	}
	if more {
		s.note("there are more; say --limit %d", 2*len(items))
	}
	return nil
}

// pages gets up to limit items of a list, page by page.
func pages[T any](ctx context.Context, c *link, a asked, limit int) (items []T, raws []json.RawMessage, more bool, err error) {
	raws = []json.RawMessage{}
	if limit < 1 {
		return nil, nil, false, usagef("--limit must be at least 1")
	}
	a.Query = maps.Clone(a.Query)
	if a.Query == nil {
		a.Query = url.Values{}
	}
	a.Query.Set("limit", strconv.Itoa(min(limit, 500)))
	const most = 200 // a page may be short, or empty, and have a next one
	seen := 0
	for page, err := range client.Pages[json.RawMessage](ctx, c.Client, a) {
		if err != nil {
			return nil, nil, false, err
		}
		raws = append(raws, page.Items...)
		if seen, more = seen+1, page.Next != ""; len(raws) >= limit || seen == most {
			break
		}
	}
	if len(raws) > limit {
		raws, more = raws[:limit], true
	}
	items, err = decoded[T](raws)
	return items, raws, more, err
}

// decoded reads the items of a list.
func decoded[T any](raws []json.RawMessage) ([]T, error) {
	items := make([]T, len(raws))
	for i, raw := range raws {
		if err := json.Unmarshal(raw, &items[i]); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// unpaged gets a list whose route has no pages.
func unpaged[T any](ctx context.Context, c *link, path string) ([]T, json.RawMessage, error) {
	page, raw, err := fetch[api.List[T]](ctx, c, asked{Path: path})
	return page.Items, raw, err
}

// stamp is a time for people.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}
