package artefact

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// pdfObject is an object of a PDF.
type pdfObject struct {
	value any
	raw   []byte // the stream, packed; nil where there is none
}

// pdfFile is a PDF while it is read: all its objects by number, found by how
// they look and not by the file's own table, which hostile files forge.
type pdfFile struct {
	f         *file
	objects   map[pdfRef]pdfObject
	order     []pdfRef
	encrypted bool
	nodes     int // values that may still be read
	files     map[pdfRef]string
	shown     map[pdfRef]bool // images that were searched
	images    int             // that may still be searched
}

// The limits of one PDF.
const (
	mostPDFObjects = 100_000
	mostPDFNodes   = 500_000
	mostPDFImages  = 60
	mostPDFPages   = 100
)

// pdf reads a PDF.
func (f *file) pdf() {
	if !f.in.spend(len(f.content) / 2) {
		f.r.warn(WarnLimit, "", "the budget for looking into files was used up; the PDF was not read")
		return
	}
	p := &pdfFile{
		f: f, objects: map[pdfRef]pdfObject{}, nodes: mostPDFNodes, files: map[pdfRef]string{}, shown: map[pdfRef]bool{}, images: mostPDFImages,
	}
	p.scan()
	p.unpackObjects()
	if p.encrypted {
		f.r.Encrypted = true
		f.r.warn(WarnEncrypted, "", "the PDF is encrypted; of its links and files only those were read that are not")
	}
	for _, id := range p.order {
		p.visit(p.objects[id].value, id, 0)
	}
	p.embedded()
	p.pictures()
	if len(f.r.Codes) == 0 {
		p.draw()
	}
}

// scan finds the objects and trailers of the file.
func (p *pdfFile) scan() {
	b := p.f.content
	for at := 0; len(p.order) < mostPDFObjects && p.nodes > 0; {
		i := bytes.Index(b[at:], []byte("obj"))
		if i < 0 {
			break
		}
		at += i + len("obj")
		id, ok := objectNumber(b[:at-len("obj")])
		if !ok {
			continue
		}
		at = p.object(id, at)
	}
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("trailer"))
		if i < 0 || p.nodes < 0 {
			break
		}
		at += i + len("trailer")
		if d, ok := p.parse(b, &at).(pdfDict); ok && d["Encrypt"] != nil {
			p.encrypted = true
		}
	}
	if p.nodes < 0 || len(p.order) >= mostPDFObjects {
		p.f.r.warn(WarnLimit, "", "the PDF has more objects than the limit; the rest was not read")
	}
}

// objectNumber reads the numbers before "obj", backwards.
func objectNumber(b []byte) (pdfRef, bool) {
	end := len(b)
	back := func(is func(byte) bool) (n int) {
		const most = 20
		for end > 0 && n < most && is(b[end-1]) {
			end--
			n++
		}
		return n
	}
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	back(isSpace)
	if back(digit) == 0 || back(isSpace) == 0 {
		return 0, false
	}
	last := end
	if back(digit) == 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(b[end:last]), 10, 32)
	return pdfRef(n), err == nil
}

// parse reads a value at a place, which it moves.
func (p *pdfFile) parse(b []byte, at *int) any {
	r := pdfParser{b: b, at: *at, nodes: p.nodes}
	v := r.value(0)
	*at, p.nodes = r.at, r.nodes
	return v
}

// object reads the object that starts at a place, and returns where it ends.
func (p *pdfFile) object(id pdfRef, at int) int {
	b := p.f.content
	o := pdfObject{value: p.parse(b, &at)}
	d, ok := o.value.(pdfDict)
	rest := b[at:]
	trimmed := bytes.TrimLeft(rest[:min(len(rest), 100)], " \r\n\t\x00")
	if ok && bytes.HasPrefix(trimmed, []byte("stream")) {
		at += min(len(rest), 100) - len(trimmed) + len("stream")
		at += streamStart(b[at:])
		end := p.streamEnd(d, at)
		o.raw = b[at:end]
		at = end
		if d["Type"] == pdfName("XRef") && d["Encrypt"] != nil {
			p.encrypted = true
		}
	}
	p.add(id, o)
	return at
}

