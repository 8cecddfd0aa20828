// Write writes the generated files of package client again; go generate calls it
// in that package's folder.
package main

import (
	"fmt"
	"os"

	"github.com/harrier-soar/harrier/internal/clientgen"
)

func main() {
	if err := clientgen.Write(".."); err != nil {
		fmt.Fprintln(os.Stderr, "clientgen:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}
