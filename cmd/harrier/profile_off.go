//go:build !profile

package main

// profiled is for builds with the tag profile; see profile_on.go.
func profiled() (stop func()) { return func() {} }
