package api

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/inventory"
)

const (
	// maxInventory bounds a file of hosts or users, in bytes, and maxLeases one of leases.
	maxInventory, maxLeases = 256 << 20, 4 << 30
	// importTime is how long sending a file may take.
	importTime = 15 * time.Minute
)

type inventoryIn struct {
	Paged
	Name         string `query:"name" maxLength:"500" doc:"Any of its names, exactly."`
	Query        string `query:"q" maxLength:"200" doc:"A part of its key, its name or its owner."`
	Criticality  string `query:"criticality" enum:"critical,high,medium,low,unknown"`
	Environment  string `query:"environment" maxLength:"100"`
	Source       string `query:"source" maxLength:"63"`
	Tag          string `query:"tag" maxLength:"200"`
	Gone         bool   `query:"gone" doc:"Only what no source tells of any more."`
	VIP          bool   `query:"vip"`
	Privileged   bool   `query:"privileged"`
	Stale        bool   `query:"stale" doc:"Only what is to be looked at again."`
	Contradicted bool   `query:"contradicted" doc:"Only what sources contradict each other about."`
}

// inventoryOf lists things of a kind.
func (s *Server) inventoryOf(kind harrier.EntityType) endpoint {
	return call(func(ctx context.Context, in *inventoryIn) (List[InventoryItem], error) {
		f := inventory.Filter{
			Kind: kind, Name: in.Name, Query: in.Query, Criticality: in.Criticality, Environment: in.Environment, Source: in.Source, Tag: in.Tag,
			Gone: in.Gone, VIP: in.VIP, Privileged: in.Privileged, Stale: in.Stale, Contradicted: in.Contradicted,
		}
		return full(s.cfg.Ports.Inventory.Things(ctx, principal(ctx), f, in.page()))
	})
}

type setInventoryIn struct{ Body SetInventory }

// setInventory notes what a person says of a thing.
func (s *Server) setInventory(kind harrier.EntityType) endpoint {
	return call(func(ctx context.Context, in *setInventoryIn) (InventoryItem, error) {
		return s.cfg.Ports.Inventory.SetThing(ctx, principal(ctx), kind, in.Body)
	})
}

type syncInventoryIn struct{ Body SyncInventory }

func (s *Server) syncInventory(ctx context.Context, in *syncInventoryIn) (ImportReport, error) {
	return s.cfg.Ports.Inventory.SyncInventory(ctx, principal(ctx), in.Body)
}

type inventorySourcesIn struct{}

func (s *Server) inventorySources(ctx context.Context, _ *inventorySourcesIn) (List[InventorySource], error) {
	return full(s.cfg.Ports.Inventory.InventorySources(ctx, principal(ctx)))
}

// importInventory takes a file of hosts or users.
func (s *Server) importInventory(kind harrier.EntityType) func(w http.ResponseWriter, r *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := asking{values: r.URL.Query()}
		in := ImportInventory{
			Import: inventory.Import{
				Kind: kind, Source: q.text("source"), Rank: q.number("rank"), Partial: q.yes("partial"), DryRun: q.yes("dry_run"), Force: q.yes("force"),
			},
			Reading: inventory.Reading{Kind: kind, Format: q.text("format"), Encoding: q.text("encoding"), Columns: q.columns(), Zone: q.zone()},
			File:    http.MaxBytesReader(w, r.Body, maxInventory),
		}
		if err := q.refuse(importParams()); err != nil {
			return err
		}
		_ = http.NewResponseController(w).SetReadDeadline(s.cfg.Now().Add(importTime)) // not every transport has deadlines
		report, err := s.cfg.Ports.Inventory.ImportThings(r.Context(), principal(r.Context()), in)
		if err != nil {
			return err
		}
		return s.writeJSON(w, http.StatusOK, report)
	}
}

// importLeases takes a file of address leases.
func (s *Server) importLeases(w http.ResponseWriter, r *http.Request) error {
	q := asking{values: r.URL.Query()}
	in := ImportLeases{
		Reading: inventory.LeaseReading{
			Source: q.text("source"), Format: q.text("format"), Encoding: q.text("encoding"), Columns: q.columns(), Zone: q.zone(),
			MaxAge: q.duration("max_age"), LeaseTime: q.duration("lease_time"), DryRun: q.yes("dry_run"),
		},
		File: http.MaxBytesReader(w, r.Body, maxLeases),
	}
	if err := q.refuse(leaseParams()); err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetReadDeadline(s.cfg.Now().Add(importTime)) // not every transport has deadlines
	report, err := s.cfg.Ports.AddressLeases.ImportLeases(r.Context(), principal(r.Context()), in)
	if err != nil {
		return err
	}
	return s.writeJSON(w, http.StatusOK, report)
}

type addressIn struct {
	Address string    `query:"address" required:"true" maxLength:"100" doc:"An address of a network."`
	At      time.Time `query:"at" doc:"The time in question; now where it is absent."`
}

