package indicator

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
)

// Web asks sites by their connections. It is safe for concurrent use.
type Web interface {
	// Product is the connector of a connection, such as taxii.
	Product(ctx context.Context, tenant harrier.TenantID, connection string) (string, error)
	// Ask makes one request. An answer of any status is no error.
	Ask(ctx context.Context, tenant harrier.TenantID, connection string, q WebQuery) (WebAnswer, error)
}

// WebQuery is a request for something below the address of a connection. With a
// body it is a POST of JSON that changes nothing.
type WebQuery struct {
	Path  string
	Query url.Values
	Head  map[string]string
	Body  []byte
}

// WebAnswer is what a site answered.
type WebAnswer struct {
	Status int
	// Head returns a field of its head.
	Head func(name string) string
	Body []byte
}

// WebFetcher gets feeds by connections: files from any site, collections of
// TAXII 2.1, attributes of MISP, and the feeds that MISP keeps as files.
type WebFetcher struct {
	web Web
	now func() time.Time
}

// NewWebFetcher returns the fetcher.
func NewWebFetcher(web Web, now func() time.Time) *WebFetcher { return &WebFetcher{web, now} }

var _ Fetcher = (*WebFetcher)(nil)

// mark is the cursor of a feed: how far it was read.
type mark struct {
	// ETag and Modified are those of a file.
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
	// After is when what was read last was added to a collection, Next where its
	// next page begins, and Last what After is to be at its end.
	After string `json:"after,omitempty"`
	Next  string `json:"next,omitempty"`
	Last  string `json:"last,omitempty"`
	// Since is the time, in seconds, of changes that are wanted; Page is that of
	// the answer, and Began when its first was asked for.
	Since int64 `json:"since,omitempty"`
	Page  int   `json:"page,omitempty"`
	Began int64 `json:"began,omitempty"`
}

// Fetch implements [Fetcher].
func (w *WebFetcher) Fetch(ctx context.Context, f Feed) (Fetched, error) {
	var m mark
	if len(f.Cursor) > 0 {
		if err := json.Unmarshal(f.Cursor, &m); err != nil {
			return Fetched{}, harrier.Errorf(harrier.Internal, "the cursor of feed %s cannot be read: %w", f.Name, err)
		}
	}
	product, err := w.web.Product(ctx, f.Tenant, f.Connection)
	if err != nil {
		return Fetched{}, err
	}
	switch {
	case product == "taxii":
		return w.collection(ctx, f, m)
	case product == "misp":
		return w.attributes(ctx, f, m)
	case f.Format == feed.Manifest || strings.HasSuffix(f.URL, "manifest.json"):
		return w.manifest(ctx, f, m)
	}
	return w.file(ctx, f, m)
}

// ask asks and refuses what is no answer.
func (w *WebFetcher) ask(ctx context.Context, f Feed, q WebQuery) (WebAnswer, error) {
	a, err := w.web.Ask(ctx, f.Tenant, f.Connection, q)
	switch {
	case err != nil:
		return a, err
	case a.Status == 304 || a.Status == 206 || a.Status >= 200 && a.Status < 300:
		return a, nil
	case a.Status == 401 || a.Status == 403:
		return a, harrier.Errorf(harrier.Denied, "%s of connection %s answers %d; check its secrets and what they may read", q.Path, f.Connection, a.Status)
	case a.Status == 404:
		return a, harrier.Errorf(harrier.NotFound, "there is nothing at %s of connection %s; check the address of the feed", q.Path, f.Connection)
	}
	return a, harrier.Errorf(harrier.Unavailable, "%s of connection %s answers %d", q.Path, f.Connection, a.Status)
}

// done is what was fetched, with its cursor.
func (m mark) done(body []byte, format feed.Format, more bool) (Fetched, error) {
	cursor, err := json.Marshal(m)
	if err != nil {
		return Fetched{}, harrier.Errorf(harrier.Internal, "encode a cursor: %w", err)
	}
	out := Fetched{Cursor: cursor, Format: format, More: more}
	if body != nil {
		out.Body = io.NopCloser(bytes.NewReader(body))
	}
	return out, nil
}

