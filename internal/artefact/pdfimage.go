package artefact

import (
	"bytes"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/ccitt"
)

// pictures searches the images of the pages for QR codes, in the order of the
// pages, then the images that no page shows.
func (p *pdfFile) pictures() {
	number := 0
	for _, page := range p.pages() {
		number++
		resources, _ := p.resolve(page["Resources"]).(pdfDict)
		for up := 0; resources == nil && up < 10; up++ { // pages inherit
			page, _ = p.resolve(page["Parent"]).(pdfDict)
			resources, _ = p.resolve(page["Resources"]).(pdfDict)
		}
		p.drawn(resources, number, 0)
	}
	for _, id := range p.order {
		if d, ok := p.objects[id].value.(pdfDict); ok && d["Subtype"] == pdfName("Image") {
			p.picture(id, 0)
		}
	}
}

// pages returns the pages in the order in which viewers show them or, where the
// tree is broken, in that of the file.
func (p *pdfFile) pages() (list []pdfDict) {
	seen := map[pdfRef]bool{}
	var walk func(v any)
	walk = func(v any) {
		ref, isRef := v.(pdfRef)
		d, ok := p.resolve(v).(pdfDict)
		if !ok || len(list) >= mostPDFPages || isRef && seen[ref] || len(seen) > mostPDFObjects {
			return
		}
		if isRef {
			seen[ref] = true
		}
		kids, ok := p.resolve(d["Kids"]).([]any)
		if !ok {
			list = append(list, d)
			return
		}
		for _, kid := range kids {
			if _, ok := kid.(pdfRef); ok { // kids are always objects; so there are no loops
				walk(kid)
			}
		}
	}
	for _, id := range p.order {
		if d, ok := p.objects[id].value.(pdfDict); ok && d["Type"] == pdfName("Catalog") && id > 0 {
			walk(d["Pages"])
		}
	}
	if len(list) > 0 {
		return list
	}
	for _, id := range p.order {
		if d, ok := p.objects[id].value.(pdfDict); ok && d["Type"] == pdfName("Page") && len(list) < mostPDFPages {
			list = append(list, d)
		}
	}
	return list
}

// drawn searches what a page, or a form on it, draws.
func (p *pdfFile) drawn(resources pdfDict, page, depth int) {
	const deepest = 4
	objects, ok := p.resolve(resources["XObject"]).(pdfDict)
	if !ok || depth > deepest {
		return
	}
	for _, key := range sortedNames(objects) {
		ref, ok := objects[key].(pdfRef)
		if !ok || p.shown[ref] {
			continue
		}
		d, _ := p.objects[ref].value.(pdfDict)
		switch p.resolve(d["Subtype"]) {
		case pdfName("Image"):
			p.picture(ref, page)
		case pdfName("Form"):
			p.shown[ref] = true
			inner, _ := p.resolve(d["Resources"]).(pdfDict)
			p.drawn(inner, page, depth+1)
		}
	}
}

// picture searches one image for QR codes. Page 0 is unknown.
func (p *pdfFile) picture(ref pdfRef, page int) {
	o := p.objects[ref]
	d, ok := o.value.(pdfDict)
	width, height := int(p.num(d["Width"])), int(p.num(d["Height"]))
	if !ok || o.raw == nil || p.shown[ref] || p.images <= 0 || !p.f.in.worth(width, height) {
		return
	}
	p.shown[ref] = true
	p.images--
	where := "qr image"
	if page > 0 {
		where = fmt.Sprintf("qr page %d", page)
	}
	data, kind, parameters, _ := p.unfilter(o)
	switch kind {
	case "":
		if gray := p.gray(d, data, width, height); gray != nil {
			p.f.found(p.f.in.search(gray), where)
		}
	case "DCTDecode", "DCT":
		p.f.codes(data, where)
	case "CCITTFaxDecode", "CCF":
		p.f.found(p.f.in.search(p.fax(data, parameters, width, height)), where)
	}
}

