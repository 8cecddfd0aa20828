package airlock

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// process is one helper. It belongs to one job at a time.
type process struct {
	cfg  Config
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  io.Reader
	errs *tail
	jobs int
}

// health says what may be done with a helper after a job.
type health int

// The states of a helper.
const (
	// healthy takes the next job.
	healthy health = iota
	// deaf was gone before it heard of the job.
	deaf
	// lost is ended; its job may have been the reason.
	lost
)

// start starts a helper.
func start(cfg Config) (*process, error) {
	h := &process{cfg: cfg, errs: &tail{}}
	h.cmd = exec.Command(cfg.Program, Command, strconv.FormatInt(cfg.Memory, 10)) //nolint:gosec,noctx // our own program; it outlives the job that starts it
	h.cmd.Env, h.cmd.Dir, h.cmd.Stderr = []string{}, "/", h.errs
	var err error
	if h.in, err = h.cmd.StdinPipe(); err == nil {
		h.out, err = h.cmd.StdoutPipe()
	}
	if err == nil {
		err = h.cmd.Start()
	}
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "start a helper: %w", err)
	}
	return h, nil
}

// do has the helper do a job. A helper that is not healthy afterwards has ended.
func (h *process) do(ctx context.Context, job Job) (Answer, health, error) {
	h.jobs++
	limited, cancel := context.WithTimeoutCause(ctx, h.cfg.Time, errTime)
	defer cancel()
	killed := make(chan struct{})
	stop := context.AfterFunc(limited, func() { h.kill(); close(killed) })
	sent := write(h.in, head{Kind: job.Kind, Args: job.Args}, job.Data)
	answer, data, err := read(h.out)
	if !stop() {
		<-killed
	}
	switch {
	case limited.Err() != nil:
		h.end()
		return Answer{}, lost, h.interrupted(ctx)
	case err != nil && sent != nil && h.jobs > 1:
		h.end()
		return Answer{}, deaf, harrier.Errorf(harrier.Unavailable, "a helper had ended: %w", sent)
	case err != nil:
		return Answer{}, lost, h.crashed(err)
	case answer.Fault != nil:
		return Answer{}, healthy, answer.Fault.err()
	}
	return Answer{Result: answer.Result, Data: data}, healthy, nil
}

// errTime is why a job ends that takes too long.
var errTime = errors.New("the helper's time is over")

// interrupted says why a job was broken off.
func (h *process) interrupted(ctx context.Context) error {
	if ctx.Err() != nil {
		return harrier.Errorf(harrier.Unavailable, "the reading was broken off: %w", context.Cause(ctx))
	}
	return harrier.Errorf(harrier.Invalid, "the content could not be read in %s; it is kept as it is, and a person should look at it", h.cfg.Time)
}

// crashed waits for a helper that has closed its output and says how it ended.
func (h *process) crashed(read error) error {
	code := h.end()
	if code == exitMemory {
		return harrier.Errorf(harrier.Invalid, "the content needs more than %d MiB to be read; it is kept as it is, and a person should look at it", h.cfg.Memory>>20)
	}
	return harrier.Errorf(harrier.Invalid, "the content made its reader crash (exit code %d, %w); it is kept as it is, and a person should look at it", code, read)
}

// end lets the helper end, kills it where it does not, and returns its exit code.
func (h *process) end() int {
	_ = h.in.Close() // it may be gone already
	timer := time.AfterFunc(time.Second, h.kill)
	defer timer.Stop()
	_ = h.cmd.Wait() // the exit code says it
	return h.cmd.ProcessState.ExitCode()
}

func (h *process) kill() { _ = h.cmd.Process.Kill() } // it may be gone already

// said is the end of what the helper wrote to its standard error.
func (h *process) said() string { return h.errs.String() }

// tail keeps the last bytes that were written to it.
type tail struct {
	mu   sync.Mutex // guards text
	text []byte
}

// maxTail is how much a tail keeps, in bytes.
const maxTail = 4 << 10

// Write implements [io.Writer].
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - maxTail; over > 0 {
		t.text = append([]byte(nil), t.text[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
