//go:build profile

package main

import (
	"fmt"
	"os"
	"runtime/pprof"
)

// profiled writes where the processor's time goes to the file that
// HARRIER_CPUPROFILE names, until stop is called. `make profile` has the compiler
// optimise later builds by it.
func profiled() (stop func()) {
	name := os.Getenv("HARRIER_CPUPROFILE")
	if name == "" || len(os.Args) < 2 || os.Args[1] != "serve" {
		return func() {}
	}
	f, err := os.Create(name)
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error: profile:", err)
		os.Exit(2)
	}
	return func() {
		pprof.StopCPUProfile()
		if err := f.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "error: profile:", err)
		}
	}
}
