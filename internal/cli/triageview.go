package cli

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier/internal/judge"
	"github.com/harrier-soar/harrier/internal/picture"
)

// page is where text is shown: a terminal or a file, of a width.
type page struct {
	io.Writer
	paint

	width int
}

// margin is how far the text of a proof stands from the edge: its weight stands before it.
const margin = 9

// decisionText shows a decision: what, why, and what would change it.
func decisionText(w page, title string, d picture.Decision) {
	p := w.paint
	head := []string{routeText(p, d.Route), fmt.Sprintf("priority %d", d.Priority), severityText(p, d.Severity)}
	category := clean(strings.ReplaceAll(d.Category, "_", " "))
	const taken = 35 // by the longest of what stands before it
	switch {
	case category == "":
	case taken+utf8.RuneCountInString(category) <= w.width:
		head = append(head, category)
	default:
		head[2] += "\n" + short(category, w.width)
	}
	fmt.Fprintln(w, strings.Join(head, p.dim(" · ")))
	if title != "" {
		w.block("", p.bold, title)
	}
	fmt.Fprintln(w)
	w.block("", asIs, d.Reason)
	if len(d.Guards) > 0 {
		w.block("◆ ", p.bad, "Guarded, so that nothing lowers or hides it: "+strings.ReplaceAll(strings.Join(d.Guards, ", "), "_", " ")+".")
	}
	if d.Provisional {
		w.block("◐ ", p.warn, "Provisional: not everybody has answered. It is judged again when they do.")
	}
	if d.Mute != "" {
		w.block("⊘ ", p.dim, "Muted: "+d.Mute)
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, heading(p, "Why", w.width))
	stage, sum := "", 0.0
	for _, l := range d.Proof {
		if l.Stage != stage {
			stage = l.Stage
			fmt.Fprintln(w, p.dim(strings.ReplaceAll(stage, "_", " ")))
		}
		if l.Void == "" {
			sum += l.Weight
		}
		lineText(w, l)
	}
	fmt.Fprintln(w, p.bold(fmt.Sprintf("%7s", number(d.Score)))+"  "+bar(p, d.Score, w.width-margin))
	if len(d.Change) > 0 {
		fmt.Fprintln(w)
		fmt.Fprintln(w, heading(p, "What would change it", w.width))
		for _, c := range d.Change {
			w.block("  • ", asIs, c)
		}
	}
	if len(d.Risk) > 0 {
		fmt.Fprintln(w)
		fmt.Fprintln(w, heading(p, "Risk that it adds", w.width))
		for _, key := range slices.SortedFunc(maps.Keys(d.Risk), func(a, b string) int { return strings.Compare(a, b) }) {
			w.block(fmt.Sprintf("%7s  ", number(d.Risk[key])), asIs, strings.Replace(key, ":", " ", 1))
		}
	}
	if d.Rules != "" {
		fmt.Fprintln(w, "\n"+p.dim("rules "+clean(d.Rules)))
	}
}

// lineText shows one line of a proof.
func lineText(w page, l picture.Line) {
	p, width := w.paint, w.width
	weight := fmt.Sprintf("%7s", "·")
	if l.Weight != 0 {
		weight = fmt.Sprintf("%7s", signed(l.Weight))
	}
	colour := p.dim
	switch {
	case l.Void != "":
	case l.Weight > 0:
		colour = p.bad
	case l.Weight < 0:
		colour = p.good
	}
	first := colour(weight) + "  "
	says := asIs
	if l.Void != "" {
		says = p.dim
	}
	for i, text := range wrapped(l.Says, width-margin) {
		if i > 0 {
			first = strings.Repeat(" ", margin)
		}
		fmt.Fprintln(w, first+says(text))
	}
	pad := strings.Repeat(" ", margin)
	if l.Void != "" {
		w.block(pad+"✖ not counted: ", p.warn, l.Void)
	}
	w.block(pad, p.dim, about(l))
	for _, name := range slices.Sorted(maps.Keys(l.Evidence)) {
		w.block(pad, p.dim, short(name+" = "+value(l.Evidence[name]), 3*max(16, width-margin)))
	}
	if l.Without != "" {
		w.block(pad+"↳ ", asIs, "without it: "+l.Without)
	}
	if l.Change != "" {
		w.block(pad+"↺ ", p.dim, l.Change)
	}
}