func (s *Server) address(ctx context.Context, in *addressIn) (AddressAt, error) {
	at := in.At
	if at.IsZero() {
		at = s.cfg.Now()
	}
	out, err := s.cfg.Ports.AddressLeases.AddressAt(ctx, principal(ctx), in.Address, at.UTC())
	out.Items, out.Notes = some(out.Items), some(out.Notes)
	return out, err
}

// asking reads what a query asks, and keeps the first thing that is wrong.
type asking struct {
	values url.Values
	err    error
}

func (q *asking) wrong(name, want string) {
	if q.err == nil {
		q.err = harrier.Errorf(harrier.Invalid, "%s is %.60q; write %s", name, q.values.Get(name), want)
	}
}

func (q *asking) text(name string) string {
	if len(q.values.Get(name)) > 500 {
		q.wrong(name, "at most 500 bytes")
	}
	return q.values.Get(name)
}

func (q *asking) yes(name string) bool {
	text := q.values.Get(name)
	if text == "" {
		return false
	}
	yes, err := strconv.ParseBool(text)
	if err != nil {
		q.wrong(name, "true or false")
	}
	return yes
}

func (q *asking) number(name string) int {
	text := q.values.Get(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		q.wrong(name, "a number")
	}
	return n
}

func (q *asking) duration(name string) time.Duration {
	text := q.values.Get(name)
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		q.wrong(name, "a time such as 8h or 90m")
	}
	return d
}

func (q *asking) zone() *time.Location {
	name := q.values.Get("zone")
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		q.wrong("zone", "a time zone such as Europe/Berlin")
	}
	return zone
}

// columns reads field=Column, of which there may be several.
func (q *asking) columns() map[string]string {
	out := map[string]string{}
	for _, text := range q.values["column"] {
		field, column, ok := strings.Cut(text, "=")
		if !ok || field == "" || column == "" || len(text) > 500 {
			q.wrong("column", "field=Column")
			continue
		}
		out[field] = column
	}
	return out
}

// refuse returns what is wrong with a query, also where it asks what nobody knows.
func (q *asking) refuse(params []*huma.Param) error {
	for name := range q.values {
		if !slices.ContainsFunc(params, func(p *huma.Param) bool { return p.Name == name }) {
			return harrier.Errorf(harrier.Invalid, "there is no parameter %.60q; the routes are in /v1/openapi.json", name)
		}
	}
	return q.err
}

func param(name, about string) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: about, Schema: &huma.Schema{Type: huma.TypeString}}
}

// fileParams are those of every file.
func fileParams() []*huma.Param {
	source := param("source", "Who tells it, such as cmdb: lower-case letters, digits, - and _.")
	source.Required = true
	column := param("column", "field=Column, where a column's own name does not tell what it holds.")
	column.Schema = &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}}
	return []*huma.Param{
		source, column,
		param("encoding", "That of the text; UTF-8 where it is absent, or what a mark at its beginning says."),
		param("zone", "The time zone of times without one, such as Europe/Berlin; UTC where it is absent."),
		param("dry_run", "true changes nothing and tells what would change."),
	}
}

func importParams() []*huma.Param {
	return append(fileParams(), param("format", "csv or json; found out where it is absent."),
		param("rank", "Whose word holds where sources differ about what is neither better nor worse: the lowest; 50 at first."),
		param("partial", "true where the file does not hold all that the source knows: nothing is gone then."),
		param("force", "true imports even where more than half of what the source told before is gone."))
}

func leaseParams() []*huma.Param {
	format := param("format", "isc (dhcpd.leases), kea (lease file), windows (audit log of the DHCP server), dnsmasq (dnsmasq.leases) or table (such as the log of a VPN: address, start, end, host, mac, user).")
	format.Required = true
	return append(fileParams(), format,
		param("max_age", "How long a lease holds whose end the file does not tell, such as 12h; eight days where it is absent."),
		param("lease_time", "How long leases of dnsmasq last; an hour where it is absent."))
}

// aboutFile tells OpenAPI of a route that takes a file and answers with a report.
func aboutFile[Report any](s *Server, about string, params []*huma.Param) func(op *huma.Operation) {
	return func(op *huma.Operation) {
		op.Description = about
		op.Parameters = params
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"text/csv": {}, "application/json": {}, "application/octet-stream": {}}}
		op.Responses["200"] = &huma.Response{Description: "What it changed, or would change", Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Report](), true, "")},
		}}
	}
}

const aboutImport = "The body is a table with a head, a list of objects in JSON, or a line of JSON for each. Lines that cannot be read are told and cost themselves only. " +
	"What the source told before and does not tell any more is marked as gone; where that is more than half, the import is refused unless it is forced."

const aboutLeases = "The body is the file as the server wrote it. The same file again changes nothing."
