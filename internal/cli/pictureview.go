package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/picture"
)

// judgedText shows what was known about an alert when it was judged, and in
// short what came of it.
func judgedText(w page, a api.AlertDetail) {
	var d picture.Decision
	if json.Unmarshal(a.Decision, &d) == nil && d.Route != "" {
		fmt.Fprintln(w, "\n"+routeText(w.paint, d.Route)+w.paint.dim(" · ")+fmt.Sprintf("priority %d", d.Priority)+w.paint.dim(" · harrier triage explain "+a.ID.String()))
		w.block("  ", asIs, d.Reason)
		if d.Provisional {
			w.block("  ◐ ", w.paint.warn, "Provisional: not everybody has answered. It is judged again when they do.")
		}
	}
	var p picture.Picture
	if json.Unmarshal(a.Context, &p) == nil && !p.At.IsZero() {
		pictureText(w, p)
	}
}

// pictureText shows a picture: who and what, what is thought of it, what came
// before, and what is missing.
func pictureText(w page, p picture.Picture) {
	part := func(title string, n int) bool {
		if n > 0 {
			fmt.Fprintln(w, "\n"+heading(w.paint, title, w.width))
		}
		return n > 0
	}
	if part("Who and what", len(p.Entities)) {
		for _, e := range p.Entities {
			entityText(w, e)
		}
	}
	if part("Observables", len(p.Observables)) {
		for _, o := range p.Observables {
			observableText(w, o)
		}
	}
	if h := p.History; part("Before", h.Repeats+len(h.Similar)) {
		historyText(w, h)
	}
	if part("Missing: unknown is never harmless", len(p.Missing)) {
		for _, m := range p.Missing {
			w.block("  ▲ ", w.paint.warn, m.What+", from "+m.From+": "+m.Why)
		}
	}
}

// entityText shows one person or thing.
func entityText(w page, e picture.Entity) {
	p := w.paint
	head := "  " + p.dim(string(e.Type)) + " " + p.bold(clean(e.Key))
	if e.Role != "" {
		head += p.dim("  " + clean(e.Role))
	}
	if e.As != nil {
		head += p.dim("  was ") + clean(string(e.As.Type)+" "+e.As.Key)
	}
	fmt.Fprintln(w, head)
	var known []string
	add := func(ok bool, text string) {
		if ok {
			known = append(known, text)
		}
	}
	add(!e.Known && e.Source == "", "not in the inventory")
	add(e.Criticality != "", "criticality "+e.Criticality)
	add(e.Stale, "which is past its review")
	add(e.Environment != "", e.Environment)
	add(e.VIP, "VIP")
	add(e.Privileged, "privileged")
	add(e.Owner != "", "owner "+e.Owner)
	add(e.Risk > 0, "risk "+number(e.Risk))
	add(e.Maintenance != "", "maintenance: "+e.Maintenance)
	add(e.Source != "", "from "+e.Source)
	add(!e.Seen.IsZero(), "seen "+stamp(e.Seen))
	w.block("    ", asIs, strings.Join(known, " · "))
	for _, note := range e.Notes {
		w.block("    ▲ ", p.warn, note)
	}
	for _, role := range slices.Sorted(maps.Keys(e.Facts)) {
		w.block("    "+role+": ", p.dim, short(told(e.Facts[role]), 400))
	}
}

// told shows what somebody told of an entity, field by field.
func told(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return value(v)
	}
	parts := make([]string, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, name+" "+value(m[name]))
	}
	return strings.Join(parts, ", ")
}

// observableText shows one value with what is thought of it.
func observableText(w page, o picture.Observable) {
	p := w.paint
	mark, colour := "○", p.dim
	switch o.Verdict {
	case "malicious":
		mark, colour = "✖", p.bad
	case "suspicious":
		mark, colour = "▲", p.warn
	case "benign":
		mark, colour = "✔", p.good
	}
	about := []string{o.Verdict}
	add := func(ok bool, text string) {
		if ok {
			about = append(about, text)
		}
	}
	add(o.Score > 0, "score "+number(o.Score))
	add(o.Role != "", o.Role)
	add(o.Internal, "our own")
	add(o.Allowed != "", "allowed by "+o.Allowed)
	add(o.Seen > 0, fmt.Sprintf("in %d alerts before", o.Seen))
	add(o.Failed > 0, fmt.Sprintf("%d of %d did not answer", o.Failed, o.Answered+o.Failed))
	w.block("  "+mark+" ", colour, o.Type+" "+o.Value)
	w.block("    ", asIs, strings.Join(about, " · "))
	const most = 5
	for i, one := range o.Opinions {
		if i == most {
			w.block("      ", p.dim, fmt.Sprintf("and %d more", len(o.Opinions)-most))
			break
		}
		parts := []string{one.Source + " says " + one.Verdict}
		if one.Name != "" {
			parts = append(parts, one.Name)
		}
		if one.Score > 0 {
			parts = append(parts, "score "+number(one.Score))
		}
		if one.Reliability != "" {
			parts = append(parts, "reliability "+one.Reliability)
		}
		if !one.At.IsZero() {
			parts = append(parts, stamp(one.At))
		}
		w.block("      ", p.dim, strings.Join(parts, " · "))
	}
}

// historyText shows what came before.
func historyText(w page, h picture.History) {
	if h.Repeats > 0 {
		var parts []string
		for _, outcome := range slices.Sorted(maps.Keys(h.Outcomes)) {
			parts = append(parts, fmt.Sprintf("%d %s", h.Outcomes[outcome], strings.ReplaceAll(outcome, "_", " ")))
		}
		w.block("  ", asIs, fmt.Sprintf("the same came %d times: %s", h.Repeats, strings.Join(parts, ", ")))
	}
	for _, s := range h.Similar {
		was := s.Disposition
		if was == "" {
			was = "open"
		}
		w.block("  ≈ ", asIs, fmt.Sprintf("%s · %s · %s · %s", s.Title, s.Severity, strings.ReplaceAll(was, "_", " "), stamp(s.At)))
		w.block("    ", w.paint.dim, s.Alert.String()+" shares "+strings.Join(s.Shares, ", "))
	}
}
