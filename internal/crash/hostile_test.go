package crash

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// FIL-05: a server that is given hostile mails keeps each as an alert and goes on.
func TestServe_outlivesHostileMails(t *testing.T) {
	t.Parallel()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	serve := exec.CommandContext(ctx, bin, "serve", "--data", data)
	out, err := serve.StdoutPipe()
	if err == nil {
		err = serve.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(line, "ready: ") {
		t.Fatalf("serve said %q: %v", line, err)
	}
	mails := []string{
		"Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 50_000) + "--b--\n",
		strings.Repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 5_000),
		strings.Repeat("Content-Type: message/rfc822\n\n", 5_000),
		"Content-Type: text/html\n\n" + strings.Repeat("<div>", 100_000),
	}
	for i, mail := range mails {
		name := filepath.Join(dir, fmt.Sprint(i, ".eml"))
		if err := os.WriteFile(name, []byte("From: a@evil.example\nSubject: x\n"+mail), 0o600); err != nil {
			t.Fatal(err)
		}
		if text, err := exec.CommandContext(ctx, bin, "alerts", "submit", name, "--data", data).CombinedOutput(); err != nil {
			t.Errorf("mail %d: %v\n%s", i, err, text)
		}
	}
	text, err := exec.CommandContext(ctx, bin, "alerts", "list", "--data", data, "-o", "name").CombinedOutput()
	if n := len(strings.Fields(string(text))); err != nil || n != len(mails) {
		t.Errorf("the server has %d alerts of %d mails: %v\n%.300s", n, len(mails), err, text)
	}
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := serve.Wait(); err != nil {
		t.Errorf("the server did not end well: %v", err)
	}
}
