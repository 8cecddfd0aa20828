package artefact

import "iter"

// Report is what a file is and holds.
type Report struct {
	// Name is the file's own name, Path the way to it: a.zip/b.iso/c.lnk.
	Name, Path string
	Size       int64
	// Type is the media type that the content looks like.
	Type string
	Kind Kind
	// MD5, SHA1 and SHA256 are empty where not all of a member could be read.
	MD5, SHA1, SHA256 string
	Macros            Macros
	// Signs are what the file would do, or hides, each code and place once.
	Signs []Sign
	// Links are where the file leads, in the order in which they stand.
	Links []Link
	// Codes are the QR codes that it shows.
	Codes []Code
	// Encrypted tells that a password is needed to read some of it, Password
	// the one that was found.
	Encrypted bool
	Password  string
	// Children are the members of archives and the files embedded in others.
	Children []Report
	Warnings []Warning
}

// Kind is a class of files that people handle alike.
type Kind string

// The kinds of files.
const (
	KindArchive    Kind = "archive"
	KindDisk       Kind = "disk_image"
	KindOffice     Kind = "office"
	KindPDF        Kind = "pdf"
	KindNote       Kind = "onenote"
	KindImage      Kind = "image"
	KindHTML       Kind = "html"
	KindScript     Kind = "script"
	KindExecutable Kind = "executable"
	KindShortcut   Kind = "shortcut"
	KindMail       Kind = "mail"
	KindText       Kind = "text"
	KindOther      Kind = "other"
)

// Kinds lists the kinds of files.
func Kinds() []Kind {
	return []Kind{
		KindArchive, KindDisk, KindOffice, KindPDF, KindNote, KindImage, KindHTML, KindScript, KindExecutable,
		KindShortcut, KindMail, KindText, KindOther,
	}
}

// Macros tells whether a document has macros.
type Macros string

// Whether a document has macros. What is encrypted or broken is unknown.
const (
	MacrosNo      Macros = "no"
	MacrosYes     Macros = "yes"
	MacrosUnknown Macros = "unknown"
)

// Sign is something that a file would do when it is opened, or hides.
type Sign struct {
	// Code names the rule; see the Sign constants.
	Code string
	// Where is the part of the file: a member, a stream, an object.
	Where string
	// Detail is what was found, as the file says it, cut to a line.
	Detail string
}

// The codes of signs.
const (
	SignMacros    = "macros"                // a VBA project
	SignAutoexec  = "macros_autoexec"       // a procedure that runs by itself
	SignSuspect   = "macros_suspicious"     // a macro that starts programs or fetches
	SignExcel4    = "excel4_macros"         // a macro sheet of Excel 4
	SignDDE       = "dde"                   // a field that starts a program
	SignObject    = "ole_object"            // an embedded OLE object
	SignExternal  = "external_relationship" // loads a template, object or frame from elsewhere
	SignPDFScript = "pdf_javascript"        // JavaScript in a PDF
	SignPDFOpen   = "pdf_open_action"       // something happens when a PDF is opened
	SignPDFLaunch = "pdf_launch"            // a PDF starts a program or opens a file
	SignPDFSubmit = "pdf_submit"            // a PDF sends what is typed into it
	SignEmbedded  = "embedded_file"         // a file inside of a document
	SignScript    = "script"                // a script in a page or an image
	SignSmuggling = "html_smuggling"        // a page that builds a file and saves it
	SignPassword  = "password_form"         // a page that asks for a password
	SignCommand   = "shortcut_command"      // what a shortcut starts
	SignDisk      = "disk_image"            // files in it may lose the mark of the web
	SignProgram   = "program"               // a program, or a script that the system runs
	SignBomb      = "decompression_bomb"    // holds far more than its size lets expect
	SignHidden    = "hidden_members"        // members that the archive's own listing lacks, or that share bytes
)

// SignCodes lists the codes of signs.
func SignCodes() []string {
	return []string{
		SignMacros, SignAutoexec, SignSuspect, SignExcel4, SignDDE, SignObject, SignExternal, SignPDFScript, SignPDFOpen, SignPDFLaunch,
		SignPDFSubmit, SignEmbedded, SignScript, SignSmuggling, SignPassword, SignCommand, SignDisk, SignProgram, SignBomb, SignHidden,
	}
}

// Link is where a file leads.
type Link struct{ URL, Where string }

// Code is a QR code.
type Code struct {
	// Payload is what it says: often a URL, but also a payment or an access to a network.
	Payload string
	// Where is the page or image that shows it.
	Where string
}

// Warning says what was broken or left out.
type Warning struct{ Code, Where, Text string }

// The codes of warnings.
const (
	WarnLimit     = "limit"     // more than the limits allow; the rest was left out
	WarnBroken    = "broken"    // read as far as possible
	WarnEncrypted = "encrypted" // not read for want of a password
	WarnUnread    = "unread"    // in a form that is not read
)

// All yields the report and those of all files inside, outer ones first.
func (r *Report) All() iter.Seq[*Report] {
	return func(yield func(*Report) bool) { r.walk(yield) }
}

func (r *Report) walk(yield func(*Report) bool) bool {
	if !yield(r) {
		return false
	}
	for i := range r.Children {
		if !r.Children[i].walk(yield) {
			return false
		}
	}
	return true
}

// Has reports whether the file, or one inside of it, has a sign.
func (r *Report) Has(code string) bool {
	for one := range r.All() {
		for _, s := range one.Signs {
			if s.Code == code {
				return true
			}
		}
	}
	return false
}

// Complete reports whether all of the file and of those inside was read, so that
// what no sign tells of is not there.
func (r *Report) Complete() bool {
	for one := range r.All() {
		if len(one.Warnings) > 0 || one.Kind == KindOther || one.Kind == KindMail {
			return false
		}
	}
	return true
}

// The most that a report holds of each, so that it stays small.
const (
	mostSigns    = 100
	mostLinks    = 500
	mostCodes    = 20
	mostWarnings = 20
	longestLink  = 16 << 10
)

// sign keeps a sign, once for each code and place.
func (r *Report) sign(code, where, detail string) {
	for _, s := range r.Signs {
		if s.Code == code && s.Where == where {
			return
		}
	}
	if len(r.Signs) < mostSigns {
		r.Signs = append(r.Signs, Sign{Code: code, Where: clip(line(where), 200), Detail: clip(line(detail), 300)})
	}
}

// link keeps a link, once.
func (r *Report) link(url, where string) {
	if url == "" || len(url) > longestLink {
		return
	}
	for _, l := range r.Links {
		if l.URL == url {
			return
		}
	}
	if len(r.Links) < mostLinks {
		r.Links = append(r.Links, Link{URL: url, Where: where})
	}
}

// warn keeps a warning, once for each code and text.
func (r *Report) warn(code, where, text string) {
	for _, w := range r.Warnings {
		if w.Code == code && w.Text == text {
			return
		}
	}
	if len(r.Warnings) < mostWarnings {
		r.Warnings = append(r.Warnings, Warning{Code: code, Where: clip(line(where), 200), Text: text})
	}
}
