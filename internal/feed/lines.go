package feed

import (
	"bufio"
	"errors"
	"io"
	"net/netip"
	"strings"
)

// isComment reports whether a line says nothing to machines.
func isComment(line string) bool {
	return line != "" && (line[0] == '#' || line[0] == ';' || line[0] == '!' || strings.HasPrefix(line, "//"))
}

// isHostsLine reports whether a line is one of a file of hosts that leads
// somewhere harmless.
func isHostsLine(line string) bool {
	fields := strings.Fields(line)
	if len(fields) < 2 || fields[1] == "#" {
		return false
	}
	a, err := netip.ParseAddr(fields[0])
	return err == nil && (a.IsUnspecified() || a.IsLoopback())
}

// maxLine bounds a line of a list, in bytes.
const maxLine = 64 << 10

// eachLine calls f for every line that is no comment. Lines that are too long
// are skipped.
func (x *reading) eachLine(f func(line string) error) error {
	for {
		x.in.next()
		line, err := x.buf.ReadSlice('\n')
		long := false
		for errors.Is(err, bufio.ErrBufferFull) {
			long = true
			x.in.next()
			_, err = x.buf.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		text := strings.TrimSpace(strings.TrimPrefix(string(line), "\xef\xbb\xbf"))
		switch {
		case long || len(line) > maxLine:
			x.report.Items++
			x.report.skip("a line longer than 64 KiB")
		case text != "" && !isComment(text):
			x.report.Items++
			if bad := f(text); bad != nil {
				return bad
			}
		}
		if err != nil {
			return nil //nolint:nilerr // it is the end of the feed
		}
	}
}

// lines reads a list or a file of hosts.
func (x *reading) lines() error {
	return x.eachLine(func(line string) error {
		if x.opt.Format == Hosts || isHostsLine(line) {
			return x.hostsLine(line)
		}
		return x.listLine(line)
	})
}

// hostsLine gives the names of a line of a file of hosts away.
func (x *reading) hostsLine(line string) error {
	line, _, _ = strings.Cut(line, "#")
	fields := strings.Fields(line)
	if len(fields) < 2 {
		x.report.skip("a line without a name")
		return nil
	}
	for _, name := range fields[1:] {
		if _, _, ok := Spell("domain", name); !ok {
			x.report.skip("a name of one label, such as localhost")
			continue
		}
		if err := x.give(Record{Type: "domain", Value: name}); err != nil {
			return err
		}
	}
	return nil
}

// listLine gives the value of a line away. What follows it is what it belongs to.
func (x *reading) listLine(line string) error {
	value, rest := splitLine(line)
	r := Record{Type: x.opt.Type, Value: value, Name: rest}
	if r.Type == "" {
		var ok bool
		if r.Type, r.Value, ok = Guess(value); !ok {
			x.report.skip("a line that is no address, name, link or hash")
			return nil
		}
	}
	return x.give(r)
}

// splitLine cuts a line of a list into its value and what follows it behind a
// space, a comma, a semicolon or a sign of comment. Links may hold all but the
// space themselves. The filters of browsers (||evil.example^) are known too.
func splitLine(line string) (value, rest string) {
	if name, ok := strings.CutPrefix(line, "||"); ok {
		value, _, _ = strings.Cut(name, "^")
		return value, ""
	}
	value = line
	if i := strings.IndexAny(line, " \t"); i > 0 {
		value, rest = line[:i], line[i:]
	}
	if i := strings.IndexAny(value, ",;|#"); i > 0 && !strings.Contains(value[:i], "://") {
		value, rest = value[:i], line[i:]
	}
	return strings.Trim(value, `"'`), strings.Trim(rest, " \t,;|#")
}