// about is what else there is to say of a line.
func about(l picture.Line) string {
	var parts []string
	if l.Rule != l.Stage {
		parts = append(parts, l.Rule)
	}
	if l.Reliability != "" {
		parts = append(parts, "reliability "+l.Reliability)
	}
	// What is set alike is told together: at least case, high, priority 1.
	told := map[string][]string{}
	for _, name := range []string{"category", "disposition", "route", "severity", "priority"} {
		text := l.Set[name]
		for _, prefix := range []string{"at least ", "at most ", ""} {
			if rest, ok := strings.CutPrefix(text, prefix); ok && text != "" {
				if name == "priority" {
					rest = "priority " + rest
				}
				told[prefix] = append(told[prefix], rest)
				break
			}
		}
	}
	for _, prefix := range []string{"", "at least ", "at most "} {
		if len(told[prefix]) > 0 {
			parts = append(parts, prefix+strings.Join(told[prefix], ", "))
		}
	}
	return strings.Join(parts, " · ")
}

// value shows a value of the evidence in one line.
func value(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = value(item)
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		return thing(v)
	}
	return fmt.Sprint(v)
}

// thing shows an object: what it is, and in brackets what matters most first.
func thing(m map[string]any) string {
	names := []string{"value", "key", "title", "what", "verdict", "providers", "from", "reliability", "strength", "disposition", "shares"}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	head := ""
	var parts []string
	for i, name := range names {
		v, ok := m[name]
		text := value(v)
		switch {
		case !ok || text == "0":
		case head == "" && i < 4:
			head = text
		case v == true:
			parts = append(parts, name)
		case name == "providers" || name == "from":
			parts = append(parts, text)
		default:
			parts = append(parts, name+" "+text)
		}
	}
	if head == "" {
		return strings.Join(parts, "; ")
	}
	if len(parts) == 0 {
		return head
	}
	return head + " (" + strings.Join(parts, "; ") + ")"
}

// routeText is a route with its mark.
func routeText(p paint, route string) string {
	switch route {
	case picture.Escalate:
		return p.bad("▲ ") + p.bold(p.bad("ESCALATE"))
	case picture.ToCase:
		return p.warn("■ ") + p.bold("CASE")
	case picture.ToQueue:
		return p.bold("● QUEUE")
	case picture.ToLog:
		return p.dim("○ ") + p.bold("LOG")
	case picture.ToClose:
		return p.dim("⊘ ") + p.bold("CLOSE")
	}
	return p.bold(clean(route))
}

// severityText is a severity in its colour.
func severityText(p paint, severity string) string {
	switch severity {
	case "critical", "high":
		return p.bad(severity)
	case "medium":
		return p.warn(severity)
	}
	return clean(severity)
}

// bar draws a score from 0 to 100.
func bar(p paint, score float64, width int) string {
	cells := max(10, min(40, width))
	full := int(math.Round(score / 100 * float64(cells)))
	colour := p.good
	switch {
	case score >= 80:
		colour = p.bad
	case score >= 55:
		colour = p.warn
	}
	return colour(strings.Repeat("█", full)) + p.dim(strings.Repeat("░", cells-full))
}

// heading is a title over a part, with a line behind it.
func heading(p paint, title string, width int) string {
	return p.bold(title) + " " + p.dim(strings.Repeat("─", max(0, width-utf8.RuneCountInString(title)-1)))
}

// signed is a weight with its sign.
func signed(w float64) string {
	if w < 0 {
		return "−" + number(-w)
	}
	return "+" + number(w)
}

// number is a number with at most one digit behind the point.
func number(f float64) string { return strconv.FormatFloat(math.Round(10*f)/10, 'f', -1, 64) }

