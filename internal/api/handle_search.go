package api

import (
	"context"
	"errors"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/query"
)

// Queried is the part of a request that selects by a query.
type Queried struct {
	Q     string `query:"q" maxLength:"4096" doc:"What is wanted, such as sev:>=high status:open host:ws-17 words; see docs/query.md. With it, the other filters are part of it."`
	Count bool   `query:"count" doc:"Whether to say how many there are in all."`
}

// asked tells whether the list is to be selected by a query.
func (q Queried) asked() bool { return q.Q != "" || q.Count }

// wanted reads what is asked of a noun. Filters beside the query would say the
// same in another way.
func (q Queried) wanted(n query.Noun, p Paged, filtered bool) (Wanted, error) {
	parsed, err := query.Parse(n, q.Q)
	if err == nil && filtered {
		err = harrier.Errorf(harrier.Invalid, "there are filters beside q; write them in it, as in q=status:new")
	}
	return Wanted{Query: parsed, Page: p.page(), Count: q.Count}, err
}

// queryErrors are the places of a query that are wrong.
func queryErrors(err error) []ProblemError {
	p, ok := errors.AsType[*query.Problem](err)
	if !ok {
		return nil
	}
	return []ProblemError{{Detail: p.Message, Parameter: "q", Line: 1, Column: p.At.Start + 1, Fix: p.Fix}}
}

type searchIn struct {
	Q     string `query:"q" required:"true" minLength:"1" maxLength:"4096" doc:"Words, values, ids, or a query; see docs/query.md."`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"10" doc:"How many of each noun are wanted."`
}

// searchAll handles GET /v1/search.
func (s *Server) searchAll(ctx context.Context, in *searchIn) (SearchResult, error) {
	got, err := s.cfg.Ports.Search.Search(ctx, principal(ctx), in.Q, in.Limit)
	got.Groups = some(got.Groups)
	return got, err
}
