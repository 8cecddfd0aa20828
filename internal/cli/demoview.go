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
	ctx context.Context //nolint:containedctx // of the one command that it shows
	s   *shell
	w   io.Writer
	p   paint
	g   *progress
	o   DemoOptions
}

var _ DemoObserver = (*demoView)(nil)

// newDemoView shows on the output stream, or not at all where that is for JSON.
func newDemoView(ctx context.Context, s *shell, o DemoOptions, silent bool) *demoView {
	v := &demoView{ctx: ctx, s: s, w: s.cfg.Streams.Out, p: s.paint(s.cfg.Streams.OutTTY), g: s.progress(), o: o}
	v.o.Once = o.Once || silent
	v.g.w, v.g.live, v.g.p = v.w, s.cfg.Streams.OutTTY && s.env("TERM") != "dumb", v.p
	if silent {
		v.w, v.g.w, v.g.live = io.Discard, io.Discard, false
	}
	return v
}

// Ready implements [DemoObserver].
func (v *demoView) Ready(r DemoReady) {
	line := func(what, text string) { fmt.Fprintf(v.w, "  %s %-8s %s\n", v.p.good("✔"), what, text) }
	names := make([]string, len(r.Vendors))
	for i, one := range r.Vendors {
		names[i] = one.Name
	}
	line("data", clean(r.Dir)+"  "+v.p.dim(duration(r.Took)))
	line("vendors", strings.Join(names, " · ")+"  (simulated, on this machine only)")
	if r.Address != "" {
		line("api", clean(r.Address))
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
func (v *demoView) Run(r api.RunDetail) {
	v.g.show(r)
	if v.o.Step {
		v.step()
	}
}

// step waits for whoever watches.
func (v *demoView) step() {
	fmt.Fprint(v.w, v.p.dim("  Enter goes on "))
	v.s.line(v.ctx)
	if v.g.live {
		fmt.Fprint(v.w, "\x1b[1A\r\x1b[J") // what was typed, and the advice
	}
}

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
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	approve := v.s.yes(ctx, "Approve this?", true)
	fmt.Fprintln(v.w)
	if ctx.Err() != nil && v.ctx.Err() == nil {
		fmt.Fprintln(v.w, v.p.dim(fmt.Sprintf("  nobody has answered for %s, so that the demonstration says yes by itself\n", duration(patience))))
		return DemoDecision{Approve: true, Comment: "approved by the demonstration itself"}
	}
	return DemoDecision{Approve: approve, Comment: "decided at the terminal", HandsOn: v.s.cfg.Now().Sub(began)}
}

// patience is how long the demonstration waits for whoever watches.
const patience = 15 * time.Second

// Ended implements [DemoObserver].
func (v *demoView) Ended(r DemoReport) {
	v.g.freeze()
	mark := v.p.glyph(string(r.Status))
	fmt.Fprintf(v.w, "\n  %s verdict %s", mark, v.p.bold(clean(r.Verdict)))
	if r.Case > 0 {
		fmt.Fprintf(v.w, ", case #%d", r.Case)
	}
	fmt.Fprintln(v.w)
	v.reasons(r.Reasons)
	if len(r.Clicked) > 0 {
		fmt.Fprintf(v.w, "  followed by %d, something sent to its page by %d: %s\n", len(r.Clicked), len(r.Submitted), clean(strings.Join(r.Submitted, ", ")))
	}
	fmt.Fprintln(v.w, "  what the vendors saw:")
	for _, line := range seen(r.Effects) {
		fmt.Fprintln(v.w, "      "+clean(line))
	}
	if r.CopiesQuarantined == 0 && r.Verdict != "malicious" {
		fmt.Fprintf(v.w, "  the mail stays where it is, %s\n", doubles(r.DuplicateEffects))
	} else {
		fmt.Fprintf(v.w, "  %d of %s in quarantine, %s\n", r.CopiesQuarantined, copies(r.CopiesFound), doubles(r.DuplicateEffects))
	}
	took := time.Duration(r.Seconds * float64(time.Second))
	text := fmt.Sprintf("handled in %s, your hands on it for %s", duration(took), duration(time.Duration(r.HandsOnSeconds*float64(time.Second))))
	if r.ByHand > 0 {
		text += "; the same by hand takes about " + minutes(r.ByHand)
	}
	fmt.Fprintln(v.w, "  "+v.p.bold(text))
	v.next(r)
}

// reasons says why, as far as people read.
func (v *demoView) reasons(list []string) {
	const most = 6
	for _, reason := range list[:min(most, len(list))] {
		fmt.Fprintln(v.w, "      because "+clean(reason))
	}
	if more := len(list) - most; more > 0 {
		fmt.Fprintln(v.w, v.p.dim(fmt.Sprintf("      and %d more, in the case", more)))
	}
}

// next says what to do after the story.
func (v *demoView) next(r DemoReport) {
	if r.GoesOn {
		fmt.Fprintln(v.w, v.p.dim("  the run goes on: it hunts again after 15 minutes, an hour and a day, under the same approval"))
	}
	lines := []string{"harrier demo --scenario benign|bec|campaign", "harrier demo --mail YOUR.eml"}
	if v.o.Dir == "" {
		lines = append(lines, "harrier demo --data DIR, and look around in what it keeps")
	} else {
		at := " --data " + v.o.Dir
		lines = append(lines, "harrier runs get "+r.Run.String()+at)
		if r.Case > 0 {
			lines = append(lines, fmt.Sprintf("harrier cases get %d%s", r.Case, at))
		}
		lines = append(lines, "harrier containments list"+at, "harrier audit list"+at)
	}
	for i, line := range lines {
		head := "        "
		if i == 0 {
			head = "\n  next: "
		}
		fmt.Fprintln(v.w, head+line)
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
