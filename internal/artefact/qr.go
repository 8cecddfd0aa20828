package artefact

import (
	"image"
	"image/color"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// The sides, in pixels, to which images are scaled before they are searched:
// first so that small codes on a page keep their modules, then so that the
// noise of photographs goes away.
const (
	largeSide, smallSide = 1600, 600
	enlargeBelow         = 200
)

// search returns the payloads of the QR codes in an image.
func (in *Inspector) search(img image.Image) []string {
	if img == nil || img.Bounds().Empty() {
		return nil
	}
	if g, ok := img.(*image.Gray); ok && g == nil {
		return nil
	}
	g := shrink(img, largeSide)
	found := in.searchGray(g)
	if len(found) > 0 || in.late() {
		return found
	}
	side := max(g.Rect.Dx(), g.Rect.Dy())
	switch {
	case side > smallSide:
		return in.searchGray(shrink(g, smallSide))
	case side < enlargeBelow:
		return in.searchGray(enlarge(g))
	}
	return nil
}

// searchGray searches at one scale, dark codes on light ground and light ones on dark.
func (in *Inspector) searchGray(g *image.Gray) (found []string) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, w, h, 0, 0, w, h, false)
	if err != nil {
		return nil
	}
	m, err := gozxing.NewHybridBinarizer(source).GetBlackMatrix()
	if err != nil {
		return nil
	}
	for range 2 {
		found = append(found, in.searchMatrix(m)...)
		if len(found) > 0 || in.late() {
			break
		}
		m.FlipAll()
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// searchMatrix decodes the codes in a black and white image: corners first, then
// triples of corners that may be of one code, the likeliest first.
func (in *Inspector) searchMatrix(m *gozxing.BitMatrix) (found []string) {
	corners := findCorners(m)
	used := map[int]bool{}
	const mostTries = 60
	tries := 0
	for _, t := range triples(corners) {
		if used[t.a] || used[t.b] || used[t.c] {
			continue
		}
		if tries++; tries > mostTries || in.late() {
			break
		}
		if text, ok := decodeAt(m, corners[t.a], corners[t.b], corners[t.c]); ok {
			used[t.a], used[t.b], used[t.c] = true, true, true
			found = append(found, text)
		}
	}
	return found
}

// decodeAt decodes the code whose corners are known.
func decodeAt(m *gozxing.BitMatrix, topLeft, topRight, bottomLeft corner) (string, bool) {
	pattern := func(c corner) *detector.FinderPattern { return detector.NewFinderPattern1(c.x, c.y, c.module) }
	found, err := detector.NewDetector(m).ProcessFinderPatternInfo(
		detector.NewFinderPatternInfo(pattern(bottomLeft), pattern(topLeft), pattern(topRight)))
	if err != nil {
		return "", false
	}
	result, err := decoder.NewDecoder().DecodeWithoutHint(found.GetBits())
	if err != nil || result.GetText() == "" {
		return "", false
	}
	return result.GetText(), true
}

// shrink makes an image grey and no larger than a side, by means of all pixels
// that fall into one.
func shrink(img image.Image, side int) *image.Gray {
	bounds := img.Bounds()
	w, h := bounds.Dx(), bounds.Dy()
	factor := (max(w, h) + side - 1) / side
	if g, ok := img.(*image.Gray); ok && factor <= 1 && g.Stride == w && bounds.Min == (image.Point{}) {
		return g
	}
	factor = max(factor, 1)
	out := image.NewGray(image.Rect(0, 0, max(w/factor, 1), max(h/factor, 1)))
	luma := lumaOf(img)
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			sum := 0
			for dy := range min(factor, h) {
				for dx := range min(factor, w) {
					sum += luma(bounds.Min.X+x*factor+dx, bounds.Min.Y+y*factor+dy)
				}
			}
			out.Pix[y*out.Stride+x] = byte(sum / (min(factor, h) * min(factor, w)))
		}
	}
	return out
}

// lumaOf returns the brightness of a pixel; what can be seen through is white,
// as it is in a mail.
func lumaOf(img image.Image) func(x, y int) int {
	switch img := img.(type) {
	case *image.Gray:
		return func(x, y int) int { return int(img.Pix[img.PixOffset(x, y)]) }
	case *image.YCbCr:
		return func(x, y int) int { return int(img.Y[img.YOffset(x, y)]) }
	case *image.NRGBA:
		return func(x, y int) int {
			p := img.Pix[img.PixOffset(x, y):]
			return mix((299*int(p[0])+587*int(p[1])+114*int(p[2]))/1000, int(p[3]))
		}
	case *image.RGBA:
		return func(x, y int) int {
			p := img.Pix[img.PixOffset(x, y):]
			return (299*int(p[0])+587*int(p[1])+114*int(p[2]))/1000 + 255 - int(p[3])
		}
	case *image.Paletted:
		var table [256]int
		for i, c := range img.Palette[:min(len(img.Palette), 256)] {
			table[i] = lumaColor(c)
		}
		return func(x, y int) int { return table[img.Pix[img.PixOffset(x, y)]] }
	}
	return func(x, y int) int { return lumaColor(img.At(x, y)) }
}

// lumaColor returns the brightness of a colour on white.
func lumaColor(c color.Color) int {
	r, g, b, a := c.RGBA()
	return min(255, int((299*r+587*g+114*b)/1000+0xffff-a)>>8)
}

// mix puts a brightness on white.
func mix(luma, alpha int) int { return (luma*alpha + 255*(255-alpha)) / 255 }

// enlarge makes three pixels of one, with a white border: codes in tiny images
// often lack the margin that they need.
func enlarge(g *image.Gray) *image.Gray {
	const times, border = 3, 12
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w*times+2*border, h*times+2*border))
	for i := range out.Pix {
		out.Pix[i] = 255
	}
	for y := range h * times {
		for x := range w * times {
			out.Pix[(y+border)*out.Stride+x+border] = g.Pix[y/times*g.Stride+x/times]
		}
	}
	return out
}
