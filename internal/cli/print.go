package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
)

// formats lists the values of --output.
func formats() []string { return []string{"table", "json", "yaml", "csv", "name"} }

// result is what a command found out.
type result struct {
	// raw is the whole as JSON.
	raw json.RawMessage
	// head and rows are the same as a table.
	head []string
	rows [][]string
	// names are what other commands take.
	names []string
	// text, where it is set, is printed instead of the table.
	text func(w io.Writer, p paint)
}

// print prints a result as --output says.
func (s *shell) print(r result) error {
	w := s.cfg.Streams.Out
	switch s.output {
	case "json":
		var b bytes.Buffer
		if err := json.Indent(&b, r.raw, "", "  "); err != nil {
			return harrier.Errorf(harrier.Internal, "the result is not JSON: %w", err)
		}
		_, err := fmt.Fprintln(w, strings.TrimSpace(b.String()))
		return err
	case "yaml":
		text, err := yamlOf(r.raw)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, text)
		return err
	case "csv":
		cw := csv.NewWriter(w)
		if err := cw.WriteAll(append([][]string{r.head}, sheetSafe(r.rows)...)); err != nil {
			return harrier.Errorf(harrier.Unavailable, "cannot write: %w", err)
		}
		return nil
	case "name":
		for _, name := range r.names {
			fmt.Fprintln(w, clean(name))
		}
		return nil
	}
	if r.text != nil {
		r.text(w, s.paint(s.cfg.Streams.OutTTY))
		return nil
	}
	table(w, r.head, r.rows)
	return nil
}

// sheetSafe keeps spreadsheets from reading text as a formula.
func sheetSafe(rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = make([]string, len(row))
		for j, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				cell = "'" + cell
			}
			out[i][j] = cell
		}
	}
	return out
}

// table prints rows in columns.
func table(w io.Writer, head []string, rows [][]string) {
	widths := make([]int, len(head))
	all := append([][]string{head}, rows...)
	for i, row := range all {
		all[i] = make([]string, len(row))
		for j, cell := range row {
			cell = strings.NewReplacer("\n", " ", "\t", " ").Replace(clean(cell))
			all[i][j] = cell
			widths[j] = max(widths[j], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range all {
		var b strings.Builder
		for j, cell := range row {
			b.WriteString(cell)
			if j < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell)+2))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// object makes a result of a value of our own.
func object(v any) (result, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return result{}, harrier.Errorf(harrier.Internal, "encode the result: %w", err)
	}
	return result{raw: raw}, nil
}

// short cuts text to a number of characters.
func short(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}
