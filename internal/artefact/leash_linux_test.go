package artefact

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// drawingEnv tells the inner test which program it starts.
const drawingEnv = "HARRIER_TEST_DRAWING"

// A helper that is killed while it has a PDF drawn takes the program that draws with it.
func TestDrawPages_endsWithItsHelper(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program, noted := filepath.Join(dir, "draws"), filepath.Join(dir, "pid")
	script := "#!/bin/sh\necho $$ >" + noted + ".new && /bin/mv " + noted + ".new " + noted + "\nexec /bin/sleep 60\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	helper := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDrawing$")
	helper.Env = append(os.Environ(), drawingEnv+"="+program)
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	var pid string
	poll(t, "the program has not begun", func() bool {
		text, err := os.ReadFile(noted)
		pid = string(bytes.TrimSpace(text))
		return err == nil
	})
	if !alive(pid) {
		t.Fatalf("process %s has ended before its helper", pid)
	}
	if err := helper.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = helper.Wait() // it was killed
	poll(t, "the program goes on without its helper", func() bool { return !alive(pid) })
}

// TestDrawing is the helper: it draws until it is killed.
func TestDrawing(t *testing.T) {
	t.Parallel()
	program := os.Getenv(drawingEnv)
	if program == "" {
		t.Skip("this is run by TestDrawPages_endsWithItsHelper")
	}
	if _, err := drawPages(program, nil, 1, time.Minute); err != nil {
		t.Fatal(err)
	}
}

// alive reports whether a process runs. One that nobody has waited for yet does not.
func alive(pid string) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	_, state, _ := bytes.Cut(stat, []byte(") "))
	return err == nil && !bytes.HasPrefix(state, []byte("Z"))
}

// poll waits until something is so.
func poll(t *testing.T, otherwise string, so func() bool) {
	t.Helper()
	tick, late := time.NewTicker(5*time.Millisecond), time.After(10*time.Second)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal(otherwise)
		}
	}
}
