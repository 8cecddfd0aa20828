package intake_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/harrier-soar/harrier"
)

// Whichever rules tell of a host, its alerts come in the order in which they
// were taken.
func TestPipeline_keepsTheOrderOfWhatIsAboutOneThing(t *testing.T) { // G14
	t.Parallel()
	r := flow(t)
	var all []harrier.Finding
	for i := range 300 {
		f := finding(fmt.Sprintf("%03d", i), fmt.Sprint("ws-", i%3), "medium")
		f.Rule.ID = fmt.Sprint("r", i)
		all = append(all, f)
	}
	r.send(all...)
	r.still()
	last := map[string]harrier.Alert{}
	for _, a := range r.alerts() { // the oldest first
		var f harrier.Finding
		if err := json.Unmarshal(a.Finding, &f); err != nil {
			t.Fatal(err)
		}
		host := f.Entities[0].Key
		if before := last[host]; before.ExternalID > a.ExternalID {
			t.Errorf("%s of %s came after %s", a.ExternalID, host, before.ExternalID)
		}
		last[host] = a
	}
	if len(last) != 3 {
		t.Errorf("alerts of %d hosts", len(last))
	}
}
