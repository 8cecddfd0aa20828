package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/wire"
	"github.com/spf13/cobra"
)

func eventParse(s *shell) *cobra.Command {
	var format, zone, received string
	cmd := &cobra.Command{
		Use: "parse FILE|-", Short: "Show what mappings see of lines of syslog, CEF, LEEF and the like", Args: cobra.ExactArgs(1),
		Long: "Show what mappings see of text: one record for each line. Nothing is stored and no server is asked.\n" +
			"--format says what the lines are, as a source may: " + wireFormats() + ".",
		Example: "  harrier event parse messages.log --time-zone Europe/Berlin\n  harrier event parse - -o json <line.txt",
		RunE: func(_ *cobra.Command, args []string) error {
			opt, err := s.wireOptions(format, zone, received)
			if err != nil {
				return err
			}
			text, err := s.readAll(args[0], 16<<20)
			if err != nil {
				return err
			}
			records, err := wire.ParseLines(text, opt, 100_000)
			if err != nil {
				return err
			}
			return s.printRecords(records)
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "what the lines are; found out with each where it is not said")
	cmd.Flags().StringVar(&zone, "time-zone", "", "the zone of times that carry none, such as Europe/Berlin")
	cmd.Flags().StringVar(&received, "received", "", "when the lines came, which tells the year of times without one; now where it is not said")
	return cmd
}

func wireFormats() string {
	var names []string
	for _, f := range wire.Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// wireOptions reads the flags.
func (s *shell) wireOptions(format, zone, received string) (opt wire.Options, err error) {
	if format != "" && !slices.Contains(wire.Formats(), wire.Format(format)) {
		return opt, harrier.Errorf(harrier.Invalid, "there is no format %q; give one of %s", format, wireFormats())
	}
	opt.Format = wire.Format(format)
	if opt.Location, err = time.LoadLocation(zone); err != nil {
		return opt, harrier.Errorf(harrier.Invalid, "%q is not a time zone; write one such as Europe/Berlin", zone)
	}
	opt.Received = time.Now()
	if received != "" {
		if opt.Received, err = time.Parse(time.RFC3339, received); err != nil {
			return opt, harrier.Errorf(harrier.Invalid, "--received: %q is not a time; write one such as 2026-03-01T12:00:00Z", received)
		}
	}
	return opt, nil
}

// printRecords prints each record as its fields, or all as JSON.
func (s *shell) printRecords(records []map[string]any) error {
	raw, err := json.Marshal(records)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "the records are no JSON: %w", err)
	}
	var rows [][]string
	for i, r := range records {
		rows = append(rows, fields(nil, strconv.Itoa(i+1), "", r)...)
	}
	return s.print(result{raw: raw, head: []string{"RECORD", "FIELD", "VALUE"}, rows: rows, text: func(w io.Writer, p paint) {
		last := ""
		for _, row := range rows {
			if row[0] != last {
				fmt.Fprintf(w, "%s\n", p.bold("record "+row[0]))
				last = row[0]
			}
			fmt.Fprintf(w, "  %s  %s\n", clean(row[1]), clean(row[2]))
		}
	}})
}

// fields lists what is in a record, with dots between names.
func fields(rows [][]string, record, path string, v any) [][]string {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			rows = fields(rows, record, strings.TrimPrefix(path+"."+name, "."), v[name])
		}
		return rows
	case []any:
		for i, one := range v {
			rows = fields(rows, record, fmt.Sprintf("%s[%d]", path, i), one)
		}
		return rows
	}
	return append(rows, []string{record, path, fmt.Sprint(v)})
}
