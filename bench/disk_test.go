package bench

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// dataDir makes a directory that is removed at the end.
func dataDir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp(".", "data-") //nolint:usetesting // the temporary directory is often in memory, where fsync costs nothing
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			tb.Error(err)
		}
	})
	return dir
}

// processorTime is how much of the processors this process has used.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// filesystem names what the benchmark writes to.
func filesystem(tb testing.TB) string {
	tb.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(".", &fs); err != nil {
		tb.Fatal(err)
	}
	switch fs.Type {
	case 0xef53:
		return "ext4"
	case 0x58465342:
		return "xfs"
	case 0x9123683e:
		return "btrfs"
	case 0x01021994:
		return "tmpfs"
	case 0x794c7630:
		return "overlayfs"
	}
	return "0x" + strconv.FormatInt(fs.Type, 16)
}
