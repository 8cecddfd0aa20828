package enrich

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/picture"
)

// slot is a place in the picture for one answer.
type slot struct {
	// observable and entity say where it belongs; the other is -1.
	observable, entity int
	about              string
	// role is under what facts are written, such as edr, and search the search
	// that gave them.
	role, search string
	question     intel.Question
	ask          *ask // nil where the answer was known
	answer       intel.Answer
}

// unknown reports whether a failure is an answer: the source does not know it.
func (s *slot) unknown(err *connector.Error) bool {
	if err.Class != connector.NotFound {
		return false
	}
	if s.observable >= 0 {
		s.answer = intel.Answer{Verdict: "unknown"}
	} else {
		s.answer = intel.Answer{Facts: map[string]any{"found": false}}
	}
	return true
}

// answered writes the answer into its place.
func (s *slot) answered(d *drawing) {
	if s.observable < 0 {
		d.fact(s)
		return
	}
	o := &d.pic.Observables[s.observable]
	o.Answered++
	source := s.question.Source
	opinion := picture.Opinion{
		Source: source.Name, Provider: source.Provider, Reliability: source.Reliability, Verdict: s.answer.Verdict,
		Name: s.answer.Name, Link: s.answer.Link, At: s.answer.At, Until: s.answer.Until,
	}
	if s.answer.Score != nil {
		opinion.Score = *s.answer.Score
	}
	o.Opinions = append(o.Opinions, opinion)
}

// plan finds what is to be asked, takes what is known, and asks the rest.
func (d *drawing) plan(ctx context.Context) error {
	closed := d.closed()
	if closed != "" {
		d.missing("all observables", "everybody outside", closed)
	}
	asked, left, recipients, own := 0, 0, d.recipients(), d.own()
	for _, i := range d.order() {
		o := &d.pic.Observables[i]
		out := OutgoingOf(o.Observable, own, recipients)
		o.Internal = out.Internal
		if o.Allowed != "" {
			continue
		}
		shut, err := d.marked(ctx, o)
		if err != nil {
			return err
		}
		list, err := d.questions(ctx, o, out, closed != "" || shut != "")
		if err != nil {
			return err
		}
		if shut != "" && closed == "" && out.Kind != "" {
			d.missing(o.Value, "everybody outside", shut)
		}
		if len(list) == 0 {
			continue
		}
		if asked == d.set.Most {
			left++
			continue
		}
		asked++
		if out.Why != "" && !out.Internal {
			d.missing(o.Value, "everybody", out.Why)
		}
		for _, q := range list {
			d.want(ctx, slot{observable: i, entity: -1, about: o.Value, question: q})
		}
	}
	if left > 0 {
		d.missing(fmt.Sprintf("%d further observables", left), "everybody", fmt.Sprintf("of one alert %d are looked up", d.set.Most))
	}
	return d.live(ctx)
}

// questions returns what is asked about an observable, and whom.
func (d *drawing) questions(ctx context.Context, o *picture.Observable, out Outgoing, closed bool) ([]intel.Question, error) {
	kind, value, insideOnly := out.Kind, out.Value, false
	if kind == "" || closed {
		if len(d.set.Inside) == 0 {
			return nil, nil
		}
		kind, value, insideOnly = o.Type, o.Value, true
		if !slices.Contains([]string{"ip", "domain", "url", "hash", "email"}, kind) {
			return nil, nil
		}
	}
	list, err := d.s.cfg.Intel.About(ctx, d.req.Tenant, kind, value)
	if harrier.KindOf(err) == harrier.Invalid {
		return nil, nil // a mapping took it for something that it is not
	}
	if insideOnly {
		list = slices.DeleteFunc(list, func(q intel.Question) bool { return !slices.Contains(d.set.Inside, q.Source.Name) })
	}
	return list, err
}

