package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
)

// progress shows how a run goes: on a terminal it draws in place, elsewhere it
// prints a line for each change.
type progress struct {
	w     io.Writer
	p     paint
	live  bool
	width int
	// height is how many lines the terminal shows.
	height int
	now    func() time.Time

	drawn int               // lines on the screen that are to be drawn over
	said  map[string]string // what was printed last, by path
}

// progress returns a display on the error stream, which is where people look
// while the result goes to the output stream.
func (s *shell) progress() *progress {
	st := s.cfg.Streams
	width := st.Width
	if !st.ErrTTY {
		width = 200 // nothing wraps in a file
	} else if width == 0 {
		width = 80
	}
	return &progress{
		w: st.Err, p: s.paint(st.ErrTTY), live: st.ErrTTY && s.env("TERM") != "dumb", width: width, height: cmp.Or(st.Height, 24),
		now: s.cfg.Now, said: map[string]string{},
	}
}

// show draws or prints how the run stands.
func (g *progress) show(d api.RunDetail) {
	lines := stepLines(d.Steps, 0, g.now())
	if g.live {
		g.draw(d, lines)
		return
	}
	for _, l := range lines {
		// A loop's count changes often: it is said at the start and at the end.
		mark := l.status + "|" + l.info
		if l.loop && l.status == "active" {
			mark = l.status
		}
		if g.said[l.path] == mark {
			continue
		}
		g.said[l.path] = mark
		fmt.Fprintln(g.w, l.render(g.p, g.width))
	}
	if head := string(d.Status) + d.WaitingFor; g.said[""] != head {
		g.said[""] = head
		fmt.Fprintln(g.w, runHead(g.p, d.Run, g.now()))
	}
}

// draw draws over what is on the screen.
func (g *progress) draw(d api.RunDetail, lines []stepLine) {
	most := max(4, g.height-2) // what is above the screen cannot be drawn over
	var b strings.Builder
	if g.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\x1b[J", g.drawn)
	}
	b.WriteString(runHead(g.p, d.Run, g.now()) + "\n")
	if len(lines) > most {
		fmt.Fprintf(&b, "  … %d steps above\n", len(lines)-most+1)
		lines = lines[len(lines)-most+1:]
		g.drawn = most + 1
	} else {
		g.drawn = len(lines) + 1
	}
	for _, l := range lines {
		l.narrow = g.width < 100
		b.WriteString(l.render(g.p, g.width) + "\n")
	}
	_, _ = io.WriteString(g.w, b.String())
}

// freeze leaves what is on the screen there: the next drawing comes below.
func (g *progress) freeze() { g.drawn = 0 }
