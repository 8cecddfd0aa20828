package artefact

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"path"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// office reads a document of Office or OpenOffice; it reports false where the
// archive is none.
func (f *file) office(entries []zipEntry) bool {
	var has, isODF, isJar bool
	for i := range entries {
		switch strings.ToLower(entries[i].name) {
		case "[content_types].xml":
			has = true
		case "mimetype":
			isODF = bytes.HasPrefix(entries[i].data, []byte("application/vnd.oasis.opendocument"))
		case "meta-inf/manifest.mf", "androidmanifest.xml":
			isJar = true
		}
	}
	if isJar && !has {
		f.r.Kind = KindExecutable
		f.r.sign(SignProgram, "", f.r.Type)
		return false
	}
	if !has && !isODF {
		return false
	}
	f.r.Kind = KindOffice
	for i := range entries {
		e := &entries[i]
		if e.overlaps || strings.HasSuffix(e.name, "/") || !wanted(strings.ToLower(e.name)) {
			continue
		}
		content, whole, problem := f.zipContent(e)
		if problem != (Warning{}) {
			f.r.warn(problem.Code, e.name, "a part of the document could not be read: "+problem.Text)
			f.unsure()
			continue
		}
		f.officePart(e.name, content, whole)
		if !f.in.spend(0) {
			f.r.warn(WarnLimit, "", "the budget for looking into files was used up; not all parts of the document were read")
			f.unsure()
			return true
		}
	}
	return true
}

// unsure says that macros may be in what was not read.
func (f *file) unsure() {
	if f.r.Macros == MacrosNo {
		f.r.Macros = MacrosUnknown
	}
}

// wanted tells which parts of a document can lead elsewhere or run.
func wanted(name string) bool {
	switch ext := path.Ext(name); ext {
	case ".rels", ".xml", ".bin", ".xhtml":
		// Sheets and slides are the bulk of large documents and hold neither links nor fields.
		return !strings.HasPrefix(name, "xl/worksheets/sheet") && !strings.Contains(name, "/theme/") && !strings.HasSuffix(name, "styles.xml")
	}
	return strings.Contains(name, "/media/") || strings.Contains(name, "embeddings/") || strings.HasPrefix(name, "pictures/") ||
		strings.HasPrefix(name, "scripts/") || strings.HasPrefix(name, "basic/") || strings.HasPrefix(name, "object")
}

// officePart looks into one part of a document.
func (f *file) officePart(name string, content []byte, whole bool) {
	lower := strings.ToLower(name)
	switch {
	case signature(content) == formatCFB && strings.Contains(lower, "vba"):
		f.r.Macros = MacrosYes
		f.r.sign(SignMacros, name, "")
		f.vbaProject(content, name)
	case strings.HasPrefix(lower, "xl/macrosheets/"), strings.HasPrefix(lower, "xl/intlmacrosheets/"):
		f.r.Macros = MacrosYes
		f.r.sign(SignExcel4, name, "")
		f.links(content, name)
	case strings.HasPrefix(lower, "basic/") || strings.HasPrefix(lower, "scripts/"):
		if path.Ext(lower) != ".xml" || bytes.Contains(content, []byte("script:module")) {
			f.r.Macros = MacrosYes
			f.r.sign(SignMacros, name, "")
		}
	case strings.HasSuffix(lower, ".rels"):
		f.relationships(name, plainText(content))
	case strings.Contains(lower, "/media/"), strings.HasPrefix(lower, "pictures/"):
		f.codes(content, "qr "+name)
	case strings.Contains(lower, "embeddings/"), strings.Contains(lower, "activex/") && path.Ext(lower) == ".bin":
		f.r.sign(SignObject, name, "")
		f.child(name, content, whole)
	case path.Ext(lower) == ".xml" || path.Ext(lower) == ".xhtml":
		f.fields(name, plainText(content))
	case signature(content) == formatCFB:
		f.vbaProject(content, name)
	}
	if !whole {
		f.unsure()
	}
}

