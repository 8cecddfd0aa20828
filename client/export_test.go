package client

import "bufio"

// ReadEvent is the data of the next event of a stream.
func ReadEvent(in *bufio.Reader) ([]byte, error) {
	e, err := readEvent(in)
	return e.data, err
}
