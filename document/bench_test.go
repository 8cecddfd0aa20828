package document

import (
	"strings"
	"testing"
)

// playbookText is about as long as a large playbook.
func playbookText() []byte {
	var b strings.Builder
	b.WriteString("harrier: 1 # version\nplaybook: bench\nsteps:\n")
	for range 100 {
		b.WriteString("  # look it up\n  - id: intel\n    for_each: steps.mail.output.observables\n    with:\n      type: ${{ o.type }}\n      value: ${{ o.value }}\n    on_error: continue\n\n")
	}
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	source := playbookText()
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := Parse("x.yaml", source); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

func BenchmarkFormat(b *testing.B) {
	source := playbookText()
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		if _, problems := Format("x.yaml", source, FormatRules{}); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}
