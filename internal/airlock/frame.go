package airlock

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"

	"github.com/harrier-soar/harrier"
)

// Job is one piece of work.
type Job struct {
	// Kind names the [Work] that does it.
	Kind string
	// Args say how, in JSON.
	Args json.RawMessage
	// Data are the hostile bytes.
	Data []byte
}

// Answer is what came of a job.
type Answer struct {
	Result json.RawMessage
	Data   []byte
}

// maxFrame bounds what either side takes at once, in bytes.
const maxFrame = 256 << 20

// head is the first part of a frame; the data follow it.
type head struct {
	Kind   string          `json:"kind,omitempty"`
	Args   json.RawMessage `json:"args,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Fault  *fault          `json:"fault,omitempty"`
	Data   int             `json:"data"`
}

// fault is an error on its way to another process.
type fault struct {
	Kind harrier.Kind `json:"kind"`
	Text string       `json:"text"`
}

// faultOf keeps of an error what the other side acts on and shows.
func faultOf(err error) *fault { return &fault{harrier.KindOf(err), err.Error()} }

// err is the fault as an error.
func (f *fault) err() error { return harrier.Errorf(f.Kind, "%s", f.Text) }

// write sends a frame: the length of the head, the head as JSON, the data.
func write(w io.Writer, h head, data []byte) error {
	h.Data = len(data)
	text, err := json.Marshal(h)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode a frame: %w", err)
	}
	buf := bufio.NewWriterSize(w, 64<<10)
	var size [4]byte
	binary.BigEndian.PutUint32(size[:], uint32(len(text)))
	for _, part := range [][]byte{size[:], text, data} {
		if _, err := buf.Write(part); err != nil {
			return err
		}
	}
	return buf.Flush()
}

// read takes a frame. It is io.EOF where the other side has closed between frames.
func read(r io.Reader) (head, []byte, error) {
	var h head
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return h, nil, err
	}
	text, err := take(r, int64(binary.BigEndian.Uint32(size[:])))
	if err != nil {
		return h, nil, err
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, nil, harrier.Errorf(harrier.Internal, "decode a frame: %w", err)
	}
	data, err := take(r, int64(h.Data))
	return h, data, err
}

// take reads n bytes. Memory grows with what comes, not with what is promised.
func take(r io.Reader, n int64) ([]byte, error) {
	if n < 0 || n > maxFrame {
		return nil, harrier.Errorf(harrier.Internal, "a frame of %d bytes is larger than %d", n, int64(maxFrame))
	}
	data, err := io.ReadAll(io.LimitReader(r, n))
	if err == nil && int64(len(data)) < n {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}