// want takes an answer that is known, or asks.
func (d *drawing) want(ctx context.Context, s slot) {
	var ok bool
	if s.answer, ok = d.s.cfg.Intel.Known(ctx, d.req.Tenant, s.question); !ok {
		s.ask = d.s.desk.put(d.req.Tenant, d.req.Alert, d.lane, s.question)
	}
	d.slots = append(d.slots, s)
}

// order returns the observables, those first that tell most.
func (d *drawing) order() []int {
	list := make([]int, len(d.pic.Observables))
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(d.rank(a), d.rank(b)) })
	return list
}

func (d *drawing) rank(i int) int {
	o := d.pic.Observables[i]
	roles := []string{"destination", "file", "source", "sender", "", "parent", "related", "recipient"}
	types := []string{"hash", "url", "domain", "ip", "email"}
	role, kind := slices.Index(roles, o.Role), slices.Index(types, o.Type)
	if role < 0 {
		role = slices.Index(roles, "related")
	}
	if kind < 0 {
		kind = len(types)
	}
	return role*len(types) + kind
}

// own reports whether a host is the organisation's, as it says itself or as the
// inventory knows.
func (d *drawing) own() func(host string) bool {
	stock := map[string]bool{}
	for _, e := range d.pic.Entities {
		if e.Known && (e.Type == harrier.HostEntity || e.Type == harrier.AddressEntity) {
			stock[e.Key] = true
		}
	}
	if len(stock) == 0 {
		return d.s.cfg.Own
	}
	return func(host string) bool { return stock[host] || d.s.cfg.Own(host) }
}

// recipients are those to whom links of the finding were sent.
func (d *drawing) recipients() []string {
	var list []string
	for _, o := range d.pic.Observables {
		if o.Type == "email" && o.Role != "sender" && o.Role != "source" {
			list = append(list, o.Value)
		}
	}
	for _, e := range d.pic.Entities {
		if strings.Contains(e.Key, "@") {
			list = append(list, e.Key)
		}
	}
	return list
}

// marked says why nobody outside may be asked about an observable, or nothing:
// those who told of it wanted it so.
func (d *drawing) marked(ctx context.Context, o *picture.Observable) (string, error) {
	if d.s.cfg.Markings == nil {
		return "", nil
	}
	m, err := d.s.cfg.Markings.Marking(ctx, d.req.Tenant, o.Observable)
	return d.shut(plainMark(m.TLP, "tlp"), plainMark(m.PAP, "pap")), err
}

// closed says why nobody outside may be asked about the finding, or nothing.
func (d *drawing) closed() string { return d.shut(d.mark(d.req.TLP, "tlp"), d.mark(d.req.PAP, "pap")) }

// shut says why nobody outside may be asked under these marks, or nothing.
func (d *drawing) shut(tlp, pap string) string {
	if pap == "red" {
		return "it is marked PAP:RED, under which nothing may be asked that others could notice"
	}
	order := []string{"clear", "green", "amber", "amber+strict", "red"}
	at, most := slices.Index(order, tlp), slices.Index(order, strings.ToLower(d.set.MaxTLP))
	if tlp != "" && (at < 0 || at > most) {
		return "it is marked TLP:" + strings.ToUpper(tlp) + ", and others are asked up to TLP:" + strings.ToUpper(d.set.MaxTLP)
	}
	return ""
}

// mark reads a mark, in lower case and without the name of its scheme; that of
// the finding's data where the request has none.
func (d *drawing) mark(given, name string) string {
	if given == "" {
		switch v := d.req.Finding.Data[name].(type) {
		case string:
			given = v
		case float64: // TheHive numbers them
			given = numbered(int(v))
		case json.Number:
			n, _ := strconv.Atoi(v.String())
			given = numbered(n)
		}
	}
	return plainMark(given, name)
}

// plainMark is a mark in lower case, without the name of its scheme.
func plainMark(given, name string) string {
	given = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(given)), name+":")
	if given == "white" {
		return "clear"
	}
	return given
}

func numbered(n int) string {
	return [...]string{"clear", "green", "amber", "red"}[min(max(n, 0), 3)]
}
