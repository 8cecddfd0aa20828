package judge_test

import (
	"syscall"
	"time"
)

// cpu is the time that this process has had on processors: on a machine that
// others use too, it tells more than a clock.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
