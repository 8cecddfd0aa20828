package step

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

// sameAsJSON holds what is written by hand against encoding/json.
func sameAsJSON(t *testing.T, b Body) {
	t.Helper()
	want, wantErr := json.Marshal(b)
	got, gotErr := encodeBody(b)
	if (wantErr == nil) != (gotErr == nil) {
		t.Fatalf("%s %+v: encoding/json says %v, we %v", b.Type(), b, wantErr, gotErr)
	}
	if wantErr == nil && string(got) != string(want) {
		t.Errorf("%s is not what encoding/json writes:\ngot  %s\nwant %s", b.Type(), got, want)
	}
}

// bodies puts a value and a text wherever they may stand in the events that are
// written by hand.
func bodies(v any, text string, n int) []Body {
	id := harrier.DeriveID[harrier.ConnectionID](text)
	full := &Begin{
		With: map[string]any{text: v, "b": []any{v, text, map[string]any{}}, "a": nil},
		Targets: []Target{
			{Connection: id, Name: text, Action: "x.y", Address: text, Manifest: text, Rev: int64(n)},
			{Name: text, Action: text},
		},
		At: time.Date(2026, 1, 2, 3, 4, 5, n%1e9, time.UTC),
	}
	var list []Body
	for _, begin := range []*Begin{nil, {}, {With: map[string]any{}, Targets: []Target{}}, full} {
		for _, output := range []map[string]any{nil, {}, {"v": v, text: text}} {
			list = append(list,
				ActionSucceeded{Path: text, To: id, Begin: begin, Attempt: n, Output: output, By: text, Epoch: n, Same: n%2 == 0},
				ActionSucceeded{Path: text, Begin: begin, Output: output},
				ActionIntended{Path: text, To: id, Begin: begin, Attempt: n, Epoch: n, Key: text, Leaf: text, PastGuard: n%2 == 0},
				ActionIntended{Path: text, Begin: begin, Approval: harrier.DeriveID[harrier.ApprovalID](text)},
			)
		}
	}
	return list
}

func TestEncode_writesWhatEncodingJSONWrites(t *testing.T) {
	t.Parallel()
	values := []any{
		nil, true, false, int64(0), int64(-7), int64(math.MaxInt64), 1.5, 1e300, math.NaN(), math.Inf(1), "", "plain",
		[]any(nil), []any{}, []any{int64(1), "two", nil, []any{3.25}}, map[string]any(nil), map[string]any{"z": 1.0, "a": "<b>"},
		json.RawMessage(`{"raw": 1}`), json.Number("12.50"), []string{"typed"}, time.Unix(0, 0),
	}
	texts := []string{
		"", "plain", `quote " and \ slash`, "<script>&amp;</script>", "line\nfeed\ttab\x00nul\x1f\x7f", "ünï→😀", "\u2028\u2029", "broken \xff\xc3 utf-8",
	}
	for i, v := range values {
		for j, text := range texts {
			for _, b := range bodies(v, text, i*j-3) {
				sameAsJSON(t, b)
			}
		}
	}
	sameAsJSON(t, ActionSucceeded{Begin: &Begin{At: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}})
	sameAsJSON(t, RunEnded{Status: harrier.RunFailed, Reason: "others are encoding/json's"})
}

func FuzzEncode_writesWhatEncodingJSONWrites(f *testing.F) {
	f.Add(`{"a":[1,2.5,"x",null,true]}`, "key", 1)
	f.Add(`"\u2028<>&\\"`, "\xff", -1)
	f.Fuzz(func(t *testing.T, doc, text string, n int) {
		var v any
		if err := json.Unmarshal([]byte(doc), &v); err != nil {
			v = doc
		}
		for _, b := range bodies(Canonical(v), text, n) {
			sameAsJSON(t, b)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	body := bodies(map[string]any{"verdict": "malicious", "score": int64(87)}, "step_1", 1)[9]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(1, time.Time{}, body); err != nil {
			b.Fatal(err)
		}
	}
}
