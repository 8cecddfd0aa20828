package email

// Warning says what was wrong with a mail and what was done about it. What was
// wrong is evidence: broken mails are broken for a reason.
type Warning struct {
	// Code names the rule; see the Warn constants.
	Code string
	// Where is the number of the part, as in 1.2; 0 is the mail itself.
	Where string
	Text  string
}

// The codes of warnings.
const (
	WarnTooLarge     = "too_large"          // the rest of the mail was not read
	WarnTooDeep      = "too_deep"           // a nested part was kept as an attachment
	WarnTooMany      = "too_many"           // further parts, headers, links, … were left out
	WarnTextCut      = "text_cut"           // decoded text was cut
	WarnHeader       = "broken_header"      // lines that are no header fields
	WarnNoBlankLine  = "no_blank_line"      // the body starts without a blank line
	WarnBareCR       = "bare_cr"            // lines end in CR alone
	WarnBoundary     = "broken_boundary"    // a multipart without usable boundary
	WarnUnterminated = "unterminated"       // a multipart without its end
	WarnAfterEnd     = "parts_after_end"    // parts after the end of a multipart
	WarnEncoding     = "unknown_encoding"   // read as if not encoded
	WarnTransfer     = "broken_encoding"    // base64 or quoted-printable with errors
	WarnCharset      = "unknown_charset"    // read as UTF-8 or Windows-1252
	WarnCharsetBytes = "broken_charset"     // bytes that the charset does not have
	WarnMediaType    = "broken_media_type"  // a Content-Type or -Disposition with errors
	WarnDate         = "broken_date"        // a date that cannot be read
	WarnAddress      = "broken_address"     // an address that cannot be read
	WarnLink         = "broken_link"        // a link without usable host
	WarnDuplicate    = "duplicate_header"   // a field that may stand once stands twice
	WarnNoHeader     = "no_header"          // nothing that looks like a header
	WarnNulBytes     = "nul_bytes"          // NUL in a header
	WarnOutlook      = "broken_outlook"     // a file of Outlook with errors
	WarnFile         = "file_unread"        // an attachment was not looked into completely
	WarnSpacedField  = "space_before_colon" // a header name with a space before its colon
)

// warn keeps a warning, once for each code and place.
func (p *parser) warn(m *Message, code, where, text string) {
	for _, w := range m.Warnings {
		if w.Code == code && w.Where == where {
			return
		}
	}
	if p.warned >= p.lim.Warnings {
		return
	}
	p.warned++
	m.Warnings = append(m.Warnings, Warning{Code: code, Where: where, Text: text})
}
