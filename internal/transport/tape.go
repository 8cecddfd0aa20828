package transport

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/harrier-soar/harrier"
)

var errBadStatus = errors.New("the status is not one of HTTP")

// maxLine bounds one line of a recording.
const maxLine = 16 << 20

// TapeFile records exchanges as lines of JSON in a file.
type TapeFile struct {
	mu   sync.Mutex // guards file
	file *os.File
}

var _ Recorder = (*TapeFile)(nil)

// CreateTape opens a file to record to, after what is in it. Only its owner may read it.
func CreateTape(path string) (*TapeFile, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "open the recording: %w", err)
	}
	if err := endLine(file); err != nil {
		_ = file.Close()
		return nil, harrier.Errorf(harrier.Internal, "continue the recording: %w", err)
	}
	return &TapeFile{file: file}, nil
}

// endLine ends a line that a crash cut off, so that the next one stands by itself.
func endLine(file *os.File) error {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = file.Write([]byte("\n"))
	return err
}

// Record implements Recorder.
func (f *TapeFile) Record(_ context.Context, e Exchange) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err = f.file.Write(append(line, '\n'))
	return err
}

// Close makes the recording durable and closes it.
func (f *TapeFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.file.Sync(), f.file.Close())
}

// Tape is a recording in memory: the last take of each call.
type Tape struct {
	mu    sync.Mutex // guards takes
	takes map[ExchangeKey]map[int64]Exchange
}

var (
	_ Recorder  = (*Tape)(nil)
	_ Recording = (*Tape)(nil)
)

// NewTape returns an empty recording.
func NewTape() *Tape { return &Tape{takes: map[ExchangeKey]map[int64]Exchange{}} }

// Record implements Recorder. Number 0 begins a new take of its call.
func (t *Tape) Record(_ context.Context, e Exchange) error {
	t.record(e)
	return nil
}

func (t *Tape) record(e Exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := e.ExchangeKey
	at.Number = 0
	if t.takes[at] == nil || e.Number == 0 {
		t.takes[at] = map[int64]Exchange{}
	}
	t.takes[at][e.Number] = e
}

// Play implements Recording.
func (t *Tape) Play(_ context.Context, key ExchangeKey) (Exchange, bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := key
	at.Number = 0
	e, ok := t.takes[at][key.Number]
	return e, ok, nil
}

// ReadTape reads what a TapeFile wrote. A line that was cut off by a crash is
// left out; any other line that cannot be read is an Invalid error.
func ReadTape(r io.Reader) (*Tape, error) {
	tape := NewTape()
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	for n := 1; lines.Scan(); n++ {
		e, err := decodeExchange(lines.Bytes())
		if err != nil && cutOff(err) {
			continue
		}
		if err != nil {
			return nil, harrier.Errorf(harrier.Invalid, "line %d of the recording: %w", n, err)
		}
		tape.record(e)
	}
	if err := lines.Err(); err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "read the recording: %w", err)
	}
	return tape, nil
}

// cutOff reports whether a line ends too early.
func cutOff(err error) bool {
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	return ok && syntax.Error() == "unexpected end of JSON input"
}