// asIs leaves text as it is.
func asIs(text string) string { return text }

// block prints text in lines of a width. The first begins with lead, the others
// are as far in.
func (w page) block(lead string, colour func(string) string, text string) {
	if text == "" {
		return
	}
	in := utf8.RuneCountInString(lead)
	for i, line := range wrapped(text, w.width-in) {
		if i > 0 {
			lead = strings.Repeat(" ", in)
		}
		fmt.Fprintln(w, lead+colour(line))
	}
}

// wrapped breaks text into lines of a width, between words where there are some.
func wrapped(text string, width int) []string {
	width = max(16, width)
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(clean(text)) {
		for utf8.RuneCountInString(word) > width {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			runes := []rune(word)
			lines, word = append(lines, string(runes[:width])), string(runes[width:])
		}
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// rulesText lists rules by stage.
func rulesText(w page, list []judge.Rule) {
	p, width := w.paint, w.width
	stage, longest := "", 0
	for _, r := range list {
		longest = max(longest, len(r.ID))
	}
	for _, r := range list {
		if r.Stage != stage {
			if stage != "" {
				fmt.Fprintln(w)
			}
			stage = r.Stage
			fmt.Fprintln(w, heading(p, strings.ReplaceAll(stage, "_", " "), width))
		}
		mark := p.dim("·")
		switch {
		case r.Lowers:
			mark = p.good("▼")
		case r.Raises:
			mark = p.bad("▲")
		}
		lines := wrapped(r.Title, width-longest-4)
		fmt.Fprintf(w, "%s %s  %s\n", mark, r.ID+strings.Repeat(" ", longest-len(r.ID)), lines[0])
		for _, line := range lines[1:] {
			fmt.Fprintln(w, strings.Repeat(" ", longest+4)+line)
		}
	}
}

// wordsText lists what rules can read.
func wordsText(w page, list []judge.Word) {
	part := ""
	for _, word := range list {
		now, _, _ := strings.Cut(word.Name, ".")
		if word.Fact {
			now = "facts"
		}
		if now != part {
			if part != "" {
				fmt.Fprintln(w)
			}
			part = now
			fmt.Fprintln(w, heading(w.paint, part, w.width))
		}
		fmt.Fprintln(w, word.Name+"  "+w.dim(word.Type))
		w.block("    ", w.dim, word.Help)
	}
}

// ruleText shows one rule.
func ruleText(w page, r judge.Rule) {
	p := w.paint
	fmt.Fprintln(w, p.bold(clean(r.ID))+p.dim("  "+r.Stage))
	w.block("", asIs, r.Title)
	fmt.Fprintln(w)
	for _, f := range [][2]string{
		{"when", r.When}, {"weight", r.Weight}, {"sets", r.Sets}, {"says", r.Says}, {"change", r.Change}, {"expires", r.Expires}, {"owner", r.Owner},
		{"place", fmt.Sprintf("%s:%d", r.File, r.Line)}, {"see", strings.Join(r.References, " ")},
	} {
		w.block(fmt.Sprintf("  %-8s ", f[0]), asIs, f[1])
	}
}

// triageTestsText shows how tests went.
func triageTestsText(w page, r judge.Report) {
	p := w.paint
	file := ""
	for _, one := range r.Results {
		if one.File != file {
			file = one.File
			fmt.Fprintln(w, p.bold(clean(file)))
		}
		status := "ok"
		if len(one.Wrong) > 0 {
			status = "fail"
		}
		w.block("  "+p.glyph(status)+" ", asIs, one.Name)
		for _, wrong := range one.Wrong {
			w.block("      ", p.bad, wrong)
		}
		if len(one.Wrong) > 0 {
			w.block("      ", p.dim, fmt.Sprintf("line %d: %s", one.Line, one.Decision.Reason))
		}
	}
	if len(r.Never) > 0 {
		fmt.Fprintln(w)
		w.block(p.glyph("warn")+" ", asIs, "These rules held in no case: "+strings.Join(r.Never, ", "))
	}
}
