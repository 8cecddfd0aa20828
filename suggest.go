package harrier

import "strings"

// Suggest returns the candidate nearest to word by edit distance, or "" where
// none is near enough to be meant. It serves "did you mean" in messages.
func Suggest(word string, candidates []string) string {
	if len(word) > 100 {
		return ""
	}
	best, nearest := "", 1+max(1, len(word)/3)
	for _, c := range candidates {
		if len(c) > 2*len(word)+2 {
			continue
		}
		if d := distance(strings.ToLower(word), strings.ToLower(c)); d < nearest {
			best, nearest = c, d
		}
	}
	return best
}

// distance counts the edits between two words; swapping two neighbours is one.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	rows := [3][]int{make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(s); i++ {
		before, last, row := rows[0], rows[1], rows[2]
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		rows = [3][]int{last, row, before}
	}
	return rows[1][len(t)]
}