// file gets a file where it has changed.
func (w *WebFetcher) file(ctx context.Context, f Feed, m mark) (Fetched, error) {
	head := map[string]string{}
	if m.ETag != "" {
		head["If-None-Match"] = m.ETag
	}
	if m.Modified != "" {
		head["If-Modified-Since"] = m.Modified
	}
	path, query, _ := strings.Cut(f.URL, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return Fetched{}, harrier.Errorf(harrier.Invalid, "the address of feed %s has a query that cannot be read: %w", f.Name, err)
	}
	a, err := w.ask(ctx, f, WebQuery{Path: path, Query: values, Head: head})
	if err != nil {
		return Fetched{}, err
	}
	if a.Status == 304 {
		return m.done(nil, "", false)
	}
	return mark{ETag: a.Head("ETag"), Modified: a.Head("Last-Modified")}.done(a.Body, "", false)
}

// taxiiType is the media type of TAXII 2.1.
const taxiiType = "application/taxii+json;version=2.1"

// taxiiPage is how many objects of a collection are asked for at once.
const taxiiPage = 1000

// collection gets the next page of a collection of TAXII 2.1.
func (w *WebFetcher) collection(ctx context.Context, f Feed, m mark) (Fetched, error) {
	if !strings.Contains(f.URL, "collections/") {
		return Fetched{}, w.choose(ctx, f)
	}
	query := url.Values{"limit": {strconv.Itoa(taxiiPage)}}
	if m.After != "" {
		query.Set("added_after", m.After)
	}
	if m.Next != "" {
		query.Set("next", m.Next)
	}
	a, err := w.ask(ctx, f, WebQuery{Path: strings.TrimSuffix(f.URL, "/") + "/objects/", Query: query, Head: map[string]string{"Accept": taxiiType}})
	if err != nil {
		return Fetched{}, err
	}
	var envelope struct {
		More    bool              `json:"more"`
		Next    string            `json:"next"`
		Objects []json.RawMessage `json:"objects"`
	}
	if err := json.Unmarshal(a.Body, &envelope); err != nil {
		return Fetched{}, harrier.Errorf(harrier.Unavailable, "collection %s answers what is no envelope of TAXII 2.1: %w", f.URL, err)
	}
	m.Last = cmp.Or(a.Head("X-TAXII-Date-Added-Last"), m.Last)
	m.Next = ""
	switch {
	case envelope.More && envelope.Next != "":
		m.Next = envelope.Next
	case envelope.More && a.Head("X-TAXII-Date-Added-Last") != "" && m.Last != m.After: // without next, what was added after the last is
		m.After = m.Last
	default:
		envelope.More = false
		m.After = cmp.Or(m.Last, m.After)
	}
	if len(envelope.Objects) == 0 {
		return m.done(nil, feed.STIX, false)
	}
	return m.done(a.Body, feed.STIX, envelope.More)
}

// choose explains which collections there are to choose from.
func (w *WebFetcher) choose(ctx context.Context, f Feed) error {
	head := map[string]string{"Accept": taxiiType}
	var found struct {
		Roots []string `json:"api_roots"`
	}
	a, err := w.ask(ctx, f, WebQuery{Path: "taxii2/", Head: head})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(a.Body, &found); err != nil {
		return harrier.Errorf(harrier.Unavailable, "the server of connection %s answers what is no discovery of TAXII 2.1: %w", f.Connection, err)
	}
	var names []string
	const mostRoots, mostNames = 20, 50
	for _, root := range found.Roots[:min(len(found.Roots), mostRoots)] {
		u, err := url.Parse(root)
		if err != nil {
			continue
		}
		path := strings.Trim(u.Path, "/")
		var list struct {
			Collections []struct {
				ID    string `json:"id"`
				Title string `json:"title"`
				Read  bool   `json:"can_read"`
			} `json:"collections"`
		}
		a, err := w.ask(ctx, f, WebQuery{Path: path + "/collections/", Head: head})
		if err != nil || json.Unmarshal(a.Body, &list) != nil {
			continue // another root may answer
		}
		for _, c := range list.Collections {
			if c.Read && len(names) < mostNames {
				names = append(names, path+"/collections/"+c.ID+" ("+c.Title+")")
			}
		}
	}
	if len(names) == 0 {
		return harrier.Errorf(harrier.NotFound, "the server of connection %s offers no collection that may be read", f.Connection)
	}
	return harrier.Errorf(harrier.Invalid, "say which collection feed %s is, with --address: one of %s", f.Name, strings.Join(names, ", "))
}

