package artefact

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// smallestCode is how many pixels the smallest QR code needs with one for each module.
const smallestCode = 21

// worth tells whether an image of this size can show a QR code and may be read.
func (in *Inspector) worth(width, height int) bool {
	const longest = 1 << 16
	return width >= smallestCode && height >= smallestCode && width < longest && height < longest && width*height <= in.o.Pixels && !in.late()
}

// Codes returns the QR codes that an image shows.
func (in *Inspector) Codes(content []byte, where string) []Code {
	in.start()
	f := &file{in: in, r: &Report{}, content: content}
	f.guarded(func() { f.codes(content, where) })
	return f.r.Codes
}

// image reads an image file.
func (f *file) image() { f.codes(f.content, "qr") }

// picture is a form in which images are stored.
type picture struct {
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// pictureOf returns how an image is stored; ok is false for what is not read.
func pictureOf(content []byte) (p picture, ok bool) {
	for _, p := range []picture{
		{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode}, {"\xff\xd8", jpeg.DecodeConfig, jpeg.Decode},
		{"GIF8", gif.DecodeConfig, gif.Decode}, {"BM", bmp.DecodeConfig, bmp.Decode}, {"RIFF", webp.DecodeConfig, webp.Decode},
	} {
		if bytes.HasPrefix(content, []byte(p.magic)) {
			return p, true
		}
	}
	return picture{}, false
}

// codes searches an image file for QR codes.
func (f *file) codes(content []byte, where string) {
	p, ok := pictureOf(content)
	if !ok {
		return
	}
	config, err := p.config(bytes.NewReader(content))
	if err != nil {
		return
	}
	cost := config.Width * config.Height
	if config.ColorModel == color.RGBA64Model || config.ColorModel == color.NRGBA64Model {
		cost *= 2 // eight bytes for each pixel
	}
	if progressive(content) {
		cost *= 2 // twelve bytes of coefficients for each pixel
	}
	if !f.in.worth(config.Width, config.Height) {
		if cost > f.in.o.Pixels {
			f.r.warn(WarnLimit, where, "an image has more pixels than the limit; it was not searched for QR codes")
		}
		return
	}
	if cost > f.in.o.Pixels || !f.in.spend(cost) {
		f.r.warn(WarnLimit, where, "an image has more pixels than the limit; it was not searched for QR codes")
		return
	}
	decoded, err := p.decode(&slowReader{in: f.in, src: content})
	if err != nil {
		f.r.warn(WarnBroken, where, "an image is broken; it was not searched for QR codes")
		return
	}
	f.found(f.in.search(decoded), where)
}

// found keeps the payloads of codes.
func (f *file) found(payloads []string, where string) {
	for _, payload := range payloads {
		known := slices.ContainsFunc(f.r.Codes, func(c Code) bool { return c.Payload == payload })
		if !known && len(f.r.Codes) < mostCodes {
			f.r.Codes = append(f.r.Codes, Code{Payload: clip(payload, 4096), Where: where})
		}
	}
}

// progressive tells whether a JPEG is sent in several scans.
func progressive(b []byte) bool {
	const within = 64 << 10
	return bytes.HasPrefix(b, []byte{0xff, 0xd8}) && bytes.Contains(b[:min(len(b), within)], []byte{0xff, 0xc2})
}

// errLate ends decoders whose time is up.
var errLate = errors.New("the time for looking into files was up")

// slowReader gives a file in small pieces, so that a decoder that spends much
// on few bytes, as one does on thousands of scans, is stopped in time.
type slowReader struct {
	in  *Inspector
	src []byte
}

// Read gives the next bytes.
func (r *slowReader) Read(b []byte) (int, error) {
	const piece = 256
	if r.in.late() {
		return 0, errLate
	}
	if len(r.src) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), piece)], r.src)
	r.src = r.src[n:]
	return n, nil
}
