package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
)

// AZ-07: what somebody may not see is not there, by whatever route it is asked
// for, and whatever is asked of it.
func TestSight_isAskedOfEveryRouteAboutOneThing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	asked := 0
	for pattern, one := range samples(t, s) {
		noun := strings.Split(pattern, "/")[2]
		id := hidden(noun)
		if id == "" || !strings.Contains(pattern, "{id}") {
			continue
		}
		asked++
		parts := strings.Split(one.path, "/")
		parts[3] = id
		one.path = strings.Join(parts, "/")
		if rec := send(s, as(harrier.Operator()), one); rec.Code != http.StatusNotFound {
			t.Errorf("%s answers %d about what is hidden: %s", pattern, rec.Code, rec.Body)
		}
	}
	if got := w.changed(); asked < 12 || len(got) > 0 {
		t.Errorf("%d routes were asked, and %v changed", asked, got)
	}
}
