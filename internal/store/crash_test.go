package store

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/harrier-soar/harrier"
)

// The test binary runs itself as the victim of kill -9 where these are set.
const (
	victimDir  = "HARRIER_STORE_VICTIM_DIR"
	victimAt   = "HARRIER_STORE_VICTIM_AT"
	victimFrom = "HARRIER_STORE_VICTIM_FROM"
	// victimCommits is how many commits a victim makes before the one it dies at.
	victimCommits = 3
)

// TestCrash_victim is no test: it is what the others kill.
func TestCrash_victim(t *testing.T) {
	t.Parallel()
	dir := os.Getenv(victimDir)
	if dir == "" {
		t.Skip("this is the victim of the crash tests; they start it themselves")
	}
	var hits atomic.Int64
	s, err := Open(t.Context(), Config{Dir: dir, Hit: func(name string) {
		if name == os.Getenv(victimAt) && hits.Add(1) > victimCommits {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	from, _ := strconv.Atoi(os.Getenv(victimFrom))
	var writers sync.WaitGroup
	var out sync.Mutex
	for w := range 8 {
		writers.Go(func() {
			for i := from; ; i++ {
				name := fmt.Sprintf("%d-%d", w, i)
				err := s.Write(t.Context(), func(tx harrier.Tx) error {
					if err := pin(s, tx, name+"-first"); err != nil {
						return err
					}
					return pin(s, tx, name+"-second")
				})
				if err != nil {
					return
				}
				out.Lock()
				_, _ = fmt.Fprintln(os.Stdout, "acked", name)
				out.Unlock()
			}
		})
	}
	writers.Wait()
}

// death says when a victim dies: at a failpoint, or after a number of
// acknowledgements. Each round of one directory writes things of its own.
type death struct {
	at           string
	after, round int
}

// crash runs a victim until it is dead and returns what it was told is durable.
func crash(t *testing.T, dir string, d death) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash_victim$", "-test.v")
	cmd.Env = append(os.Environ(), victimDir+"="+dir, victimAt+"="+d.at, victimFrom+"="+strconv.Itoa(d.round*1_000_000))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var acked []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var name string
		if n, _ := fmt.Sscanf(lines.Text(), "acked %s", &name); n == 1 {
			acked = append(acked, name)
		}
		if d.at == "" && len(acked) == d.after {
			_ = cmd.Process.Kill()
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the victim ended with %v; want it killed", err)
	}
	return acked
}

// survivors opens the directory again and checks that the database is sound,
// that what was acknowledged is there, and that no change is there by half. It
// returns how many changes there are.
func survivors(t *testing.T, dir string, acked []string) int {
	t.Helper()
	s, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, name := range acked {
		if !pinned(t, s, name+"-first") || !pinned(t, s, name+"-second") {
			t.Fatalf("change %s was acknowledged and is lost", name)
		}
	}
	var firsts, halves int
	const count = `SELECT count(*), coalesce(sum(NOT EXISTS (SELECT 1 FROM pins AS other
WHERE other.tenant_id = pins.tenant_id AND other.hash = replace(pins.hash, '-first', '-second'))), 0) FROM pins WHERE hash LIKE '%-first'`
	if _, err := s.readers.one(t.Context(), sqlf(count), &firsts, &halves); err != nil {
		t.Fatal(err)
	}
	if halves != 0 {
		t.Fatalf("%d changes are there by half", halves)
	}
	if problems, err := s.Check(t.Context()); err != nil || len(problems) > 0 {
		t.Fatalf("the database is damaged: %v, %v", problems, err)
	}
	return firsts
}

func TestCrash_beforeCommitLosesOnlyWhatNobodyWasTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acked := crash(t, dir, death{at: hitBeforeCommit})
	if len(acked) == 0 {
		t.Fatal("the victim died before its first acknowledgement")
	}
	// The batch that was about to be committed is not there: nothing beyond
	// what earlier commits held.
	if n := survivors(t, dir, acked); n < len(acked) || n > victimCommits*8 {
		t.Fatalf("%d changes are there and %d were acknowledged", n, len(acked))
	}
}

func TestCrash_afterCommitKeepsWhatNobodyWasTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acked := crash(t, dir, death{at: hitAfterCommit})
	if n := survivors(t, dir, acked); n <= len(acked) {
		t.Fatalf("%d changes are there and %d were acknowledged; want the last commit's too", n, len(acked))
	}
}

func TestCrash_atAnyMomentKeepsWhatWasAcknowledged(t *testing.T) { // DUR-01
	t.Parallel()
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	dir := t.TempDir()
	var acked []string
	for round := range rounds {
		acked = append(acked, crash(t, dir, death{after: 1 + round*97, round: round})...)
		survivors(t, dir, acked)
	}
}