// tags calls found for each tag of XML with its attributes in lower case, and
// for each text with the tag that it follows. It reads as a stream: no entities
// of a document's own are known, and none are expanded.
func (f *file) tags(text string, found func(tag string, attributes map[string]string, text string)) {
	if !f.in.spend(len(text)) {
		return
	}
	z := html.NewTokenizer(strings.NewReader(text))
	z.AllowCDATA(true)
	tag := ""
	for n := 0; ; n++ {
		kind := z.Next()
		if kind == html.ErrorToken || n%1000 == 0 && f.in.late() {
			return
		}
		switch kind {
		case html.TextToken:
			if raw := z.Text(); len(raw) > 0 {
				found(tag, nil, string(raw))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag = string(name)
			attributes := map[string]string{}
			for more && len(attributes) < 50 {
				var key, value []byte
				key, value, more = z.TagAttr()
				attributes[string(key)] = string(value)
			}
			found(tag, attributes, "")
		case html.EndTagToken:
			name, _ := z.TagName()
			tag = "/" + string(name)
		case html.ErrorToken, html.CommentToken, html.DoctypeToken:
		}
	}
}

// relationships reads where the parts of a document lead.
func (f *file) relationships(name, text string) {
	f.tags(text, func(tag string, attributes map[string]string, _ string) {
		if local(tag) != "relationship" || !strings.EqualFold(attributes["targetmode"], "external") {
			return
		}
		kind, target := path.Base(attributes["type"]), strings.TrimSpace(attributes["target"])
		url := target
		if strings.HasPrefix(url, `\\`) {
			url = "file:" + strings.ReplaceAll(url, `\`, "/")
		}
		lower := strings.ToLower(url)
		leads := strings.Contains(lower, "://") || strings.HasPrefix(lower, "mhtml:") || strings.HasPrefix(lower, "file:")
		if kind != "hyperlink" && leads {
			f.r.sign(SignExternal, name, kind+" "+target)
		}
		if leads && !strings.HasPrefix(lower, "mhtml:") {
			f.r.link(url, kind)
		} else {
			f.linksIn(target, kind)
		}
	})
}

// local returns a tag's name without the prefix of its name space.
func local(tag string) string {
	_, name, ok := strings.Cut(tag, ":")
	if !ok {
		return tag
	}
	return name
}

// fields reads the field codes of a document, which may be cut into many runs,
// and the links of its drawings.
func (f *file) fields(name, text string) {
	var code strings.Builder
	f.tags(text, func(tag string, attributes map[string]string, inner string) {
		switch local(tag) {
		case "instrtext":
			code.WriteString(inner)
		case "fldsimple":
			code.WriteString("\n" + attributes["w:instr"])
		case "fldchar":
			code.WriteByte('\n')
		case "ddelink":
			f.r.sign(SignDDE, name, attributes["ddeservice"]+" "+attributes["ddetopic"])
		}
		for key, value := range attributes {
			if key == "xlink:href" || key == "href" || key == "src" || key == "r:href" || key == "o:href" {
				f.linksIn(value, name)
			}
			if strings.HasPrefix(value, "ole:") || strings.HasPrefix(value, "macro:") {
				f.r.sign(SignExternal, name, value)
			}
		}
	})
	f.fieldCodes(code.String(), name)
}

// Field codes that start programs or load from elsewhere.
var (
	ddeField  = regexp.MustCompile(`(?i)\bDDE(?:AUTO)?\s+["\w\\].*`)
	loadField = regexp.MustCompile(`(?i)\b(?:INCLUDETEXT|INCLUDEPICTURE|LINK|IMPORT)\s+.*`)
)

// fieldCodes judges field codes.
func (f *file) fieldCodes(code, where string) {
	if found := ddeField.FindString(code); found != "" {
		f.r.sign(SignDDE, where, found)
	}
	for _, found := range loadField.FindAllString(code, 20) {
		if strings.Contains(found, "://") || strings.Contains(found, `\\`) {
			f.r.sign(SignExternal, where, found)
		}
	}
	f.linksIn(code, where)
}

// flatOffice reads a document of Office that is one file of XML.
func (f *file) flatOffice() {
	const longest = 8 << 20
	text := plainText(f.content[:min(len(f.content), longest)])
	if !strings.Contains(text, "mso-application") && !strings.Contains(text, "schemas.microsoft.com/office") {
		f.links(f.content, "text")
		return
	}
	f.r.Kind = KindOffice
	if len(text) < len(f.content) {
		f.unsure()
	}
	const shortest, most = 64, 20
	i := 0
	for packed := range packedRuns(strings.NewReplacer("\r", "", "\n", "").Replace(text), shortest) {
		if i++; i > most {
			break
		}
		data, err := base64.RawStdEncoding.DecodeString(packed[:len(packed)/4*4])
		if err != nil || !f.in.spend(len(data)) {
			continue
		}
		switch {
		case bytes.HasPrefix(data, []byte("ActiveMime")):
			f.r.Macros = MacrosYes
			f.r.sign(SignMacros, fmt.Sprintf("part %d", i), "ActiveMime")
		case signature(data) == formatCFB:
			f.vbaProject(data, fmt.Sprintf("part %d", i))
		}
	}
	f.relationships("", text)
	f.fields("", text)
	f.links(f.content, "text")
}
