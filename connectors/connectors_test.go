package connectors_test

import (
	"testing"

	"github.com/harrier-soar/harrier/connector/rest"
	"github.com/harrier-soar/harrier/connectors"
)

func TestConnectors_allLoadWithoutProblems(t *testing.T) {
	t.Parallel()
	found, problems := rest.LoadFS(connectors.FS)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	names := map[string]bool{}
	for _, c := range found {
		names[c.Manifest().Name] = true
	}
	for _, want := range []string{"msgraph", "virustotal", "opnsense", "slack", "urlhaus", "threatfox", "abuseipdb", "entra", "urlscan", "cape", "gmail"} {
		if !names[want] {
			t.Errorf("%s is not embedded; got %v", want, names)
		}
	}
}
