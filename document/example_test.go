package document_test

import (
	"fmt"

	"github.com/harrier-soar/harrier/document"
)

func Example() {
	source := []byte("id: judge\nif: !inputs.contain\n")
	_, problems := document.Parse("p.playbook.yaml", source)
	fmt.Println(problems)
	// Output:
	// p.playbook.yaml:2:5: error: YAML reads a value that begins with ! as a tag [tag]
	//   if: !inputs.contain
	//       ^^^^^^^^^^^^^^^
	//   fix: write "!inputs.contain" or not inputs.contain
}
