package expr

import (
	"encoding/json"
	"testing"
	"time"
)

func TestFunctions_examplesGiveTheirResult(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Functions() {
		if f.Example == "" {
			continue
		}
		p, issues := env.Compile(f.Example)
		if len(issues) > 0 {
			t.Errorf("%s: %s: %v", f.Name, f.Example, issues)
			continue
		}
		v, err := p.Eval(t.Context(), Vars{}, time.Unix(0, 0))
		got, _ := json.Marshal(v)
		if err != nil || string(got) != f.Result {
			t.Errorf("%s: %s gives %s, %v; want %s", f.Name, f.Example, got, err, f.Result)
		}
		if f.Help == "" || f.Signature == "" {
			t.Errorf("%s has no help or signature", f.Name)
		}
	}
}
