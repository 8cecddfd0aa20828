package email

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/harrier-soar/harrier/internal/hostname"
)

// Signal is something about a mail that speaks against it, or that whoever
// judges it should know. None of them is a verdict.
type Signal struct{ Code, Text string }

// The codes of signals.
const (
	SignalReplyTo         = "reply_to_mismatch"
	SignalDisplayName     = "display_name_address"
	SignalFromMissing     = "from_missing"
	SignalFromSeveral     = "from_multiple"
	SignalNoMessageID     = "message_id_missing"
	SignalSPF             = "spf_fail"
	SignalDKIM            = "dkim_fail"
	SignalDMARC           = "dmarc_fail"
	SignalCompAuth        = "compauth_fail"
	SignalLinkText        = "link_text_mismatch"
	SignalLinkIP          = "link_ip_host"
	SignalLinkUserinfo    = "link_userinfo"
	SignalLinkIDN         = "link_idn"
	SignalLinkScheme      = "link_scheme"
	SignalSenderIDN       = "sender_idn"
	SignalPasswordForm    = "password_form"
	SignalFileType        = "attachment_type_mismatch"
	SignalDoubleExtension = "attachment_double_extension"
	SignalExecutable      = "attachment_executable"
	SignalHTMLFile        = "attachment_html"
	SignalBidi            = "bidi_text"
	SignalDuplicate       = "duplicate_header"
	SignalMalformed       = "malformed"
	SignalLayers          = "attached_layers"
	SignalHeadersLost     = "headers_lost"
	SignalSimulation      = "simulation_unproven"
	SignalPerson          = "person_impersonated"
	SignalBrandName       = "brand_name"
	SignalLookalikeSender = "sender_lookalike"
	SignalLookalikeLink   = "link_lookalike"
	SignalReplyFreemail   = "reply_to_freemail"
	SignalForgedReply     = "reply_without_thread"
	SignalFraudWords      = "fraud_wording"
)

// signalCodes lists the codes of signals.
func signalCodes() []string {
	return append(insideCodes(),
		SignalReplyTo, SignalDisplayName, SignalFromMissing, SignalFromSeveral, SignalNoMessageID, SignalSPF, SignalDKIM,
		SignalDMARC, SignalCompAuth, SignalLinkText, SignalLinkIP, SignalLinkUserinfo, SignalLinkIDN, SignalLinkScheme,
		SignalSenderIDN, SignalPasswordForm, SignalFileType, SignalDoubleExtension, SignalExecutable, SignalHTMLFile,
		SignalBidi, SignalDuplicate, SignalMalformed, SignalLayers, SignalHeadersLost, SignalSimulation,
		SignalPerson, SignalBrandName, SignalLookalikeSender, SignalLookalikeLink, SignalReplyFreemail, SignalForgedReply, SignalFraudWords,
	)
}

// signals collects signals: of each code the first, with a count of the others.
type signals struct {
	list  []Signal
	count map[string]int
}

// add notes a signal.
func (s *signals) add(code, format string, args ...any) {
	s.count[code]++
	if s.count[code] == 1 {
		s.list = append(s.list, Signal{Code: code, Text: clip(fmt.Sprintf(format, args...), 500)})
	}
}

// Signals returns what is striking about the mail that is judged, and about how
// it is wrapped, in a stable order and each code once.
func (r Reading) Signals() []Signal {
	s := &signals{count: map[string]int{}}
	m := r.mail
	m.senderSignals(s)
	authenticationSignals(s, r.Authentication().AuthSummary)
	for _, l := range m.Links {
		linkSignals(s, l)
	}
	if m.asksPassword {
		s.add(SignalPasswordForm, "The mail, or an attached page, asks for a password.")
	}
	for _, a := range m.Attachments {
		fileSignals(s, a)
	}
	m.insideSignals(s)
	r.trickSignals(s)
	m.formSignals(s)
	r.wrapSignals(s)
	for i, one := range s.list {
		if n := s.count[one.Code]; n > 1 {
			s.list[i].Text = fmt.Sprintf("%s (%d in all.)", one.Text, n)
		}
	}
	return s.list
}

// Signals returns what is striking about this mail, not about those inside of
// it, where nothing is known about those who got it.
func (m *Message) Signals() []Signal { return m.Read(Organisation{Original: true}).Signals() }

