// Judge reads benchmark results from its input and prints the claims beside
// the figures; see package bench.
package main

import (
	"fmt"
	"os"

	"github.com/harrier-soar/harrier/bench"
)

func main() {
	if err := bench.Judge(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}
