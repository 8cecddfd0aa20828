//go:build !linux

package app

// clockState cannot be asked for here.
func clockState() string { return "unknown" }
