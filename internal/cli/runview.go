package cli

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// stepLine is a step as people see it in a list.
type stepLine struct {
	path, status, label, doing, info string
	depth                            int
	loop, narrow                     bool
	took                             time.Duration
}

// stepLines flattens the steps of a run. The items of a loop are counted; only
// those that failed, wait or are tried again have lines of their own.
func stepLines(steps []api.Step, depth int, now time.Time) []stepLine {
	var list []stepLine
	for _, st := range steps {
		list = append(list, lineOf(st, depth, now))
		switch {
		case st.Kind == "for_each":
			for _, l := range stepLines(st.Steps, depth+1, now) {
				if l.status == "failed" || l.info != "" && l.status == "active" {
					list = append(list, l)
				}
			}
		default:
			list = append(list, stepLines(st.Steps, depth+1, now)...)
		}
	}
	return list
}

func lineOf(st api.Step, depth int, now time.Time) stepLine {
	l := stepLine{path: st.Path, status: st.Status, label: lastSegment(st.Path), doing: st.Uses, depth: depth, loop: st.Kind == "for_each"}
	if st.Name != "" {
		l.label = st.Name
	}
	if l.doing == "" {
		l.doing = st.Kind
	}
	switch {
	case !st.Ended.IsZero():
		l.took = st.Ended.Sub(st.Began)
	case !st.Began.IsZero():
		l.took = now.Sub(st.Began)
	}
	var info []string
	if l.loop && len(st.Steps) > 0 {
		info = append(info, itemCount(st.Steps))
	}
	if n := attempts(st.Calls); n > 1 {
		info = append(info, fmt.Sprintf("attempt %d", n))
	}
	if withheld(st.Calls) {
		info = append(info, "would do, shadow")
	}
	if st.Waiting != "" && st.Status == "active" {
		info = append(info, "waiting: "+st.Waiting)
	}
	if st.Error != "" {
		info = append(info, st.Error)
	}
	l.info = strings.Join(info, " · ")
	return l
}

// itemCount counts the items of a loop by how they stand.
func itemCount(items []api.Step) string {
	done, failed := 0, 0
	seen := map[string]string{} // item → worst status
	for _, it := range items {
		key := itemKey(it.Path)
		if seen[key] != "failed" && (seen[key] == "" || it.Status != "succeeded") {
			seen[key] = it.Status
		}
	}
	for _, status := range seen {
		switch status {
		case "failed":
			failed++
			done++
		case "active":
		default:
			done++
		}
	}
	text := fmt.Sprintf("%d of %d", done, len(seen))
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	return text
}

// itemKey is the part of a path up to the last item.
func itemKey(path string) string {
	if i := strings.LastIndex(path, `"]`); i >= 0 {
		return path[:i+2]
	}
	return path
}

func attempts(calls []api.Call) int {
	n := 0
	for _, c := range calls {
		n = max(n, c.Attempt)
	}
	return n
}

func withheld(calls []api.Call) bool {
	for _, c := range calls {
		if c.Status == "withheld" {
			return true
		}
	}
	return false
}

// lastSegment is the last part of a step path; slashes inside quotes are not separators.
func lastSegment(path string) string {
	quoted, start := false, 0
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\\' && quoted:
			i++
		case path[i] == '"':
			quoted = !quoted
		case path[i] == '/' && !quoted:
			start = i + 1
		}
	}
	return path[start:]
}

// render is the line as text, as wide as the terminal at most.
func (l stepLine) render(p paint, width int) string {
	label := strings.Repeat("  ", l.depth) + clean(l.label)
	text := fmt.Sprintf("%-42s %-22s", short(label, 42), short(clean(l.doing), 22))
	if l.narrow {
		text = fmt.Sprintf("%-36s", short(label, 36))
	}
	if l.status != "skipped" {
		text += fmt.Sprintf(" %7s", duration(l.took))
	} else {
		text += "       –"
	}
	if l.info != "" {
		room := max(10, width-utf8.RuneCountInString(text)-5)
		text += "  " + l.paintInfo(p, short(strings.ReplaceAll(clean(l.info), "\n", " "), room))
	}
	if l.status == "skipped" {
		text = p.dim(text)
	}
	status := l.status
	if status == "active" && strings.Contains(l.info, "waiting:") {
		status = "waiting"
	}
	return p.glyph(status) + " " + text
}

func (l stepLine) paintInfo(p paint, text string) string {
	switch l.status {
	case "failed":
		return p.bad(text)
	case "active":
		return p.warn(text)
	}
	return p.dim(text)
}

// duration is a time span for people.
func duration(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < 10*time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d m %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %02d m", int(d.Hours()), int(d.Minutes())%60)
}

// runHead is the line above the steps.
func runHead(p paint, r api.Run, now time.Time) string {
	took := now.Sub(r.CreatedAt)
	if !r.EndedAt.IsZero() {
		took = r.EndedAt.Sub(r.CreatedAt)
	}
	text := p.glyph(string(r.Status)) + " " + p.bold(clean(r.Playbook)) + "  " + r.ID.String() + "  " + string(r.Status) + "  " + duration(took)
	if r.Mode != harrier.Live {
		text += "  " + p.warn(string(r.Mode)+": nothing is done, only said")
	}
	if r.Status == harrier.RunWaiting && r.WaitingFor != "" {
		text += "  " + p.warn("waiting: "+clean(r.WaitingFor))
	}
	if r.Unresolved > 0 {
		text += "  " + p.bad(fmt.Sprintf("%d unresolved", r.Unresolved))
	}
	return text
}
