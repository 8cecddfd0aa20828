package email

import (
	"strings"
	"unicode"

	"github.com/harrier-soar/harrier/internal/artefact"
)

// inspect looks into the attachments and the images of a mail. All mails of one
// parser share one budget.
func (p *parser) inspect(m *Message) {
	images := artefact.DataImages(m.HTML, mostImages)
	if len(m.Attachments) == 0 && len(images) == 0 {
		return
	}
	if p.files == nil {
		p.files = artefact.New(artefact.Options{Passwords: p.passwords, Time: p.lim.FileTime, Bytes: int64(p.lim.FileBytes), Pages: p.lim.FilePages})
	}
	if len(m.Attachments) > 0 {
		p.files.Try(passwordsIn(m.Text + "\n" + visible(clip(m.HTML, longestSearched)))...)
	}
	for i := range m.Attachments {
		a := &m.Attachments[i]
		if len(a.Content) == 0 || a.Inside != nil {
			continue
		}
		r := p.files.Inspect(a.Name, a.Content)
		a.Inside = &r
		for one := range r.All() {
			for _, w := range one.Warnings {
				if w.Code == artefact.WarnLimit {
					p.warn(m, WarnFile, a.Where, "an attachment was not looked into completely: "+w.Text)
				}
			}
		}
	}
	for _, image := range images {
		m.codes = append(m.codes, p.files.Codes(image, "html image qr")...)
	}
}

// How many images in data: URIs are searched for QR codes, in how much HTML and
// text passwords are looked for.
const (
	mostImages      = 20
	longestSearched = 256 << 10
)

// insideLinks keeps where attachments and QR codes lead.
func (p *parser) insideLinks(m *Message, number string) {
	for _, c := range m.codes {
		p.codeLink(m, c, "", number)
	}
	for _, a := range m.Attachments {
		if a.Inside == nil {
			continue
		}
		for r := range a.Inside.All() {
			where := "attachment " + a.Name + strings.TrimPrefix(r.Path, a.Inside.Path) + " "
			for _, l := range r.Links {
				if r == a.Inside && holdsText(a.DeclaredType, a.SniffedType) {
					break // the text itself was searched
				}
				p.addLink(m, Link{Raw: l.URL, Where: where + l.Where}, "", number)
			}
			for _, c := range r.Codes {
				p.codeLink(m, c, where, number)
			}
		}
	}
}

// codeLink keeps where a QR code leads, if it leads anywhere: what else it says,
// such as a payment, stays with the attachment.
func (p *parser) codeLink(m *Message, c artefact.Code, where, number string) {
	scheme, _, _ := cutScheme(strings.TrimSpace(c.Payload))
	switch scheme {
	case "http", "https", "ftp", "mailto":
		p.addLink(m, Link{Raw: c.Payload, Where: where + c.Where}, "", number)
		return
	}
	scanText(c.Payload, func(kind textKind, value string) bool {
		if kind == textURL {
			p.addLink(m, Link{Raw: value, Where: where + c.Where}, "", number)
		}
		return true
	})
}

// passwordWords are what announces a password.
func passwordWords() []string {
	return []string{
		"password", "passwort", "passcode", "passphrase", "kennwort", "pwd", "code", "pin", "mot de passe", "contraseña", "clave", "senha",
		"wachtwoord", "hasło", "пароль", "parola", "lösenord", "adgangskode", "salasana", "heslo",
	}
}

// passwordsIn returns the words of a text that may be passwords: those that
// follow what announces one.
func passwordsIn(text string) (words []string) {
	const most, near, after = 60, 120, 8
	lower := strings.ToLower(clip(text, longestSearched))
	if len(lower) > len(text) || len(lower) < min(len(text), longestSearched) {
		text = lower // a letter changed its length; passwords in lower case are better than none
	}
	seen := map[string]bool{}
	for _, announced := range passwordWords() {
		for at := 0; len(words) < most; {
			i := strings.Index(lower[at:], announced)
			if i < 0 {
				break
			}
			at += i + len(announced)
			fields := strings.Fields(clip(text[at:], near))
			for _, word := range fields[:min(len(fields), after)] {
				bare := strings.TrimFunc(word, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) })
				for _, one := range []string{strings.Trim(word, ":=\"'`“”„«»()[]<>"), bare} {
					if one != "" && !seen[one] && len(words) < most {
						seen[one] = true
						words = append(words, one)
					}
				}
			}
		}
	}
	return words
}
