package artefact

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// mostDrawn is how many PDFs one inspector draws.
const mostDrawn = 5

// draw lets pdftoppm draw the first pages, where the machine has it, and
// searches what a reader sees: codes that are drawn line by line, or put
// together from pieces, are no images in the file.
func (p *pdfFile) draw() {
	in := p.f.in
	if in.o.Pages <= 0 || in.drawn >= mostDrawn || in.late() {
		return
	}
	program := drawer()
	if program == "" {
		return
	}
	in.drawn++
	left := min(in.end.Sub(in.o.Now()), time.Second)
	out, err := drawPages(program, p.f.content, in.o.Pages, left)
	if err != nil {
		p.f.r.warn(WarnUnread, "", "pdftoppm could not draw the pages; codes that are not images were not searched for")
	}
	r := bufio.NewReader(bytes.NewReader(out))
	for page := 1; page <= in.o.Pages; page++ {
		g, err := readPGM(r)
		if err != nil {
			return
		}
		p.f.found(in.search(g), fmt.Sprintf("qr page %d", page))
	}
}

// drawer returns where pdftoppm is; "" where it is not. A helper process may have
// no search path.
func drawer() string {
	for _, name := range []string{"pdftoppm", "/usr/bin/pdftoppm", "/usr/local/bin/pdftoppm"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	return ""
}

// drawPages runs pdftoppm on a PDF. It reads its input and writes its output,
// may take some memory and time, and knows nothing of our environment but a
// folder of its own, into which it puts the fonts of the PDF. It ends with this
// process, however that ends.
func drawPages(program string, content []byte, pages int, left time.Duration) ([]byte, error) {
	const (
		side    = "1200"
		largest = 8 << 20
		limits  = `ulimit -v 524288; ulimit -t 4; ulimit -f 16384; ulimit -c 0; exec "$@"`
	)
	dir, err := os.MkdirTemp("", "harrier-pdf-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left there is of no use and goes with the machine's temporary files
	//nolint:gosec,noctx // the arguments are constants but for a number and what LookPath found, and the timer ends the process
	c := exec.Command("/bin/sh", "-c", limits, "sh", program, "-q", "-gray", "-scale-to", side, "-f", "1", "-l", fmt.Sprint(pages), "-")
	c.Stdin, c.Env, c.Dir, c.SysProcAttr = bytes.NewReader(content), []string{"TMPDIR=" + dir}, dir, leash()
	runtime.LockOSThread() // the leash holds as long as the thread
	defer runtime.UnlockOSThread()
	pipe, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	timer := time.AfterFunc(left, func() { _ = c.Process.Kill() })
	defer timer.Stop()
	out, err := io.ReadAll(io.LimitReader(pipe, largest))
	if len(out) == largest {
		_ = c.Process.Kill()
	}
	return out, errors.Join(err, c.Wait())
}

// readPGM reads an image in the form that pdftoppm writes.
func readPGM(r *bufio.Reader) (*image.Gray, error) {
	var width, height, top int
	if _, err := fmt.Fscanf(r, "P5\n%d %d\n%d\n", &width, &height, &top); err != nil {
		return nil, err
	}
	const longest = 4096
	if width < 1 || height < 1 || width > longest || height > longest || top != 255 {
		return nil, errors.New("not a picture of a page")
	}
	g := image.NewGray(image.Rect(0, 0, width, height))
	_, err := io.ReadFull(r, g.Pix)
	return g, err
}
