package artefact

import (
	"bytes"
	"compress/flate"
	"encoding/ascii85"
	"io"

	"golang.org/x/image/tiff/lzw"
)

// filters returns the names and parameters of the filters of a stream.
func (p *pdfFile) filters(d pdfDict) (names []pdfName, parameters []pdfDict) {
	list, ok := p.resolve(first(d, "Filter", "F")).([]any)
	if !ok {
		list = []any{first(d, "Filter", "F")}
	}
	given, ok := p.resolve(first(d, "DecodeParms", "DP")).([]any)
	if !ok {
		given = []any{first(d, "DecodeParms", "DP")}
	}
	const most = 8
	for i, v := range list[:min(len(list), most)] {
		name, ok := p.resolve(v).(pdfName)
		if !ok {
			continue
		}
		names = append(names, name)
		var one pdfDict
		if i < len(given) {
			one, _ = p.resolve(given[i]).(pdfDict)
		}
		parameters = append(parameters, one)
	}
	return names, parameters
}

// first returns the first value that a dictionary has.
func first(d pdfDict, keys ...pdfName) any {
	for _, key := range keys {
		if v, ok := d[key]; ok {
			return v
		}
	}
	return nil
}

// unpack undoes all filters of a stream.
func (p *pdfFile) unpack(o pdfObject) (data []byte, whole bool) {
	data, rest, _, whole := p.unfilter(o)
	return data, whole && rest == ""
}

// unfilter undoes the filters of a stream up to one that makes an image, which
// it returns with its parameters.
func (p *pdfFile) unfilter(o pdfObject) (data []byte, image pdfName, parameters pdfDict, whole bool) {
	d, _ := o.value.(pdfDict)
	data, whole = o.raw, true
	names, all := p.filters(d)
	for i, name := range names {
		var r io.Reader
		switch name {
		case "FlateDecode", "Fl":
			// Without the header and the checksum, which viewers ignore as well.
			r = flate.NewReader(bytes.NewReader(data[min(len(data), 2):]))
		case "LZWDecode", "LZW":
			r = lzw.NewReader(bytes.NewReader(data), lzw.MSB, 8)
		case "ASCIIHexDecode", "AHx":
			h := pdfParser{b: append([]byte{'<'}, data...)}
			data = []byte(h.hexBytes())
			continue
		case "ASCII85Decode", "A85":
			data = bytes.TrimPrefix(bytes.TrimSpace(data), []byte("<~"))
			if end := bytes.IndexByte(data, '~'); end >= 0 {
				data = data[:end]
			}
			r = ascii85.NewDecoder(bytes.NewReader(data))
		case "RunLengthDecode", "RL":
			r = &runLength{src: data}
		case "Crypt":
			continue
		default:
			return data, name, all[i], whole
		}
		var all1 bool
		data, all1 = p.f.unpack(r, int64(len(data)))
		whole = whole && all1
		data = p.unpredict(data, all[i])
	}
	return data, "", nil, whole
}

// hexBytes reads digits as bytes, without decoding UTF-16.
func (p *pdfParser) hexBytes() string {
	var out []byte
	high, half := byte(0), false
	for p.at++; p.at < len(p.b) && p.b[p.at] != '>'; p.at++ {
		v := hexDigit(p.b[p.at])
		if v > 15 {
			continue
		}
		if half {
			out = append(out, high<<4|v)
		}
		high, half = v, !half
	}
	if half {
		out = append(out, high<<4)
	}
	return string(out)
}

// runLength unpacks runs of equal bytes (ISO 32000 7.4.5).
type runLength struct {
	src  []byte
	copy int
	run  int
	c    byte
}

// Read unpacks into b.
func (r *runLength) Read(b []byte) (n int, err error) {
	for n < len(b) {
		switch {
		case r.run > 0:
			b[n] = r.c
			r.run--
			n++
		case r.copy > 0 && len(r.src) > 0:
			b[n] = r.src[0]
			r.src = r.src[1:]
			r.copy--
			n++
		case len(r.src) == 0 || r.src[0] == 128:
			if n == 0 {
				return 0, io.EOF
			}
			return n, nil
		case r.src[0] < 128:
			r.copy, r.src = int(r.src[0])+1, r.src[1:]
		case len(r.src) < 2:
			r.src = nil
		default:
			r.run, r.c, r.src = 257-int(r.src[0]), r.src[1], r.src[2:]
		}
	}
	return n, nil
}

// unpredict undoes the differences between neighbours that make data pack better.
func (p *pdfFile) unpredict(data []byte, d pdfDict) []byte {
	predictor := int(p.num(d["Predictor"]))
	if predictor < 2 {
		return data
	}
	colors, bits, columns := max(int(p.num(d["Colors"])), 1), int(p.num(d["BitsPerComponent"])), max(int(p.num(d["Columns"])), 1)
	if bits == 0 {
		bits = 8
	}
	const mostColors, mostColumns = 32, 1 << 20
	if colors > mostColors || columns > mostColumns || bits > 16 || bits < 1 {
		return data
	}
	row, pixel := (colors*bits*columns+7)/8, max(colors*bits/8, 1)
	if predictor == 2 {
		if bits == 8 {
			for at := 0; at+row <= len(data); at += row {
				for i := pixel; i < row; i++ {
					data[at+i] += data[at+i-pixel]
				}
			}
		}
		return data
	}
	return unpredictPNG(data, row, pixel)
}

// unpredictPNG undoes the filters of PNG, which stand before each row.
func unpredictPNG(data []byte, row, pixel int) []byte {
	out := make([]byte, 0, len(data))
	above := make([]byte, row)
	for len(data) > 1 {
		kind := data[0]
		line := data[1:min(len(data), row+1)]
		data = data[len(line)+1:]
		start := len(out)
		out = append(out, line...)
		now := out[start:]
		for i := range now {
			var left, corner byte
			if i >= pixel {
				left, corner = now[i-pixel], above[i-pixel]
			}
			switch kind {
			case 1:
				now[i] += left
			case 2:
				now[i] += above[i]
			case 3:
				now[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				now[i] += paeth(left, above[i], corner)
			}
		}
		copy(above, now)
	}
	return out
}

// paeth returns the neighbour that is nearest to where the three point.
func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	da, db, dc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case da <= db && da <= dc:
		return a
	case db <= dc:
		return b
	}
	return c
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
