package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/harrier-soar/harrier"
)

// maxEvent bounds one event of a stream, in bytes.
const maxEvent = 16 << 20

// event is one event of a stream as it came.
type event struct {
	id, name string
	data     []byte
}

// take keeps the body of an answer.
func take(into *io.ReadCloser) func(*http.Response) error {
	return func(resp *http.Response) error { *into = resp.Body; return nil }
}

// readEvent reads the next event that has data or a name. One that is cut off is none.
func readEvent(in *bufio.Reader) (event, error) {
	e := event{}
	size, some := 0, false
	for {
		line, err := readLine(in, maxEvent-size)
		if err != nil {
			return event{}, err
		}
		size += len(line)
		if len(line) == 0 {
			if some {
				return e, nil
			}
			e, size = event{}, 0
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "id":
			e.id = string(value)
		case "event":
			e.name, some = string(value), true
		case "data":
			if e.data != nil {
				e.data = append(e.data, '\n')
			}
			e.data, some = append(e.data, value...), true
		}
	}
}

// readLine reads a line without its end, up to a bound.
func readLine(in *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > most {
			return nil, harrier.Errorf(harrier.Limited, "an event of the stream is larger than %d bytes", maxEvent)
		}
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return nil, &lost{harrier.Errorf(harrier.Unavailable, "the stream broke: %w", err)}
		}
		return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), nil
	}
}
