package change

import (
	"fmt"
	"slices"
	"strings"
)

// maxCells bounds the work of comparing two texts: beyond it, what lies between
// their common beginning and end is one difference.
const maxCells = 16 << 20

// linesOf splits a text into lines without their ends.
func linesOf(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// pairs returns which lines of two texts are the same, as indices, in order.
func pairs(a, b []string) [][2]int {
	var list [][2]int
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		list = append(list, [2]int{start, start})
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	for _, p := range common(a[start:len(a)-end], b[start:len(b)-end]) {
		list = append(list, [2]int{p[0] + start, p[1] + start})
	}
	for i := end; i > 0; i-- {
		list = append(list, [2]int{len(a) - i, len(b) - i})
	}
	return list
}

// common is the longest common subsequence of two lists of lines.
func common(a, b []string) [][2]int {
	if len(a)*len(b) > maxCells || len(a) == 0 || len(b) == 0 {
		return nil
	}
	w := len(b) + 1
	best := make([]int32, (len(a)+1)*w)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				best[i*w+j] = best[(i+1)*w+j+1] + 1
			} else {
				best[i*w+j] = max(best[(i+1)*w+j], best[i*w+j+1])
			}
		}
	}
	var list [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			list = append(list, [2]int{i, j})
			i, j = i+1, j+1
		case best[(i+1)*w+j] >= best[i*w+j+1]:
			i++
		default:
			j++
		}
	}
	return list
}

// around is how many lines are shown around a difference.
const around = 3

// hunk is a stretch of two texts with what differs in it.
type hunk struct {
	a, b  int // where it begins, from 0
	la, n int // how many lines it has on each side
	lines []string
}

// Unified shows the difference of two texts line by line, empty where there is none.
func Unified(name string, before, after []byte) string {
	a, b := linesOf(before), linesOf(after)
	type edit struct {
		mark byte
		text string
		a, b int
	}
	var all []edit
	i, j := 0, 0
	for _, p := range append(pairs(a, b), [2]int{len(a), len(b)}) {
		for ; i < p[0]; i++ {
			all = append(all, edit{'-', a[i], i, j})
		}
		for ; j < p[1]; j++ {
			all = append(all, edit{'+', b[j], i, j})
		}
		if i < len(a) && j < len(b) {
			all = append(all, edit{' ', a[i], i, j})
			i, j = i+1, j+1
		}
	}
	var out strings.Builder
	for k := 0; k < len(all); k++ {
		if all[k].mark == ' ' {
			continue
		}
		from, last := max(0, k-around), k
		to := k + 1
		for ; to < len(all) && to-last <= 2*around; to++ {
			if all[to].mark != ' ' {
				last = to
			}
		}
		to = min(len(all), last+around+1)
		h := hunk{a: all[from].a, b: all[from].b}
		for _, e := range all[from:to] {
			if e.mark != '+' {
				h.la++
			}
			if e.mark != '-' {
				h.n++
			}
			h.lines = append(h.lines, string(e.mark)+e.text)
		}
		if out.Len() == 0 {
			fmt.Fprintf(&out, "--- %s\n+++ %s\n", name, name)
		}
		fmt.Fprintf(&out, "@@ -%d,%d +%d,%d @@\n%s\n", h.a+1, h.la, h.b+1, h.n, strings.Join(h.lines, "\n"))
		k = to - 1
	}
	return out.String()
}

// The markers of what two sides changed in different ways.
const (
	markOurs   = "<<<<<<< in force here"
	markBase   = "||||||| as it shipped before"
	markMiddle = "======="
	markTheirs = ">>>>>>> as it ships now"
)

// Merge joins what two sides made of one text. Where both changed the same
// lines in different ways, both stand there between markers, and clean is false.
func Merge(base, ours, theirs []byte) (merged []byte, clean bool) {
	b, o, t := linesOf(base), linesOf(ours), linesOf(theirs)
	inOurs, inTheirs := map[int]int{}, map[int]int{}
	for _, p := range pairs(b, o) {
		inOurs[p[0]] = p[1]
	}
	for _, p := range pairs(b, t) {
		inTheirs[p[0]] = p[1]
	}
	clean = true
	var out []string
	bi, oi, ti := 0, 0, 0
	settle := func(bn, on, tn int) {
		lines, ok := settled(b[bi:bn], o[oi:on], t[ti:tn])
		out, clean = append(out, lines...), clean && ok
	}
	for i := range b {
		on, inO := inOurs[i]
		tn, inT := inTheirs[i]
		if !inO || !inT {
			continue
		}
		settle(i, on, tn)
		out = append(out, b[i])
		bi, oi, ti = i+1, on+1, tn+1
	}
	settle(len(b), len(o), len(t))
	if len(out) == 0 {
		return []byte{}, clean
	}
	return []byte(strings.Join(out, "\n") + "\n"), clean
}

// settled joins a stretch of three texts of which no line is in all of them.
func settled(base, ours, theirs []string) (lines []string, ok bool) {
	switch {
	case slices.Equal(ours, theirs), slices.Equal(theirs, base):
		return ours, true
	case slices.Equal(ours, base):
		return theirs, true
	}
	return slices.Concat([]string{markOurs}, ours, []string{markBase}, base, []string{markMiddle}, theirs, []string{markTheirs}), false
}