// streamStart returns the length of the line end after "stream".
func streamStart(b []byte) int {
	switch {
	case bytes.HasPrefix(b, []byte("\r\n")):
		return 2
	case bytes.HasPrefix(b, []byte("\n")), bytes.HasPrefix(b, []byte("\r")):
		return 1
	}
	return 0
}

// streamEnd returns where a stream ends: where its length says, if that is
// true, else where its end is written.
func (p *pdfFile) streamEnd(d pdfDict, at int) int {
	b := p.f.content
	if n, ok := d["Length"].(float64); ok && n >= 0 && n <= float64(len(b)-at) {
		end := at + int(n)
		if bytes.Contains(b[end:min(len(b), end+20)], []byte("endstream")) {
			return end
		}
	}
	if i := bytes.Index(b[at:], []byte("endstream")); i >= 0 {
		return at + i
	}
	return len(b)
}

// add keeps an object. Of several with one number the last counts, as it does
// for viewers; the others are kept under numbers of their own, as evidence.
func (p *pdfFile) add(id pdfRef, o pdfObject) {
	if old, ok := p.objects[id]; ok {
		hidden := pdfRef(-1 - len(p.order))
		p.objects[hidden] = old
		p.order = append(p.order, hidden)
		p.objects[id] = o
		return
	}
	p.objects[id] = o
	p.order = append(p.order, id)
}

// unpackObjects reads the objects inside of streams.
func (p *pdfFile) unpackObjects() {
	for _, id := range slices.Clone(p.order) {
		o := p.objects[id]
		d, ok := o.value.(pdfDict)
		if !ok || d["Type"] != pdfName("ObjStm") || o.raw == nil {
			continue
		}
		data, _ := p.unpack(o)
		n, first := int(p.num(d["N"])), int(p.num(d["First"]))
		if first < 0 || first > len(data) {
			continue
		}
		at := 0
		for range min(n, mostPDFObjects) {
			number, okNumber := p.parse(data[:first], &at).(float64)
			offset, okOffset := p.parse(data[:first], &at).(float64)
			if !okNumber || !okOffset || offset < 0 || offset > float64(len(data)-first) || len(p.order) >= mostPDFObjects {
				break
			}
			place := first + int(offset)
			if _, known := p.objects[pdfRef(number)]; known {
				p.add(pdfRef(-1-len(p.order)), pdfObject{value: p.parse(data, &place)})
				continue
			}
			p.add(pdfRef(number), pdfObject{value: p.parse(data, &place)})
		}
	}
}

// resolve follows references.
func (p *pdfFile) resolve(v any) any {
	const most = 10
	for range most {
		ref, ok := v.(pdfRef)
		if !ok {
			return v
		}
		v = p.objects[ref].value
	}
	return nil
}

// num returns a number, or 0.
func (p *pdfFile) num(v any) float64 {
	n, _ := p.resolve(v).(float64)
	return n
}

// visit looks at a value and all inside of it, without following references.
func (p *pdfFile) visit(v any, id pdfRef, depth int) {
	where := fmt.Sprintf("object %d", max(id, 0))
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			p.visit(one, id, depth+1)
		}
	case pdfDict:
		p.action(v, where)
		p.names(v, id)
		for _, key := range sortedNames(v) {
			p.visit(v[key], id, depth+1)
		}
	}
}

