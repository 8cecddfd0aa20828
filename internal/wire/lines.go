package wire

import (
	"strings"

	"github.com/harrier-soar/harrier"
)

// maxText bounds a text of several messages.
const maxText = 16 << 20

// ParseLines reads a text of several messages: one a line, a table of Zeek's
// with its header, or an event of Windows in as many lines as it likes. More
// than most messages are Invalid, and so is a line that [Parse] refuses; empty
// lines are none.
func ParseLines(body []byte, opt Options, most int) ([]map[string]any, error) {
	if len(body) > maxText {
		return nil, harrier.Errorf(harrier.Invalid, "the text has %d bytes, more than the %d that are read; send less at once", len(body), maxText)
	}
	text := (&parser{}).clean(body)
	if whole := strings.TrimLeft(text, " \r\n\t"); strings.HasPrefix(whole, "<Event") {
		one, err := Parse(body, opt)
		return []map[string]any{one}, err
	}
	table := newZeekTable()
	inTable := strings.HasPrefix(text, "#separator ")
	var out []map[string]any
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if inTable && strings.HasPrefix(line, "#") {
			table.header(line)
			continue
		}
		if len(out) >= most {
			return nil, harrier.Errorf(harrier.Invalid, "there are more than %d messages; send fewer at once", most)
		}
		record, err := table.parse(line, inTable, opt)
		if err != nil {
			return nil, harrier.Errorf(harrier.KindOf(err), "line %d: %w", number, err)
		}
		out = append(out, record)
	}
	if len(out) == 0 {
		return nil, harrier.Errorf(harrier.Invalid, "there is no message in it")
	}
	return out, nil
}

// parse reads a row of the table, or any other line.
func (z *zeekTable) parse(line string, inTable bool, opt Options) (map[string]any, error) {
	if !inTable {
		return Parse([]byte(line), opt)
	}
	row, ok := z.line(line)
	if !ok {
		return nil, harrier.Errorf(harrier.Invalid, "it has other columns than the table's header, which has %d", len(z.fields))
	}
	p := &parser{clock: clock{received: opt.Received, zone: opt.Location}, out: make(map[string]any, len(row)+1)}
	p.adopt(row)
	p.jsonTime(row)
	p.finish(Zeek, noEnvelope)
	return p.out, nil
}
