package airlock

import "syscall"

// confine bounds what this process and those it starts may use. What cannot be
// set is left: the watch over memory and the deadline of the pool still hold.
func confine(memory int64) {
	limits := map[int]uint64{
		syscall.RLIMIT_CORE:   0,
		syscall.RLIMIT_NOFILE: 64,
		syscall.RLIMIT_FSIZE:  64 << 20,
	}
	if !instrumented {
		// The watch is the limit; this is for what grows between its looks. The
		// runtime takes memory in large pieces, which count before they are used.
		limits[syscall.RLIMIT_DATA] = uint64(max(memory, 0)) + 384<<20
	}
	for resource, value := range limits {
		_ = syscall.Setrlimit(resource, &syscall.Rlimit{Cur: value, Max: value})
	}
}
