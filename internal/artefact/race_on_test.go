//go:build race

package artefact

// instrumented tells that the race detector takes many times the memory and the time.
const instrumented = true
