package demo

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// aloneEnv tells the inner test that it runs in a network of its own.
const aloneEnv = "HARRIER_TEST_ALONE"

// Nothing leaves the machine: the story is told to its end in a network
// namespace that has nothing but the loopback interface.
func TestDemo_needsNoNetworkButLoopback(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"unshare", "ip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not there, so there is no network namespace to try it in; install util-linux and iproute2", tool)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "unshare", "--net", "ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Skipf("this machine gives no network namespace (run the tests as root for it): %v %s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "--net", "sh", "-c",
		`ip link set lo up && exec "$0" -test.run='^TestAlone$' -test.v -test.timeout=60s`, os.Args[0])
	cmd.Env = append(os.Environ(), aloneEnv+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestAlone") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAlone(t *testing.T) {
	t.Parallel()
	if os.Getenv(aloneEnv) == "" {
		t.Skip("this is run in a network namespace by TestDemo_needsNoNetworkButLoopback")
	}
	list, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if i.Flags&net.FlagUp != 0 && i.Flags&net.FlagLoopback == 0 {
			t.Fatalf("%s is up; want loopback alone", i.Name)
		}
	}
	if c, err := net.DialTimeout("tcp", "192.0.2.1:443", time.Second); err == nil {
		t.Fatalf("the world can be reached: %v", c.RemoteAddr())
	}
	act{}.play(t).whole(copies)
}
