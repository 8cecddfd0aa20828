package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
)

// demoView shows the demonstration and asks whoever watches it.
type demoView struct {
	// yes asks whoever is at the terminal.
	yes func(question string) bool
	s   *shell
	w   io.Writer
	p   paint
	g   *progress
	o   DemoOptions
}

var _ DemoObserver = (*demoView)(nil)

// newDemoView shows on the output stream, or not at all where that is for JSON.
func newDemoView(ctx context.Context, s *shell, o DemoOptions, silent bool) *demoView {
	v := &demoView{s: s, w: s.cfg.Streams.Out, p: s.paint(s.cfg.Streams.OutTTY), g: s.progress(), o: o}
	v.o.Once = o.Once || silent
	v.yes = func(question string) bool { return s.yes(ctx, question, true) }
	v.g.w, v.g.live, v.g.p = v.w, s.cfg.Streams.OutTTY && s.env("TERM") != "dumb", v.p
	if silent {
		v.w, v.g.w, v.g.live = io.Discard, io.Discard, false
	}
	return v
}

// Ready implements [DemoObserver].
func (v *demoView) Ready(r DemoReady) {
	line := func(what, text string) { fmt.Fprintf(v.w, "  %s %-8s %s\n", v.p.good("✔"), what, clean(text)) }
	names := make([]string, len(r.Vendors))
	for i, one := range r.Vendors {
		names[i] = one.Name
	}
	line("data", r.Dir+"  "+v.p.dim(duration(r.Took)))
	line("vendors", strings.Join(names, " · ")+"  (simulated, on this machine only)")
	if r.Address != "" {
		line("api", r.Address)
	}
	fmt.Fprintf(v.w, "  %s somebody reports a mail: %s\n\n", v.p.bold("▶"), v.p.bold(clean(r.Reported)))
}

// Submitted implements [DemoObserver].
func (v *demoView) Submitted(r api.Receipt) {
	state := "a new alert"
	if r.Existed {
		state = "reported before; what was done is not done again"
	}
	fmt.Fprintf(v.w, "  %s %s  %s\n", v.p.good("✔"), r.Alert, state)
}

// Run implements [DemoObserver].
func (v *demoView) Run(r api.RunDetail) { v.g.show(r) }

// Approve implements [DemoObserver].
func (v *demoView) Approve(a api.Approval) DemoDecision {
	v.g.freeze()
	fmt.Fprintln(v.w)
	card(v.w, v.p, a)
	if v.o.Once || !v.s.cfg.Streams.InTTY || !v.s.cfg.Streams.OutTTY {
		fmt.Fprintln(v.w, v.p.dim("  nobody is here to ask, so that the demonstration approves it by itself\n"))
		return DemoDecision{Approve: true, Comment: "approved by the demonstration itself"}
	}
	began := v.s.cfg.Now()
	fmt.Fprint(v.w, "  ")
	approve := v.yes("Approve this?")
	fmt.Fprintln(v.w)
	return DemoDecision{Approve: approve, Comment: "decided at the terminal", HandsOn: v.s.cfg.Now().Sub(began)}
}

// Ended implements [DemoObserver].
func (v *demoView) Ended(r DemoReport) {
	v.g.freeze()
	mark := v.p.glyph(string(r.Status))
	fmt.Fprintf(v.w, "\n  %s verdict %s", mark, v.p.bold(clean(r.Verdict)))
	if r.Case > 0 {
		fmt.Fprintf(v.w, ", case #%d", r.Case)
	}
	fmt.Fprintln(v.w)
	for _, reason := range r.Reasons {
		fmt.Fprintln(v.w, "      because "+clean(reason))
	}
	fmt.Fprintln(v.w, "  what the vendors saw:")
	for _, line := range seen(r.Effects) {
		fmt.Fprintln(v.w, "      "+clean(line))
	}
	fmt.Fprintf(v.w, "  %d of %s in quarantine, %s\n", r.CopiesQuarantined, copies(r.CopiesFound), doubles(r.DuplicateEffects))
	took := time.Duration(r.Seconds * float64(time.Second))
	text := fmt.Sprintf("handled in %s, your hands on it for %s", duration(took), duration(time.Duration(r.HandsOnSeconds*float64(time.Second))))
	if r.ByHand > 0 {
		text += "; the same by hand takes about " + minutes(r.ByHand)
	}
	fmt.Fprintln(v.w, "  "+v.p.bold(text))
	v.next(r)
}

// next says what to do after the story.
func (v *demoView) next(r DemoReport) {
	if v.o.Dir == "" {
		fmt.Fprintln(v.w, "\n  next: harrier demo --mail YOUR.eml")
		fmt.Fprintln(v.w, "        harrier demo --once --data DIR, and look around in what it keeps: harrier runs get "+r.Run.String()+" --data DIR")
	} else {
		fmt.Fprintf(v.w, "\n  next: harrier runs get %s --data %s\n", r.Run, v.o.Dir)
		if r.Case > 0 {
			fmt.Fprintf(v.w, "        harrier cases get %d --data %s\n", r.Case, v.o.Dir)
		}
		fmt.Fprintln(v.w, "        harrier audit list --data "+v.o.Dir)
	}
	if !v.o.Once {
		fmt.Fprintln(v.w, "  "+v.p.dim("Ctrl-C ends the demonstration"))
	}
}

// seen tells effects in a line for each action.
func seen(effects []DemoEffect) []string {
	var order []string
	counts, targets := map[string]int{}, map[string][]string{}
	for _, e := range effects {
		if counts[e.Action] == 0 {
			order = append(order, e.Action)
		}
		counts[e.Action] += e.Count
		if !slices.Contains(targets[e.Action], e.Target) {
			targets[e.Action] = append(targets[e.Action], e.Target)
		}
	}
	const most = 3
	for i, action := range order {
		list := targets[action]
		text := strings.Join(list[:min(most, len(list))], ", ")
		if len(list) > most {
			text += fmt.Sprintf(" and %d more", len(list)-most)
		}
		order[i] = fmt.Sprintf("%3d × %-30s %s", counts[action], action, text)
	}
	return order
}

func copies(n int) string {
	if n == 1 {
		return "1 copy"
	}
	return fmt.Sprintf("%d copies", n)
}

func doubles(n int) string {
	if n == 0 {
		return "nothing was done twice"
	}
	return plural(n, "effect") + " happened TWICE"
}

// trimZero is a number with one decimal, without a needless zero.
func trimZero(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}
