package document

// Problem returns a problem of this file; it fills in the file and the line.
func (f *File) Problem(pos Pos, width int, code, message, fix string) Problem {
	return Problem{
		File: f.Name, Pos: pos, Width: max(1, width), Code: code, Message: message, Fix: fix,
		Line: f.line(pos.Line),
	}
}

// line returns the text of a line, cut where it is too long to show.
func (f *File) line(number int) string {
	const most = 500
	rest := f.Source
	for n := 1; len(rest) > 0; n++ {
		end := 0
		for end < len(rest) && rest[end] != '\n' && rest[end] != '\r' {
			end++
		}
		if n == number {
			return clip(rest[:end], n, most)
		}
		if end+1 < len(rest) && rest[end] == '\r' && rest[end+1] == '\n' {
			end++
		}
		rest = rest[min(end+1, len(rest)):]
	}
	return ""
}

// clip returns a line as text without a byte order mark, cut after most characters.
func clip(line []byte, number, most int) string {
	runes := []rune(string(line))
	if number == 1 && len(runes) > 0 && runes[0] == '\ufeff' {
		runes = runes[1:]
	}
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}
