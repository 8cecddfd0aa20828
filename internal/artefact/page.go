package artefact

import (
	"bytes"
	"encoding/base64"
	"iter"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// What pages that build a file and save it say in their scripts.
var (
	makesBlob   = regexp.MustCompile(`(?i)new\s+(?:window\.)?blob\s*\(|msSaveOrOpenBlob|msSaveBlob|createObjectURL|new\s+File\s*\(`)
	savesFile   = regexp.MustCompile(`(?i)\.download\b|\bdownload\s*=|msSaveOrOpenBlob|msSaveBlob|createObjectURL|navigator\.msSave`)
	hidesScript = regexp.MustCompile(`(?i)\bunescape\s*\(|\batob\s*\(|String\.fromCharCode|\beval\s*\(|document\.write\s*\(`)
)

// page reads HTML or SVG: links, scripts, and files that the page makes itself.
func (f *file) page() {
	const longest = 8 << 20
	content := f.content[:min(len(f.content), longest)]
	if len(content) < len(f.content) {
		f.r.warn(WarnLimit, "", "the page is larger than the limit; the rest was not read")
	}
	if !f.in.spend(len(content)) {
		f.r.warn(WarnLimit, "", "the budget for looking into files was used up; the page was not read")
		return
	}
	text := plainText(content)
	p := &pageReader{f: f}
	p.read(text)
	f.smuggling(text, p.script.String())
	for _, image := range DataImages(text, mostDataImages) {
		f.codes(image, "qr data: image")
	}
}

// pageReader reads the tags of a page.
type pageReader struct {
	f        *file
	script   strings.Builder
	inScript bool
	download bool
}

// read reads HTML as a stream of tags, without building a tree.
func (p *pageReader) read(text string) {
	z := html.NewTokenizer(strings.NewReader(text))
	z.SetMaxBuf(16 << 20)
	for n := 0; ; n++ {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			if raw := z.Text(); p.inScript {
				p.script.Write(raw)
				p.f.linksIn(string(raw), "script")
			} else {
				p.f.linksIn(string(raw), "text")
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			p.tag(z)
		case html.EndTagToken:
			name, _ := z.TagName()
			p.inScript = p.inScript && string(name) != "script"
		case html.CommentToken:
			p.f.linksIn(string(z.Text()), "comment")
		case html.DoctypeToken:
		}
		if n%1000 == 0 && p.f.in.late() {
			p.f.r.warn(WarnLimit, "", "the time for looking into files was up; the rest of the page was not read")
			return
		}
	}
}

// tag reads a tag with its attributes.
func (p *pageReader) tag(z *html.Tokenizer) {
	name, more := z.TagName()
	tag := string(name)
	if tag == "script" {
		p.inScript = true
		p.f.r.sign(SignScript, "", "")
	}
	const most = 100
	for n := 0; more && n < most; n++ {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch k := string(key); {
		case k == "href" || k == "src" || k == "action" || k == "xlink:href" || k == "data" || k == "formaction" || k == "background":
			p.target(tag, k, strings.TrimSpace(string(value)))
		case k == "type" && tag == "input" && strings.EqualFold(strings.TrimSpace(string(value)), "password"):
			p.f.r.sign(SignPassword, "", "")
		case k == "download" && tag == "a":
			p.download = true
			if len(value) > 0 {
				p.script.WriteString("\n.download=" + string(value) + "\n")
			}
		case strings.HasPrefix(k, "on"):
			p.f.r.sign(SignScript, tag+" "+k, string(value[:min(len(value), 200)]))
			p.script.Write(value)
			p.script.WriteByte('\n')
			p.f.linksIn(string(value), "script")
		case k == "content" || k == "style" || k == "srcdoc":
			p.f.linksIn(string(value), tag+" "+k)
		}
	}
}

// target keeps what an attribute leads to.
func (p *pageReader) target(tag, key, value string) {
	lower := strings.ToLower(value[:min(len(value), 200)])
	switch {
	case strings.HasPrefix(lower, "javascript:"), strings.HasPrefix(lower, "vbscript:"):
		p.f.r.sign(SignScript, tag+" "+key, value[:min(len(value), 200)])
		p.script.WriteString(value + "\n")
	case strings.HasPrefix(lower, "data:"):
		kind, _, _ := strings.Cut(lower[5:], ",")
		kind, _, _ = strings.Cut(kind, ";")
		if tag == "a" && kind != "" && !strings.HasPrefix(kind, "image/") {
			p.f.r.sign(SignSmuggling, tag+" "+key, "a link that holds a file of type "+kind)
		}
	case strings.HasPrefix(value, "//"):
		p.f.r.link("http:"+value, tag+" "+key)
	default:
		p.f.linksIn(value, tag+" "+key)
	}
}

// smuggling judges whether a page builds a file and saves it: that a script
// makes a file and saves it, or that it unpacks one of considerable size.
func (f *file) smuggling(text, script string) {
	if script == "" {
		return
	}
	const longest = 1 << 20
	script = clip(script, longest)
	blob, saves := makesBlob.FindString(script), savesFile.FindString(script)
	if blob != "" && saves != "" {
		f.r.sign(SignSmuggling, "script", blob+" … "+saves)
	}
	hidden := hidesScript.FindString(script)
	const large = 2000
	run := longestRun(script)
	if hidden != "" && run >= large {
		f.r.sign(SignSmuggling, "script", "a text of packed characters is unpacked with "+hidden)
	}
	f.payloads(text)
}

// longestRun returns the length of the longest run of characters of base64,
// percent or hexadecimal escapes.
func longestRun(s string) (longest int) {
	run := 0
	for i := range len(s) {
		c := s[i]
		if isBase64(c) || c == '=' || c == '%' || c == '\\' {
			run++
			longest = max(longest, run)
			continue
		}
		run = 0
	}
	return longest
}

// payloads looks into files that a page holds as base64: programs, archives,
// documents and other pages.
func (f *file) payloads(text string) {
	const shortest, most = 64, 8
	found := 0
	for packed := range packedRuns(text, shortest) {
		if found >= most || f.in.late() {
			return
		}
		data, err := base64.RawStdEncoding.DecodeString(packed[:len(packed)/4*4])
		if err != nil || !f.in.spend(len(data)) {
			continue
		}
		kind := signature(data)
		if t, _ := Sniff(data); kind == formatOther && t == "text/html" || bytes.HasPrefix(bytes.ToLower(data[:min(len(data), 20)]), []byte("<!doctype html")) {
			kind = formatHTML
		}
		if kind == formatOther {
			continue
		}
		found++
		if c := f.child("embedded"+usualExtension(data), data, true); c != nil && kind != formatHTML {
			f.r.sign(SignSmuggling, c.Name, "the page holds a file of type "+c.Type)
		}
	}
}

// packedRuns yields the runs of characters of base64 of a length or more.
func packedRuns(text string, shortest int) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i <= len(text); i++ {
			if i < len(text) && (isBase64(text[i])) {
				continue
			}
			if i-start >= shortest && !yield(text[start:i]) {
				return
			}
			start = i + 1
		}
	}
}

