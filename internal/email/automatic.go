package email

import "strings"

// Automatic says whether a machine sent the mail, and how that shows. Nobody
// should answer such a mail.
func (m *Message) Automatic() (why string, automatic bool) {
	value := func(name string) string { return strings.ToLower(oneLine(clip(m.Header.First(name), 200))) }
	if kind, _, _ := strings.Cut(m.AutoSubmitted, ";"); strings.TrimSpace(kind) != "" && strings.TrimSpace(kind) != "no" {
		return "Auto-Submitted is " + clip(m.AutoSubmitted, 60) + ".", true
	}
	switch precedence := value("Precedence"); precedence {
	case "bulk", "junk", "list", "auto_reply":
		return "Precedence is " + precedence + ".", true
	}
	for _, name := range []string{"list-id", "list-unsubscribe", "list-post", "list-help"} {
		if m.List[name] != "" {
			return "It has the field " + name + " of mailing lists.", true
		}
	}
	if path := m.Header.All("Return-Path"); len(path) > 0 && strings.Trim(path[0], "<> \t") == "" {
		return "Its return path is empty.", true
	}
	for _, name := range []string{"X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "X-Autoresponse", "X-Failed-Recipients", "Feedback-ID"} {
		if v := value(name); v != "" && v != "none" && v != "no" {
			return "It has the field " + name + ".", true
		}
	}
	if len(m.From) > 0 {
		switch local, _, _ := strings.Cut(strings.ToLower(m.From[0].Address), "@"); strings.NewReplacer("-", "", "_", "", ".", "").Replace(local) {
		case "noreply", "donotreply", "mailerdaemon", "postmaster", "bounce", "bounces", "notifications":
			return "It is from " + m.From[0].Address + ".", true
		}
	}
	return "", false
}
