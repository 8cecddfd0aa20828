package expr

import "strings"

// Issue is one thing that is wrong with an expression. Offset and Width count
// characters of the text that was given.
type Issue struct {
	Offset, Width int
	Message       string
	// Fix says what to write instead; it is never empty.
	Fix string
	// covers tells that what the checker says inside follows from this issue.
	covers bool
}

// String returns the issue as one line.
func (i Issue) String() string { return i.Message + " (" + i.Fix + ")" }

// joinIssues returns issues as one text.
func joinIssues(issues []Issue) string {
	parts := make([]string, len(issues))
	for i, issue := range issues {
		parts[i] = issue.String()
	}
	return strings.Join(parts, "; ")
}