// sortedNames returns the keys of a dictionary in order.
func sortedNames(d pdfDict) []pdfName {
	keys := make([]pdfName, 0, len(d))
	for key := range d {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// action judges a dictionary that may be an action, or start one.
func (p *pdfFile) action(d pdfDict, where string) {
	r := p.f.r
	switch p.resolve(d["S"]) {
	case pdfName("URI"):
		if url, ok := p.resolve(d["URI"]).(string); ok {
			r.link(clip(strings.TrimSpace(line(url)), longestLink), "pdf link")
		}
	case pdfName("Launch"):
		target := p.fileName(d["F"])
		if win, ok := p.resolve(d["Win"]).(pdfDict); ok {
			parameters, _ := p.resolve(win["P"]).(string)
			target = p.fileName(win["F"]) + " " + parameters
		}
		r.sign(SignPDFLaunch, where, target)
		p.f.linksIn(target, "pdf launch")
	case pdfName("SubmitForm"), pdfName("ImportData"):
		target := p.fileName(d["F"])
		r.sign(SignPDFSubmit, where, target)
		p.f.linksIn(target, "pdf form")
	case pdfName("GoToR"), pdfName("GoToE"):
		p.f.linksIn(p.fileName(d["F"]), "pdf link")
	}
	if js, ok := d["JS"]; ok {
		code := p.text(js)
		r.sign(SignPDFScript, where, code)
		p.f.linksIn(code, "pdf javascript")
	}
	if xfa, ok := d["XFA"]; ok {
		p.xfa(xfa, where)
	}
	if a, ok := p.resolve(d["OpenAction"]).(pdfDict); ok {
		p.opens(a, where)
	}
	if aa, ok := p.resolve(d["AA"]).(pdfDict); ok {
		for _, key := range sortedNames(aa) {
			if a, ok := p.resolve(aa[key]).(pdfDict); ok {
				p.opens(a, where)
			}
		}
	}
}

// opens notes an action that happens by itself, if it is more than going to a page.
func (p *pdfFile) opens(a pdfDict, where string) {
	if s, ok := p.resolve(a["S"]).(pdfName); ok && s != "GoTo" && s != "Named" {
		p.f.r.sign(SignPDFOpen, where, string(s))
	}
}

// fileName returns what a file specification names.
func (p *pdfFile) fileName(v any) string {
	switch v := p.resolve(v).(type) {
	case string:
		return v
	case pdfDict:
		for _, key := range []pdfName{"UF", "F", "Unix", "DOS"} {
			if s, ok := p.resolve(v[key]).(string); ok && s != "" {
				return s
			}
		}
	}
	return ""
}

// text returns a text that may be a stream.
func (p *pdfFile) text(v any) string {
	if s, ok := p.resolve(v).(string); ok {
		return s
	}
	if ref, ok := v.(pdfRef); ok && p.objects[ref].raw != nil {
		data, _ := p.unpack(p.objects[ref])
		return pdfText(data)
	}
	return ""
}

// xfa looks for scripts and links in a form of XML.
func (p *pdfFile) xfa(v any, where string) {
	parts, ok := p.resolve(v).([]any)
	if !ok {
		parts = []any{v}
	}
	const most = 50
	for _, part := range parts[:min(len(parts), most)] {
		text := p.text(part)
		if strings.Contains(text, "<script") {
			p.f.r.sign(SignPDFScript, where, "XFA")
		}
		p.f.linksIn(text, "pdf form")
	}
}

// names remembers what the embedded files are called.
func (p *pdfFile) names(d pdfDict, id pdfRef) {
	if ef, ok := p.resolve(d["EF"]).(pdfDict); ok {
		for _, key := range []pdfName{"F", "UF"} {
			if ref, ok := ef[key].(pdfRef); ok {
				p.files[ref] = p.fileName(d)
			}
		}
	}
	if d["Type"] == pdfName("EmbeddedFile") && id > 0 {
		if _, known := p.files[id]; !known {
			p.files[id] = ""
		}
	}
}

// embedded looks into the embedded files.
func (p *pdfFile) embedded() {
	refs := make([]pdfRef, 0, len(p.files))
	for ref := range p.files {
		refs = append(refs, ref)
	}
	slices.Sort(refs)
	for _, ref := range refs {
		o, ok := p.objects[ref]
		if !ok || o.raw == nil {
			continue
		}
		data, whole := p.unpack(o)
		name := p.files[ref]
		if name == "" {
			name = "embedded" + usualExtension(data)
		}
		p.f.r.sign(SignEmbedded, fmt.Sprintf("object %d", ref), name)
		if p.f.child(name, data, whole) == nil {
			return
		}
	}
}