// wrapSignals says what is striking about how the mail reached us.
func (r Reading) wrapSignals(s *signals) {
	if r.mail.HeadersLost {
		s.add(SignalHeadersLost, "The mail was forwarded as text: its header is lost, and with it any proof of who sent it.")
	}
	if r.mail.layer(r.outer) > 1 || r.outer.mails() > 2 || r.mail != r.outer && r.outer.mails() > 1 && r.mail.HeadersLost {
		s.add(SignalLayers, "The report holds several mails; the fields are those of the innermost, the observables of all.")
	}
	if e, ok := r.Simulation(); ok && !e.Proven {
		s.add(SignalSimulation, "The mail bears the mark of an exercise of %s, but did not prove to be one.", e.Vendor)
	}
}

// mails counts the mail and those attached to it.
func (m *Message) mails() int {
	n := 1
	for _, a := range m.Attached {
		n += a.mails()
	}
	return n
}

// senderSignals compares what the mail says about who sent it.
func (m *Message) senderSignals(s *signals) {
	switch {
	case !slices.ContainsFunc(m.From, func(a Address) bool { return a.Address != "" }):
		s.add(SignalFromMissing, "The From header holds no usable address.")
	case len(m.From) > 1:
		s.add(SignalFromSeveral, "The From header holds %d addresses; mail programs may show any of them.", len(m.From))
	}
	for _, from := range m.From {
		scanText(from.Name, func(kind textKind, value string) bool {
			if address, domain := publicAddress(value); kind == textEmail && from.Domain != "" && hostname.Registered(domain) != hostname.Registered(from.Domain) {
				s.add(SignalDisplayName, "The sender's name shows %s, but the address is %s.", address, from.Address)
			}
			return true
		})
		if shown, ok := hostname.Unicode(from.Domain); ok {
			s.add(SignalSenderIDN, "The sender's domain %s is shown as %s.", from.Domain, shown)
		}
	}
	for _, to := range m.ReplyTo {
		if to.Domain != "" && len(m.From) > 0 && m.From[0].Domain != "" && hostname.Registered(to.Domain) != hostname.Registered(m.From[0].Domain) {
			s.add(SignalReplyTo, "Answers go to %s, but the mail says it is from %s.", to.Address, m.From[0].Address)
		}
	}
	if m.MessageID == "" && !m.HeadersLost {
		s.add(SignalNoMessageID, "The mail has no Message-ID.")
	}
}

// authenticationSignals says what the topmost server found to fail.
func authenticationSignals(s *signals, sum AuthSummary) {
	for _, one := range []struct{ code, name, result string }{
		{SignalSPF, "SPF", sum.SPF}, {SignalDKIM, "DKIM", sum.DKIM}, {SignalDMARC, "DMARC", sum.DMARC}, {SignalCompAuth, "composite authentication", sum.CompAuth},
	} {
		switch one.result {
		case "fail", "softfail", "permerror":
			s.add(one.code, "The receiving server says %s: %s.", one.name, one.result)
		}
	}
}

// linkSignals says what is misleading about a link.
func linkSignals(s *signals, l Link) {
	if l.TextHost != "" {
		s.add(SignalLinkText, "A link shows %s but leads to %s.", l.TextHost, l.Host)
	}
	if l.host.ip.IsValid() {
		s.add(SignalLinkIP, "A link leads to the bare address %s.", l.host.ip)
	}
	if l.Userinfo && l.URL != "" {
		s.add(SignalLinkUserinfo, "A link has a user name before its host %s, which hides where it leads.", l.Host)
	}
	if shown, ok := hostname.Unicode(l.Host); ok {
		s.add(SignalLinkIDN, "A link leads to %s, which is shown as %s.", l.Host, shown)
	}
	switch l.Scheme {
	case "javascript", "vbscript", "file", "smb", "search-ms", "ms-search", "ms-msdt", "ms-officecmd", "ms-appinstaller", "blob":
		s.add(SignalLinkScheme, "A link runs or opens something with %s:.", l.Scheme)
	case "data":
		if !strings.HasPrefix(strings.ToLower(clip(l.Raw, 11)), "data:image/") {
			s.add(SignalLinkScheme, "A link holds its content in itself (data:).")
		}
	}
}

// suspicious reports whether a link itself misleads.
func (l Link) suspicious() bool {
	_, idn := hostname.Unicode(l.Host)
	return l.URL != "" && (l.TextHost != "" || l.host.ip.IsValid() || l.Userinfo || idn)
}

