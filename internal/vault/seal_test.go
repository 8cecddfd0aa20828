package vault

import (
	"bytes"
	"testing"
)

// FuzzOpen proves that bytes which seal did not make never open.
func FuzzOpen(f *testing.F) {
	key, bound := bytes.Repeat([]byte{1}, keySize), bind("p", []byte("a"))
	good, err := seal(key, bound, []byte("value"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:40])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		plain, err := open(key, bound, data)
		// Seeds are sealed anew in each process of the fuzzer, so "value" is the
		// only plaintext that anybody has sealed with this key.
		if err == nil && string(plain) != "value" {
			t.Fatalf("%x opened to %q", data, plain)
		}
	})
}

func TestBind_tellsPartsApart(t *testing.T) {
	t.Parallel()
	if bytes.Equal(bind("p", []byte("ab"), []byte("c")), bind("p", []byte("a"), []byte("bc"))) {
		t.Error("two different places have one encoding")
	}
}