// mispPage is how many attributes are asked for at once, and mispOverlap how far
// back changes are asked for again, because clocks differ.
const (
	mispPage    = 2000
	mispOverlap = 10 * time.Minute
)

// attributes gets the next page of the attributes of a MISP that have changed.
func (w *WebFetcher) attributes(ctx context.Context, f Feed, m mark) (Fetched, error) {
	if m.Page == 0 {
		m.Page, m.Began = 1, w.now().Add(-mispOverlap).Unix()
	}
	query := map[string]any{
		"returnFormat": "json", "page": m.Page, "limit": mispPage, "includeEventTags": true, "deleted": []int{0, 1}, "published": true,
	}
	if !f.All {
		query["to_ids"] = 1
	}
	if m.Since > 0 {
		query["timestamp"] = m.Since
	}
	body, err := json.Marshal(query)
	if err != nil {
		return Fetched{}, harrier.Errorf(harrier.Internal, "encode a search: %w", err)
	}
	a, err := w.ask(ctx, f, WebQuery{Path: "attributes/restSearch", Head: map[string]string{"Accept": "application/json"}, Body: body})
	if err != nil {
		return Fetched{}, err
	}
	var answer struct {
		Response struct {
			Attribute []json.RawMessage `json:"Attribute"`
		} `json:"response"`
	}
	if err := json.Unmarshal(a.Body, &answer); err != nil {
		return Fetched{}, harrier.Errorf(harrier.Unavailable, "connection %s answers what is no search of MISP: %w", f.Connection, err)
	}
	more := len(answer.Response.Attribute) >= mispPage
	if more {
		m.Page++
	} else {
		m = mark{Since: m.Began}
	}
	if len(answer.Response.Attribute) == 0 {
		return m.done(nil, feed.MISP, false)
	}
	return m.done(a.Body, feed.MISP, more)
}

// The bounds of one part of a feed of MISP that is kept as files.
const (
	manifestEvents = 50
	manifestBytes  = 32 << 20
)

// manifest gets the next events of a feed of MISP that have changed, the oldest
// change first.
func (w *WebFetcher) manifest(ctx context.Context, f Feed, m mark) (Fetched, error) {
	base := strings.TrimSuffix(strings.TrimSuffix(f.URL, "manifest.json"), "/")
	a, err := w.ask(ctx, f, WebQuery{Path: strings.TrimPrefix(base+"/manifest.json", "/")})
	if err != nil {
		return Fetched{}, err
	}
	events, err := feed.ReadManifest(bytes.NewReader(a.Body))
	if err != nil {
		return Fetched{}, err
	}
	events = slices.DeleteFunc(events, func(e feed.ManifestEvent) bool {
		return e.Timestamp < m.Since || e.Timestamp == m.Since && e.UUID <= m.Last
	})
	slices.SortFunc(events, func(a, b feed.ManifestEvent) int {
		return cmp.Or(cmp.Compare(a.Timestamp, b.Timestamp), cmp.Compare(a.UUID, b.UUID))
	})
	var body []byte
	for n, e := range events {
		if n >= manifestEvents || len(body) > manifestBytes {
			return m.done(body, feed.MISP, true)
		}
		a, err := w.ask(ctx, f, WebQuery{Path: strings.TrimPrefix(base+"/"+e.UUID+".json", "/")})
		if err != nil {
			return Fetched{}, err
		}
		body = append(append(body, a.Body...), '\n')
		m.Since, m.Last = e.Timestamp, e.UUID
	}
	return m.done(body, feed.MISP, false)
}