// fileSignals says what is misleading or dangerous about an attachment.
func fileSignals(s *signals, a Attachment) {
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(a.Name), "."))
	before := strings.ToLower(strings.TrimPrefix(path.Ext(strings.TrimSuffix(a.Name, path.Ext(a.Name))), "."))
	runs := runnable(extension) || programType(a.SniffedType)
	page := a.SniffedType == "text/html" || a.DeclaredType == "text/html" || extension == "html" || extension == "htm" || extension == "shtml" || extension == "svg"
	if runs {
		s.add(SignalExecutable, "The attachment %q can run on the reader's machine (%s).", a.Name, a.SniffedType)
	}
	if page && !a.Inline {
		s.add(SignalHTMLFile, "The attachment %q is a web page.", a.Name)
	}
	if (runs || page) && documentExtension(before) {
		s.add(SignalDoubleExtension, "The attachment %q looks like .%s but is .%s.", a.Name, before, extension)
	}
	if len(a.Content) > 0 && typesDiffer(a.DeclaredType, a.SniffedType) {
		s.add(SignalFileType, "The attachment %q says it is %s but looks like %s.", a.Name, a.DeclaredType, a.SniffedType)
	}
	if hasBidi(a.RawName) {
		s.add(SignalBidi, "The name of an attachment, %q, holds characters that reverse text.", a.Name)
	}
}

// runnable reports whether a file of this extension runs when it is opened.
func runnable(extension string) bool {
	switch extension {
	case "exe", "scr", "com", "pif", "bat", "cmd", "js", "jse", "vbs", "vbe", "wsf", "wsh", "hta", "msi", "msp", "msix", "appx", "ps1", "jar",
		"lnk", "iso", "img", "vhd", "vhdx", "cpl", "reg", "chm", "scf", "dll", "xll", "library-ms", "search-ms", "appref-ms",
		"settingcontent-ms", "url", "apk", "dmg", "pkg", "docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "ppam", "application", "gadget", "inf", "rdp":
		return true
	}
	return false
}

// programType reports whether content of this type is a program.
func programType(kind string) bool {
	switch kind {
	case "application/vnd.microsoft.portable-executable", "application/x-elf", "application/x-executable", "application/x-sharedlib",
		"application/x-mach-binary", "application/x-msi", "application/x-ms-installer", "application/x-ms-shortcut", "application/java-archive",
		"application/jar", "application/vnd.android.package-archive", "application/x-java-applet":
		return true
	}
	return false
}

// documentExtension reports whether an extension makes people trust a file.
func documentExtension(extension string) bool {
	switch extension {
	case "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "rtf", "csv", "jpg", "jpeg", "png", "gif", "mp3", "mp4", "wav", "zip", "htm", "html", "eml":
		return true
	}
	return false
}

// typesDiffer reports whether content that says it is harmless is another kind of thing.
func typesDiffer(declared, sniffed string) bool {
	if declared == sniffed || sniffed == "application/octet-stream" || sniffed == "text/plain" {
		return false
	}
	group, _, _ := strings.Cut(sniffed, "/")
	switch {
	case declared == "application/pdf":
		return true
	case strings.HasPrefix(declared, "image/"):
		return group != "image"
	case strings.HasPrefix(declared, "audio/"), strings.HasPrefix(declared, "video/"):
		return group != "audio" && group != "video"
	case strings.HasPrefix(declared, "text/"):
		return group != "text" && !strings.Contains(sniffed, "xml") && !strings.Contains(sniffed, "json")
	}
	return false
}

// hasBidi reports whether text holds characters that reverse what follows.
func hasBidi(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) && r != '\u200e' && r != '\u200f' })
}

// formSignals says what is striking about how the mail is built.
func (m *Message) formSignals(s *signals) {
	if hasBidi(m.Subject) || slices.ContainsFunc(m.From, func(a Address) bool { return hasBidi(a.Name) }) {
		s.add(SignalBidi, "The subject or the sender's name holds characters that reverse text.")
	}
	for _, w := range m.Warnings {
		switch w.Code {
		case WarnDuplicate:
			s.add(SignalDuplicate, "The header holds a field twice that may stand once.")
		case WarnBoundary, WarnAfterEnd, WarnTooDeep, WarnTooMany, WarnTooLarge, WarnTextCut, WarnBareCR, WarnNulBytes, WarnEncoding:
			s.add(SignalMalformed, "The mail is not well formed: %s.", w.Text)
		}
	}
}
