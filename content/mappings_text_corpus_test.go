package content_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/wire"
)

// Text of third parties, which is syslog, CEF, LEEF, key=value and columns, is
// read as what it is: hardly any of it is left as text, and what is read has a
// time and becomes findings, or is no alert.
func TestMappings_readTheTextOfThirdParties(t *testing.T) {
	t.Parallel()
	set := mappings(t)
	received := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	formats := map[wire.Format][4]int{} // messages, with a time, with findings, refused
	messages, understood := 0, 0
	for _, s := range specimens(t) {
		text := bytes.TrimSpace(s.body)
		if len(text) == 0 || text[0] == '{' || text[0] == '[' && !bytes.Contains(text, []byte("ModSecurity")) || bytes.ContainsRune(text, '\n') {
			continue // JSON, or a file of another kind
		}
		record, err := wire.Parse(text, wire.Options{Received: received})
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		about, _ := record["wire"].(map[string]any)
		name, _ := about["format"].(string)
		sum := formats[wire.Format(name)]
		sum[0]++
		if about["time"] != nil {
			sum[1]++
		}
		found, err := set.Map(t.Context(), harrier.Source{}, harrier.RawEvent{Body: text, Content: "application/x-syslog", Received: received})
		messages++
		switch {
		case err != nil:
			sum[3]++
		case len(found) > 0:
			sum[2]++
			understood++
		default:
			understood++
		}
		formats[wire.Format(name)] = sum
	}
	for _, f := range slices.Sorted(maps.Keys(formats)) {
		sum := formats[f]
		t.Logf("%-12s %4d messages: %4d with a time, %4d became findings, %4d are no alert, %4d refused", f, sum[0], sum[1], sum[2], sum[0]-sum[2]-sum[3], sum[3])
	}
	t.Logf("%d of %d messages are understood", understood, messages)
	if understood*100 < messages*97 {
		t.Errorf("only %d of %d messages are understood", understood, messages)
	}
}
