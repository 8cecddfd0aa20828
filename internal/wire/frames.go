package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/harrier-soar/harrier"
)

// Framing is how messages in a stream are told apart (RFC 6587, RFC 5425).
type Framing string

// The framings. The empty one takes each frame for what it begins with: a
// length and "<" for octet counting, else it ends at a line feed or NUL.
const (
	AnyFraming Framing = ""
	Octets     Framing = "octets"
	Lines      Framing = "lines"
	NUL        Framing = "nul"
)

// Frame is one message of a stream.
type Frame struct {
	Body []byte
	// Cut is how many bytes were left out because the message was longer than allowed.
	Cut int64
}

// Frames reads messages from a stream. It is not safe for several goroutines.
type Frames struct {
	r       *bufio.Reader
	max     int
	framing Framing
	begun   bool
}

// Limits of frames.
const (
	minFrame = 480     // what RFC 5424 §6.1 asks every receiver to take
	maxCount = 1 << 26 // a longer message is a lie or a mistake in framing
)

// NewFrames reads from r messages of at most a number of bytes; longer ones are cut.
func NewFrames(r io.Reader, most int, framing Framing) *Frames {
	return &Frames{r: bufio.NewReaderSize(r, 16<<10), max: max(most, minFrame), framing: framing}
}

// Next waits for the next message and returns it. At the end of the stream, a
// last message without an end is one too; then it is io.EOF. An error of kind
// Invalid means that the stream cannot be followed any more.
func (f *Frames) Next() (Frame, error) {
	for {
		f.begun = false
		n, counted, err := f.count()
		f.begun = true
		if err != nil {
			return Frame{}, err
		}
		var frame Frame
		if counted {
			frame, err = f.take(n)
		} else {
			frame, err = f.until()
		}
		if err != nil || len(bytes.TrimRight(frame.Body, "\r\n\x00 ")) > 0 {
			return frame, err
		}
	}
}

// Buffered tells whether the beginning of another message is here already, so
// that one may be taken without much waiting.
func (f *Frames) Buffered() bool {
	ahead, _ := f.r.Peek(f.r.Buffered())
	if len(ahead) == 0 {
		return false
	}
	if n, length, ok := counts(ahead); ok && f.framing != Lines && f.framing != NUL {
		return len(ahead) >= n+length
	}
	return f.ending(ahead) >= 0
}

// Begun tells whether a part of a message was read: it should go on soon.
func (f *Frames) Begun() bool { return f.begun }

// count reads the length before a message. counted is false where there is
// none, and then nothing was read.
func (f *Frames) count() (n int, counted bool, err error) {
	for {
		b, err := f.r.ReadByte()
		if err != nil {
			return 0, false, err
		}
		if b != '\n' && b != '\r' && b != 0 {
			if err := f.r.UnreadByte(); err != nil {
				return 0, false, err
			}
			break
		}
	}
	f.begun = true
	if f.framing == Lines || f.framing == NUL {
		return 0, false, nil
	}
	ahead, err := f.peekCount()
	if err != nil {
		return 0, false, err
	}
	length, n, ok := counts(ahead)
	strict := f.framing == Octets
	switch {
	case ok && (strict || f.framedByCount(length)):
	case strict:
		return 0, false, harrier.Errorf(harrier.Invalid, "octet counting is declared, and a message begins %q without its length; set framing to lines or leave it out", begin(string(ahead)))
	default:
		return 0, false, nil
	}
	if n > maxCount {
		return 0, false, harrier.Errorf(harrier.Invalid, "a message claims to be %d bytes long; the most that is followed is %d", n, maxCount)
	}
	_, err = f.r.Discard(length)
	return n, true, err
}

// peekCount waits for as many bytes as tell whether a length stands there.
func (f *Frames) peekCount() ([]byte, error) {
	const most = 10
	for i := 1; ; i++ {
		ahead, err := f.r.Peek(i)
		switch {
		case err == nil && i < most && digit(ahead[i-1]):
		case err != nil && (len(ahead) == 0 || !errors.Is(err, io.EOF)):
			return ahead, err
		default: // at the end of the stream, what is there must do
			return ahead, nil
		}
	}
}

// framedByCount tells whether what follows a length is a message: it begins
// with its priority. Lines that begin with a number are not counted frames.
func (f *Frames) framedByCount(length int) bool {
	ahead, _ := f.r.Peek(length + 1)
	return len(ahead) > length && ahead[length] == '<'
}

// counts reads "123 ": how long that is, and the number.
func counts(s []byte) (length, n int, ok bool) {
	i := 0
	for i < len(s) && i < 9 && digit(s[i]) {
		i++
	}
	if i == 0 || i >= len(s) || s[i] != ' ' || s[0] == '0' {
		return 0, 0, false
	}
	n, err := strconv.Atoi(string(s[:i]))
	return i + 1, n, err == nil
}

// take reads n bytes, and keeps as many as are allowed.
func (f *Frames) take(n int) (Frame, error) {
	body := make([]byte, min(n, f.max))
	got, err := io.ReadFull(f.r, body)
	if err != nil {
		return f.torn(body[:got], err)
	}
	frame := Frame{Body: body, Cut: int64(n - len(body))}
	if frame.Cut > 0 {
		if _, err := io.CopyN(io.Discard, f.r, frame.Cut); err != nil {
			return f.torn(body, err)
		}
	}
	return frame, nil
}

// torn ends with a stream that broke off within a message: what came of it is
// a message at the end of the stream, and nothing where the reader was stopped.
func (f *Frames) torn(body []byte, err error) (Frame, error) {
	if len(body) > 0 && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return Frame{Body: body}, nil
	}
	return Frame{Body: body}, err
}

// until reads up to the end of a line or a NUL, whichever the framing allows.
func (f *Frames) until() (Frame, error) {
	var frame Frame
	for {
		if _, err := f.r.Peek(1); err != nil {
			if len(frame.Body) > 0 && errors.Is(err, io.EOF) {
				return frame, nil
			}
			return frame, err
		}
		piece, _ := f.r.Peek(f.r.Buffered())
		at := f.ending(piece)
		if at >= 0 {
			piece = piece[:at]
		}
		keep := min(max(f.max-len(frame.Body), 0), len(piece))
		frame.Body = append(frame.Body, piece[:keep]...)
		frame.Cut += int64(len(piece) - keep)
		if _, err := f.r.Discard(len(piece)); err != nil {
			return frame, err
		}
		if at >= 0 {
			_, err := f.r.Discard(1)
			return frame, err
		}
	}
}

// ending finds where a message ends.
func (f *Frames) ending(s []byte) int {
	switch f.framing {
	case NUL:
		return bytes.IndexByte(s, 0)
	case Lines:
		return bytes.IndexByte(s, '\n')
	case AnyFraming, Octets:
	}
	at := bytes.IndexByte(s, '\n')
	if at >= 0 {
		s = s[:at]
	}
	if nul := bytes.IndexByte(s, 0); nul >= 0 {
		return nul
	}
	return at
}
