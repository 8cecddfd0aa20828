package email

import (
	"crypto/md5"  //nolint:gosec // a name that threat intelligence uses, not a protection
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"
	"unicode"

	"github.com/harrier-soar/harrier/internal/artefact"
)

// Attachment is a file that a mail carries.
type Attachment struct {
	// Name is safe to show and to suggest as a file name; RawName is what the mail says.
	Name, RawName string
	// DeclaredType is what the mail says, SniffedType what the content looks like.
	DeclaredType, SniffedType string
	MD5, SHA1, SHA256         string
	// Inline files are shown inside the text, as images are.
	Inline    bool
	ContentID string
	// Where is the number of the part, as in 1.2.
	Where   string
	Content []byte
	// Inside is what it is and holds; nil where it is empty.
	Inside *artefact.Report
}

// attach keeps a part as an attachment.
func (p *parser) attach(m *Message, l leaf, at place) {
	sniffed, extension := artefact.Sniff(l.data)
	a := Attachment{
		RawName: l.name, DeclaredType: l.kind, SniffedType: sniffed, ContentID: l.contentID,
		Inline: l.disposition == "inline" || l.disposition == "" && l.contentID != "",
		Where:  at.number, Content: l.data,
	}
	a.Name = safeName(l.name)
	if a.Name == "" {
		a.Name = "part-" + at.number + extension
	}
	sum5, sum1, sum256 := md5.Sum(l.data), sha1.Sum(l.data), sha256.Sum256(l.data) //nolint:gosec // as above
	a.MD5, a.SHA1, a.SHA256 = hex.EncodeToString(sum5[:]), hex.EncodeToString(sum1[:]), hex.EncodeToString(sum256[:])
	m.Attachments = append(m.Attachments, a)
	if holdsText(l.kind, a.SniffedType) && !l.isBody() {
		where := "attachment " + a.Name
		isHTML := l.kind == "text/html" || a.SniffedType == "text/html" || strings.Contains(a.SniffedType+l.kind, "svg")
		m.spare = append(m.spare, spareText{where: where, text: p.decode(m, l, at), isHTML: isHTML})
	}
}

// holdsText reports whether an attachment is searched for links.
func holdsText(declared, sniffed string) bool {
	return strings.HasPrefix(declared, "text/") || strings.HasPrefix(sniffed, "text/") || strings.Contains(declared+sniffed, "svg")
}

// safeName makes a file name of what a mail says: no folders, no characters
// that control or reverse text, no names that an operating system reserves.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case r == '\\':
			return '/'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	name = path.Base(path.Clean("/" + name))
	name = strings.Trim(name, " .")
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch stem {
	case "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
		"lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9":
		name = "_" + name
	}
	if name == "/" {
		return ""
	}
	return shorten(name)
}

// shorten cuts a long name and keeps its extension.
func shorten(name string) string {
	const longest = 200
	if len(name) <= longest {
		return name
	}
	extension := path.Ext(name)
	if len(extension) > 20 {
		extension = ""
	}
	return clip(name, longest-len(extension)) + extension
}
