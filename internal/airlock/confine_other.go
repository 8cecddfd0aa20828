//go:build !linux

package airlock

// confine does nothing where limits work in another way.
func confine(int64) {}
