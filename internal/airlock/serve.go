package airlock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"time"

	"github.com/harrier-soar/harrier"
)

// Command is the first argument of a process that is to be a helper. It is no
// word for people.
const Command = "helper-process"

// Work does one kind of job.
type Work func(ctx context.Context, job Job) (Answer, error)

// exitMemory is the exit code of a helper that needs more than it may have.
const exitMemory = 86

// Asked reports whether the arguments of this process, without its name, ask it to be a helper.
func Asked(args []string) bool { return len(args) > 0 && args[0] == Command }

// Main is all that a helper does: it takes jobs from its standard input until
// that ends. It returns the exit code. Everything that the process was given
// but its standard streams is given up before the first job.
func Main(ctx context.Context, args []string, work map[string]Work) int {
	memory, err := strconv.ParseInt(args[len(args)-1], 10, 64)
	if err != nil || len(args) != 2 {
		fmt.Fprintln(os.Stderr, "error: this command is for Harrier's own use")
		return 2
	}
	os.Clearenv()
	confine(memory)
	// Collecting more often is cheaper than being refused memory, and than holding it.
	debug.SetMemoryLimit(memory / 4)
	go watch(ctx, memory)
	if err := serve(ctx, os.Stdin, os.Stdout, work); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	return 0
}

// watch ends the process when it holds more memory than it may.
func watch(ctx context.Context, limit int64) {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(samples)
		if held := samples[0].Value.Uint64() - samples[1].Value.Uint64(); held > uint64(max(limit, 0)) {
			os.Exit(exitMemory) //nolint:forbidigo // nobody is there to hear an error: memory is what is lacking
		}
	}
}

// serve answers jobs. It returns when r ends, also in the middle of a job: then
// nobody is there to hear the answer.
func serve(ctx context.Context, r io.Reader, w io.Writer, work map[string]Work) error {
	type incoming struct {
		job Job
		err error
	}
	jobs := make(chan incoming, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		for {
			h, data, err := read(r)
			jobs <- incoming{Job{h.Kind, h.Args, data}, err}
			if err != nil {
				stop()
				return
			}
		}
	}()
	for in := range jobs {
		if errors.Is(in.err, io.EOF) {
			return nil
		}
		if in.err != nil {
			return in.err
		}
		done := make(chan outcome, 1)
		go func() { done <- perform(ctx, in.job, work) }()
		select {
		case out := <-done:
			if err := write(w, out.head, out.data); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// outcome is an answer, ready to be sent.
type outcome struct {
	head head
	data []byte
}

// perform does a job. A panic is the job's failure and not the process's: the
// bytes are hostile, and the next job has others.
func perform(ctx context.Context, job Job, work map[string]Work) (out outcome) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(os.Stderr, "panic: %v\n%s", p, debug.Stack())
			out = outcome{head: head{Fault: &fault{harrier.Invalid, "the content made its reader fail; it is kept as it is"}}}
		}
	}()
	do, ok := work[job.Kind]
	if !ok {
		return outcome{head: head{Fault: &fault{harrier.Internal, "there is no work called " + strconv.Quote(job.Kind)}}}
	}
	a, err := do(ctx, job)
	if err != nil {
		return outcome{head: head{Fault: faultOf(err)}}
	}
	return outcome{head: head{Result: a.Result}, data: a.Data}
}
