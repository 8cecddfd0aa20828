//go:build unix

package store

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/harrier-soar/harrier"
)

const lockFile = "harrier.lock"

// dirLock is the proof that this process owns a data directory. The kernel
// drops it with the process, however that ends.
type dirLock struct{ file *os.File }

// lockDir takes the lock and leaves this process's id in it for people.
func lockDir(dir string) (*dirLock, error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "lock %s cannot be opened: %w", path, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer func() { _ = f.Close() }()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, harrier.Errorf(harrier.Conflict,
				"data directory %s is in use by process %s; stop it or choose another directory", dir, holder(path))
		}
		return nil, harrier.Errorf(harrier.Unavailable, "data directory %s cannot be locked: %w", dir, err)
	}
	_ = f.Truncate(0)
	_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return &dirLock{f}, nil
}

// holder returns the id that the owner of the lock left, for the error text.
func holder(path string) string {
	text, err := os.ReadFile(path)
	if err != nil || len(text) == 0 {
		return "(unknown)"
	}
	return strings.TrimSpace(string(text))
}

func (l *dirLock) release() { _ = l.file.Close() }
