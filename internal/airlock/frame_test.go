package airlock

import (
	"bytes"
	"testing"
)

func FuzzRead(f *testing.F) {
	var whole bytes.Buffer
	if err := write(&whole, head{Kind: "echo", Args: []byte(`{}`)}, []byte("data")); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, '{'})
	f.Fuzz(func(t *testing.T, frame []byte) {
		h, data, err := read(bytes.NewReader(frame))
		if err == nil && h.Data != len(data) {
			t.Errorf("got %d bytes; the head promised %d", len(data), h.Data)
		}
	})
}