// fax unpacks an image as fax machines send it.
func (p *pdfFile) fax(data []byte, d pdfDict, width, height int) *image.Gray {
	format := ccitt.Group3
	if p.num(d["K"]) < 0 {
		format = ccitt.Group4
	}
	columns := int(p.num(d["Columns"]))
	if columns == 0 {
		columns = 1728
	}
	if columns != width {
		return nil
	}
	align, _ := p.resolve(d["EncodedByteAlign"]).(bool)
	r := ccitt.NewReader(bytes.NewReader(data), ccitt.MSB, format, width, height, &ccitt.Options{Align: align})
	bits, _ := p.f.unpack(io.LimitReader(r, int64((width+7)/8)*int64(height)), int64(width*height/8))
	g := image.NewGray(image.Rect(0, 0, width, height))
	for i := range g.Pix {
		if at := i/width*((width+7)/8) + i%width/8; at < len(bits) && bits[at]>>(7-i%width%8)&1 == 0 {
			g.Pix[i] = 255
		}
	}
	return g
}

// gray makes grey pixels of the samples of an image.
func (p *pdfFile) gray(d pdfDict, data []byte, width, height int) *image.Gray {
	bits := int(p.num(d["BitsPerComponent"]))
	if bits == 0 {
		bits = 1 // a mask
	}
	components, palette := p.colors(d["ColorSpace"], 0)
	row := (width*components*bits + 7) / 8
	if bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16 || components < 1 || row*height > len(data)+row {
		return nil
	}
	sample := func(line []byte, i int) int {
		switch {
		case bits == 8 && i < len(line):
			return int(line[i])
		case bits == 16 && 2*i < len(line):
			return int(line[2*i])
		case bits < 8 && i*bits/8 < len(line):
			v := int(line[i*bits/8]) >> (8 - bits - i*bits%8) & (1<<bits - 1)
			if palette == nil {
				v = v * 255 / (1<<bits - 1)
			}
			return v
		}
		return 255
	}
	g := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		start := min(y*row, len(data))
		line := data[start:min(start+row, len(data))]
		for x := range width {
			var v int
			switch {
			case palette != nil:
				v = 255
				if i := sample(line, x); i < len(palette) {
					v = int(palette[i])
				}
			case components == 3:
				v = (299*sample(line, 3*x) + 587*sample(line, 3*x+1) + 114*sample(line, 3*x+2)) / 1000
			case components == 4: // inks
				v = max(0, 255-sample(line, 4*x+3)-(sample(line, 4*x)+sample(line, 4*x+1)+sample(line, 4*x+2))/3)
			default:
				v = sample(line, components*x)
			}
			g.Pix[y*g.Stride+x] = byte(v)
		}
	}
	return g
}

// colors returns how many components a colour space has, and its palette in
// grey where the samples are numbers of colours.
func (p *pdfFile) colors(v any, depth int) (components int, palette []byte) {
	switch v := p.resolve(v).(type) {
	case pdfName:
		switch v {
		case "DeviceRGB", "RGB", "CalRGB":
			return 3, nil
		case "DeviceCMYK", "CMYK":
			return 4, nil
		}
		return 1, nil
	case []any:
		if len(v) == 0 || depth > 4 {
			return 1, nil
		}
		name, _ := p.resolve(v[0]).(pdfName)
		switch name {
		case "ICCBased":
			if len(v) > 1 {
				d, _ := p.resolve(v[1]).(pdfDict)
				return max(int(p.num(d["N"])), 1), nil
			}
		case "CalRGB", "Lab", "DeviceRGB":
			return 3, nil
		case "DeviceCMYK":
			return 4, nil
		case "DeviceN":
			if len(v) > 1 {
				names, _ := p.resolve(v[1]).([]any)
				return max(len(names), 1), nil
			}
		case "Indexed", "I":
			if len(v) < 4 {
				return 1, nil
			}
			base, _ := p.colors(v[1], depth+1)
			return 1, p.palette(v[3], base)
		}
	}
	return 1, nil
}

// palette makes the colours of a palette grey.
func (p *pdfFile) palette(v any, components int) []byte {
	table := []byte(p.text(v))
	out := make([]byte, 0, 256)
	for i := 0; i+components <= len(table) && len(out) < 256; i += components {
		switch c := table[i : i+components]; components {
		case 3:
			out = append(out, byte((299*int(c[0])+587*int(c[1])+114*int(c[2]))/1000))
		case 4:
			out = append(out, byte(max(0, 255-int(c[3])-(int(c[0])+int(c[1])+int(c[2]))/3)))
		default:
			out = append(out, c[0])
		}
	}
	return out
}
