package bench

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// binary is what make build made.
const binary = "../bin/harrier"

// BenchmarkServe measures how long the server takes until it is ready, on a
// fresh data directory, and what it holds when it then idles.
func BenchmarkServe(b *testing.B) {
	path, err := filepath.Abs(binary)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		b.Skipf("there is no %s; run make build first", binary)
	}
	var ready time.Duration
	var resident float64
	for b.Loop() {
		took, mb := serve(b, path)
		ready, resident = ready+took, max(resident, mb)
	}
	b.ReportMetric(ready.Seconds()*1e3/float64(b.N), "ms")
	b.ReportMetric(resident, "MB")
	b.ReportMetric(0, "ns/op")
}

// serve starts a server, waits until it is ready and idle, and stops it.
func serve(b *testing.B, path string) (ready time.Duration, resident float64) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), path, "serve", "--data", dataDir(b))
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	ready = time.Since(begin)
	if err != nil || !strings.HasPrefix(line, "ready: ") {
		b.Fatalf("serve said %q: %v", line, err)
	}
	wait(b, time.Second)
	resident = residentMB(b, strconv.Itoa(cmd.Process.Pid))
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	return ready, resident
}
