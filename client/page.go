package client

import (
	"context"
	"iter"
	"maps"
	"net/url"

	"github.com/harrier-soar/harrier"
)

// Page is one page of a list.
type Page[T any] struct {
	Items []T `json:"items"`
	// Next is the cursor of the next page; empty on the last one.
	Next string `json:"next,omitzero"`
	// Total is how many there are on all pages, where that was asked.
	Total *Total `json:"total,omitzero"`
}

// Pages asks for a list page by page. It ends after an error.
func Pages[T any](ctx context.Context, c *Client, r Request, opts ...CallOption) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		r := r
		r.Query = maps.Clone(r.Query)
		if r.Query == nil {
			r.Query = url.Values{}
		}
		for {
			page, err := Fetch[Page[T]](ctx, c, r, opts...)
			if err == nil && page.Next != "" && page.Next == r.Query.Get("cursor") {
				err = harrier.Errorf(harrier.Internal, "the server gave the same page of %s twice", r.Path)
			}
			if !yield(page, err) || err != nil || page.Next == "" {
				return
			}
			r.Query.Set("cursor", page.Next)
		}
	}
}

// Items asks for all of a list, page by page. It ends after an error.
func Items[T any](ctx context.Context, c *Client, r Request, opts ...CallOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range Pages[T](ctx, c, r, opts...) {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// whole gets a list that has no pages.
func whole[T any](ctx context.Context, c *Client, r Request, opts []CallOption) ([]T, error) {
	page, err := Fetch[Page[T]](ctx, c, r, opts...)
	return page.Items, err
}
