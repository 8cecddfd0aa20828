package cli

import "strings"

// paint colours text for a terminal, or leaves it as it is. Colours never
// stand alone: a glyph or a word says the same.
type paint bool

// paint returns the colours for a stream that is a terminal or not.
func (s *shell) paint(tty bool) paint {
	_, no := s.cfg.Env("NO_COLOR")
	return paint(tty && !s.noColor && (!no || s.env("NO_COLOR") == "") && s.env("TERM") != "dumb")
}

func (p paint) with(code, text string) string {
	if !p || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p paint) good(text string) string { return p.with("34", text) } // blue and vermilion: safe for all eyes
func (p paint) bad(text string) string  { return p.with("38;5;202", text) }
func (p paint) warn(text string) string { return p.with("33", text) }
func (p paint) dim(text string) string  { return p.with("2", text) }
func (p paint) bold(text string) string { return p.with("1", text) }

// glyph is the mark of a status, with its colour.
func (p paint) glyph(status string) string {
	switch status {
	case "succeeded", "ok", "approved", "answered":
		return p.good("✔")
	case "failed", "fail", "denied", "quarantined":
		return p.bad("✖")
	case "active", "running", "queued":
		return p.bold("●")
	case "waiting", "pending":
		return p.warn("◐")
	case "cancelled", "expired", "void":
		return p.dim("⊘")
	case "skipped":
		return p.dim("○")
	case "warn", "unknown":
		return p.warn("▲")
	}
	return " "
}

// indent puts spaces before every line.
func indent(text, with string) string {
	return with + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+with)
}
