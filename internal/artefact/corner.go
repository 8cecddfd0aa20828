package artefact

import (
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing"
)

// corner is a square of a QR code's corners: black, white, black in the widths
// 1:1:3:1:1 along every line through its middle.
type corner struct {
	x, y, module float64
	hits         int
}

// mostCorners bounds the work on images that are made of corners.
const mostCorners = 300

// bitmap is a black and white image: 1 is black.
type bitmap struct {
	pixels []byte
	w, h   int
}

// bitmapOf makes a byte of each bit.
func bitmapOf(m *gozxing.BitMatrix) bitmap {
	b := bitmap{w: m.GetWidth(), h: m.GetHeight()}
	b.pixels = make([]byte, b.w*b.h)
	var row *gozxing.BitArray
	for y := range b.h {
		row = m.GetRow(y, row)
		words := row.GetBitArray()
		for x := range b.w {
			b.pixels[y*b.w+x] = byte(words[x/32] >> (x % 32) & 1)
		}
	}
	return b
}

// findCorners finds the corners in an image.
func findCorners(m *gozxing.BitMatrix) (corners []corner) {
	b := bitmapOf(m)
	step := 1
	if b.h > 800 {
		step = 2
	}
	for y := 0; y < b.h; y += step {
		row := b.pixels[y*b.w : (y+1)*b.w]
		var runs [5]int
		n, color := 0, byte(0) // the run that is counted; even ones are black
		for x := 0; x <= b.w; x++ {
			if x < b.w && row[x] == color {
				if n > 0 {
					runs[n-1]++ //nolint:gosec // n is 5 at most
				}
				continue
			}
			if n == 5 && color == 1 {
				if c, ok := b.confirm(x, y, runs); ok {
					if corners = addCorner(corners, c); len(corners) >= mostCorners {
						return corners
					}
				}
				copy(runs[:], runs[2:])
				runs[3], runs[4] = 0, 0
				n = 3
			}
			color ^= 1
			if n > 0 || color == 1 {
				n++
				runs[n-1] = 1
			}
		}
	}
	return slices.DeleteFunc(corners, func(c corner) bool { return c.hits < 2 })
}

// ratio tells whether runs are 1:1:3:1:1, and how wide one is.
func ratio(runs [5]int) (module float64, ok bool) {
	total := 0
	for _, n := range runs {
		if n == 0 {
			return 0, false
		}
		total += n
	}
	if total < 7 {
		return 0, false
	}
	module = float64(total) / 7
	near := func(n int, times float64) bool { return math.Abs(float64(n)-times*module) < times*module/2 }
	return module, near(runs[0], 1) && near(runs[1], 1) && near(runs[2], 3) && near(runs[3], 1) && near(runs[4], 1)
}

// confirm checks a corner that ends before x in a row along the column through
// its middle, then along the row through the middle of that.
func (b bitmap) confirm(x, y int, runs [5]int) (corner, bool) {
	module, ok := ratio(runs)
	if !ok {
		return corner{}, false
	}
	cx := float64(x-runs[4]-runs[3]) - float64(runs[2])/2
	cy, vertical, ok := cross(b.pixels[int(cx):], b.w, y, b.h)
	if !ok || vertical > 2*module || module > 2*vertical {
		return corner{}, false
	}
	again, horizontal, ok := cross(b.pixels[int(cy)*b.w:], 1, int(cx), b.w)
	if !ok {
		return corner{}, false
	}
	return corner{x: again, y: cy, module: (horizontal + vertical) / 2, hits: 1}, true
}

// cross measures the five runs around a place along a line of n pixels that
// are stride apart, and returns their middle and width.
func cross(line []byte, stride, at, n int) (middle, module float64, ok bool) {
	pixel := func(i int) byte { return line[i*stride] }
	var runs [5]int
	i := at
	for k := 2; k >= 0; k-- {
		for i >= 0 && pixel(i) == byte(1-k%2) {
			runs[k]++
			i--
		}
	}
	i = at + 1
	for k := 2; k < 5; k++ {
		for i < n && pixel(i) == byte(1-k%2) {
			runs[k]++
			i++
		}
	}
	module, ok = ratio(runs)
	return float64(i-runs[4]-runs[3]) - float64(runs[2])/2, module, ok
}

// addCorner adds a corner, or merges it with one that is the same.
func addCorner(list []corner, c corner) []corner {
	for i := range list {
		o := &list[i]
		if math.Abs(o.x-c.x) <= 2*o.module && math.Abs(o.y-c.y) <= 2*o.module && c.module < 2*o.module && o.module < 2*c.module {
			n := float64(o.hits)
			o.x, o.y, o.module = (o.x*n+c.x)/(n+1), (o.y*n+c.y)/(n+1), (o.module*n+c.module)/(n+1)
			o.hits++
			return list
		}
	}
	return append(list, c)
}

// triple is three corners that may be of one code: the one at the right angle
// first, then those to its right and below it.
type triple struct {
	a, b, c int
	error   float64
}

// triples lists the triples of corners that are near each other, of one size
// and at a right angle, the best first.
func triples(list []corner) (out []triple) {
	const neighbours, most = 12, 4000
	for a := range list {
		for i, b := range near(list, a, neighbours) {
			for _, c := range near(list, a, neighbours)[i+1:] {
				if t, ok := makeTriple(list, a, b, c); ok && len(out) < most {
					out = append(out, t)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(x, y triple) int {
		switch {
		case x.error < y.error:
			return -1
		case x.error > y.error:
			return 1
		}
		return 0
	})
	return out
}

// near lists the corners of about the same size that are nearest to one.
func near(list []corner, a, most int) []int {
	var out []int
	distance := func(i int) float64 { return math.Hypot(list[i].x-list[a].x, list[i].y-list[a].y) }
	for i, c := range list {
		d := distance(i) / list[a].module
		if i != a && c.module < 1.7*list[a].module && list[a].module < 1.7*c.module && d > 9 && d < 250 {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(i, j int) int {
		if di, dj := distance(i), distance(j); di != dj {
			return int(math.Copysign(1, di-dj))
		}
		return i - j
	})
	return out[:min(len(out), most)]
}

// makeTriple judges a triple whose right angle would be at a.
func makeTriple(list []corner, a, b, c int) (triple, bool) {
	bx, by := list[b].x-list[a].x, list[b].y-list[a].y
	cx, cy := list[c].x-list[a].x, list[c].y-list[a].y
	lb, lc := math.Hypot(bx, by), math.Hypot(cx, cy)
	cosine, difference := math.Abs(bx*cx+by*cy)/(lb*lc), math.Abs(lb-lc)/max(lb, lc)
	if cosine > 0.4 || difference > 0.35 {
		return triple{}, false
	}
	sizes := math.Abs(list[b].module-list[a].module)/list[a].module + math.Abs(list[c].module-list[a].module)/list[a].module
	t := triple{a, b, c, cosine + difference + sizes/2}
	if bx*cy-by*cx < 0 {
		t.b, t.c = c, b
	}
	return t, true
}
