package email

import "bytes"

// split is what a multipart body consists of.
type split struct {
	parts [][]byte
	// closed tells that the end was found, and after that parts followed it.
	closed, after bool
	// more tells that there are more parts than were asked for.
	more bool
}

// splitParts cuts the body of a multipart at its boundary, into at most limit
// parts. The parts share memory with body.
func splitParts(body []byte, boundary string, limit int) split {
	var s split
	delimiter := append([]byte("--"), boundary...)
	start := -1
	for at := 0; ; {
		line, next, end := findDelimiter(body, delimiter, at)
		if line < 0 {
			break
		}
		if start >= 0 {
			s.parts = append(s.parts, trimLineEnd(body[start:line]))
		}
		start, at = next, next
		if s.closed && !end {
			s.after = true
		}
		if end {
			s.closed, start = true, -1
		}
		if len(s.parts) >= limit {
			_, _, ended := findDelimiter(body, delimiter, at)
			s.more = start >= 0 || ended
			return s
		}
	}
	if start >= 0 && !(len(s.parts) > 0 && len(bytes.TrimSpace(body[start:])) == 0) {
		s.parts = append(s.parts, body[start:])
		s.closed = false
	}
	return s
}

// findDelimiter finds the next line from at that is a delimiter: where it
// starts, where the line after it starts, and whether it ends the multipart.
func findDelimiter(body, delimiter []byte, at int) (line, next int, end bool) {
	for at < len(body) {
		i := bytes.Index(body[at:], delimiter)
		if i < 0 {
			return -1, 0, false
		}
		line = at + i
		at = line + len(delimiter)
		if line > 0 && body[line-1] != '\n' {
			continue
		}
		rest, after := cutLine(body[at:])
		rest = bytes.TrimRight(rest, " \t\r")
		end = bytes.HasPrefix(rest, []byte("--")) && (len(rest) == 2 || !isAlnum(rest[2]))
		if len(rest) == 0 || end {
			return line, len(body) - len(after), end
		}
	}
	return -1, 0, false
}

// trimLineEnd removes the line end that belongs to the delimiter after b.
func trimLineEnd(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// guessBoundary finds the boundary of a multipart that does not say it, or says
// it wrongly: the first line that starts with two hyphens and stands before
// a header field.
func guessBoundary(body []byte) (string, bool) {
	const within = 200 // lines
	for range within {
		line, rest := cutLine(body)
		if rest == nil {
			break
		}
		if bytes.HasPrefix(line, []byte("--")) && len(line) < 200 {
			if next, _ := cutLine(rest); likelyField(next) {
				return string(bytes.TrimRight(line[2:], " \t\r")), true
			}
		}
		body = rest
	}
	return "", false
}