// isBase64 tells whether a character is one of base64.
func isBase64(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '+' || c == '/'
}

// mostDataImages is how many images in data: URIs are searched in one page.
const mostDataImages = 20

// DataImages returns the images that HTML or CSS holds in data: URIs, up to a number.
func DataImages(text string, most int) (images [][]byte) {
	for len(images) < most {
		i := strings.Index(text, "data:image/")
		if i < 0 {
			return images
		}
		text = text[i+len("data:image/"):]
		const longestHead = 100
		head, body, ok := strings.Cut(text[:min(len(text), longestHead)], ",")
		if !ok || !strings.HasSuffix(strings.TrimSpace(strings.ToLower(head)), "base64") || strings.ContainsAny(head, `"'<>()`) {
			continue
		}
		_ = body
		text = text[len(head)+1:]
		end := strings.IndexAny(text, `"'<>)`)
		if end < 0 {
			end = len(text)
		}
		const longest = 8 << 20
		if end <= longest {
			if data := decodeLoose(text[:end]); len(data) > 0 {
				images = append(images, data)
			}
		}
		text = text[end:]
	}
	return images
}

// decodeLoose decodes base64 with white space and percent escapes, as browsers do.
func decodeLoose(s string) []byte {
	if strings.ContainsAny(s, "% \t\r\n&\\") {
		s = strings.NewReplacer("%2B", "+", "%2b", "+", "%2F", "/", "%2f", "/", "%3D", "=", "%3d", "=", "%0A", "", "%0D", "", "&#43;", "+",
			" ", "", "\t", "", "\r", "", "\n", "", "\\", "").Replace(s)
	}
	s = strings.TrimRight(s, "=")
	data, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		data, err = base64.RawURLEncoding.DecodeString(s)
	}
	if err != nil {
		return nil
	}
	return data
}
