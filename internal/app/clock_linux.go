package app

import "syscall"

// clockState asks the kernel whether somebody keeps the clock right.
func clockState() string {
	const unsynchronized = 0x40 // STA_UNSYNC
	var t syscall.Timex
	if _, err := syscall.Adjtimex(&t); err != nil {
		return "unknown"
	}
	if t.Status&unsynchronized != 0 {
		return "unsynchronized"
	}
	return "synchronized"
}
