package imaptest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// freePorts returns addresses on which nothing listened a moment ago. They are
// none that the system gives out by itself, to whoever asks in the meantime.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var out []string
	for range 1000 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(22000))) //nolint:noctx // chance is all that is asked of it
		if err != nil {
			continue
		}
		defer func() { _ = l.Close() }()
		if out = append(out, l.Addr().String()); len(out) == n {
			return out
		}
	}
	t.Fatal("there are no free ports")
	return nil
}
