package email

import (
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/artefact"
)

// The codes of signals about what is inside of attachments.
const (
	SignalMacros       = "attachment_macros"
	SignalActive       = "attachment_active"
	SignalSmuggling    = "html_smuggling"
	SignalDiskImage    = "attachment_disk_image"
	SignalInnerProgram = "archive_executable"
	SignalEncrypted    = "attachment_encrypted"
	SignalPasswordTold = "attachment_password_told"
	SignalBomb         = "attachment_bomb"
	SignalQRLink       = "qr_link"
)

// insideCodes lists the codes of signals about what is inside of attachments.
func insideCodes() []string {
	return []string{
		SignalMacros, SignalActive, SignalSmuggling, SignalDiskImage, SignalInnerProgram, SignalEncrypted, SignalPasswordTold, SignalBomb, SignalQRLink,
	}
}

// insideSignals says what is dangerous inside of attachments.
func (m *Message) insideSignals(s *signals) {
	for _, a := range m.Attachments {
		if a.Inside != nil {
			a.insideSignals(s)
		}
	}
	for _, l := range m.Links {
		if l.URL != "" && l.fromCode() {
			s.add(SignalQRLink, "A QR code (%s) leads to %s.", l.Where, l.Host)
		}
	}
}

// fromCode reports whether a link stands in a QR code.
func (l Link) fromCode() bool { return slices.Contains(strings.Fields(l.Where), "qr") }

// insideSignals says what is dangerous inside of one attachment.
func (a Attachment) insideSignals(s *signals) {
	for r := range a.Inside.All() {
		inner := a.Name + strings.TrimPrefix(r.Path, a.Inside.Path)
		if r.Macros == artefact.MacrosYes {
			s.add(SignalMacros, "The attachment %q holds macros.", inner)
		}
		if r.Encrypted && r.Password == "" {
			s.add(SignalEncrypted, "The attachment %q is encrypted; it could not be looked into.", inner)
		}
		if r.Encrypted && r.Password != "" {
			s.add(SignalPasswordTold, "The attachment %q is encrypted, and opens with %q, which the mail tells or senders of malware use.", inner, r.Password)
		}
		for _, one := range r.Signs {
			switch one.Code {
			case artefact.SignAutoexec, artefact.SignSuspect, artefact.SignExcel4:
				s.add(SignalMacros, "Macros in %q: %s.", inner, one.Detail)
			case artefact.SignSmuggling:
				s.add(SignalSmuggling, "The page %q builds a file and saves it (%s).", inner, one.Detail)
			case artefact.SignDisk:
				s.add(SignalDiskImage, "The attachment %q is a disk image: the system does not warn of what is in it.", inner)
			case artefact.SignBomb:
				s.add(SignalBomb, "The attachment %q unpacks to far more than it is.", inner)
			case artefact.SignProgram, artefact.SignCommand:
				if r != a.Inside {
					s.add(SignalInnerProgram, "The attachment holds a program or shortcut: %q.", inner)
				}
			case artefact.SignDDE, artefact.SignExternal, artefact.SignObject, artefact.SignPDFScript, artefact.SignPDFOpen, artefact.SignPDFLaunch,
				artefact.SignPDFSubmit, artefact.SignEmbedded:
				s.add(SignalActive, "The attachment %q does more than show itself: %s %s.", inner, strings.ReplaceAll(one.Code, "_", " "), one.Detail)
			}
		}
	}
}
