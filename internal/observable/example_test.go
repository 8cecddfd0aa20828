package observable_test

import (
	"fmt"

	"github.com/harrier-soar/harrier/internal/observable"
)

func Example() {
	found, _ := observable.Extract("Beacon to hxxps://evil[.]example[.]com/a (CVE 2024-3400)", observable.Options{})
	for _, f := range found {
		fmt.Println(f.Type, f.Value, f.Defanged)
	}
	final, layers := observable.Unwrap("https://www.google.com/url?q=https://evil.example.com/a")
	fmt.Println(final, layers[0].Service)
	// Output:
	// url https://evil.example.com/a true
	// domain evil.example.com true
	// cve CVE-2024-3400 false
	// https://evil.example.com/a Google
}
