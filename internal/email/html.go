package email

import (
	"strings"

	"golang.org/x/net/html"
)

// linkFinder finds links in one text.
type linkFinder struct {
	p     *parser
	m     *Message
	where string // prefix of Link.Where
	// number is the part that warnings name.
	number  string
	base    string
	visible strings.Builder // what a reader sees
	outside strings.Builder // as visible, without the texts of links
	hidden  int             // inside of script, style and the like
	anchor  *anchor
	nested  bool // inside of a conditional comment
}

// anchor is a link whose text is being read.
type anchor struct {
	href, tag string
	text      strings.Builder
}

// html reads HTML as a stream of tags, without building a tree: markup may be
// as broken and nested as it likes at the same cost.
func (f *linkFinder) html(text string) {
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			f.closeAnchor()
			return
		case html.TextToken:
			f.textToken(string(z.Text()))
		case html.CommentToken:
			f.comment(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			f.startTag(z)
		case html.EndTagToken:
			name, _ := z.TagName()
			f.endTag(string(name))
		case html.DoctypeToken:
		}
	}
}

// comment reads a conditional comment: Outlook shows what stands in it.
func (f *linkFinder) comment(text string) {
	if f.nested || !strings.HasPrefix(strings.TrimSpace(text), "[if") {
		return
	}
	_, inner, _ := strings.Cut(text, "]>")
	g := &linkFinder{p: f.p, m: f.m, where: f.where, number: f.number, base: f.base, nested: true}
	g.html(strings.TrimSuffix(strings.TrimSpace(inner), "<![endif]"))
}

// textToken reads text between tags.
func (f *linkFinder) textToken(text string) {
	if f.hidden > 0 {
		return
	}
	const longestVisible = 1 << 20
	if f.visible.Len() < longestVisible {
		f.visible.WriteString(squeeze(text))
	}
	if f.anchor != nil {
		f.anchor.text.WriteString(clip(text, max(512-f.anchor.text.Len(), 0)))
		return
	}
	f.outside.WriteString(text)
}

// squeeze replaces each run of white space by one space.
func squeeze(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch r {
		case ' ', '\t', '\r', '\n', '\u00a0':
			if !space {
				b.WriteByte(' ')
			}
			space = true
		default:
			b.WriteRune(r)
			space = false
		}
	}
	return b.String()
}

// tidy trims each line and keeps one blank line of many.
func tidy(s string) string {
	var b strings.Builder
	blank := true
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimSpace(line)
		if line == "" && blank {
			continue
		}
		blank = line == ""
		b.WriteString(line + "\n")
	}
	return strings.TrimSpace(b.String())
}

// startTag reads a tag with its attributes. Of equal attributes the first counts.
func (f *linkFinder) startTag(z *html.Tokenizer) {
	name, more := z.TagName()
	tag := string(name)
	var attributes map[string]string
	if more {
		attributes = map[string]string{}
	}
	const most = 200
	for n := 0; more; n++ {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, seen := attributes[string(key)]; !seen && n < most && len(key) > 0 {
			attributes[string(key)] = string(value)
		}
	}
	f.separate(tag)
	switch tag {
	case "script", "style", "title":
		f.hidden++
	case "base":
		f.setBase(attributes["href"])
	case "meta":
		f.refresh(attributes)
	case "input":
		if strings.EqualFold(strings.TrimSpace(attributes["type"]), "password") {
			f.m.asksPassword = true
		}
	}
	f.targets(tag, attributes)
}

// targets keeps what the attributes of a tag lead to.
func (f *linkFinder) targets(tag string, attributes map[string]string) {
	if href := firstOf(attributes["href"], attributes["xlink:href"]); href != "" && tag != "base" {
		f.closeAnchor()
		if tag == "a" {
			f.anchor = &anchor{href: href, tag: tag}
		} else {
			f.add(href, tag+" href", "")
		}
	}
	for _, name := range [...]string{"src", "action", "formaction", "background", "data", "poster", "ping", "longdesc"} {
		value := attributes[name]
		if value == "" || name == "data" && tag != "object" {
			continue
		}
		f.add(value, tag+" "+name, "")
	}
}

// endTag reads the end of an element.
func (f *linkFinder) endTag(tag string) {
	f.separate(tag)
	switch tag {
	case "a":
		f.closeAnchor()
	case "script", "style", "title":
		f.hidden = max(f.hidden-1, 0)
	}
}

// closeAnchor keeps the link whose text was being read.
func (f *linkFinder) closeAnchor() {
	if f.anchor == nil {
		return
	}
	a := f.anchor
	f.anchor = nil
	f.outside.WriteByte(' ')
	f.add(a.href, a.tag+" href", oneLine(squeeze(a.text.String())))
}

// separate keeps the words of different blocks apart.
func (f *linkFinder) separate(tag string) {
	switch tag {
	case "br", "p", "div", "tr", "table", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr", "form", "center":
		f.visible.WriteByte('\n')
		f.outside.WriteByte('\n')
	case "td", "th", "img", "input", "button", "option":
		f.visible.WriteByte(' ')
		f.outside.WriteByte(' ')
	}
}

// setBase remembers where relative references lead. The first counts.
func (f *linkFinder) setBase(href string) {
	if u, ok := parseURL(resolve(href, "")); ok && f.base == "" {
		f.base = u.canonical
		f.add(href, "base href", "")
	}
}

// refresh reads <meta http-equiv=refresh content="0; url=…">.
func (f *linkFinder) refresh(attributes map[string]string) {
	if !strings.EqualFold(strings.TrimSpace(attributes["http-equiv"]), "refresh") {
		return
	}
	content := attributes["content"]
	i := strings.Index(strings.ToLower(content), "url")
	if i < 0 || len(strings.ToLower(content)) != len(content) {
		return
	}
	target := strings.TrimLeft(content[i+3:], " =\t\r\n")
	f.add(strings.Trim(target, `'" `), "meta refresh", "")
}

// add keeps a link.
func (f *linkFinder) add(raw, where, text string) {
	f.p.addLink(f.m, Link{Raw: raw, Where: f.where + " " + where, Text: text}, f.base, f.number)
}
