//go:build race

package airlock

// instrumented tells that the race detector takes many times the memory.
const instrumented = true
