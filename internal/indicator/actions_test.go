package indicator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/indicator"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/schema"
)

// does performs an action of the service as a run would.
func (b *bench) does(name string, in map[string]any) (out map[string]any, err error) {
	b.tb.Helper()
	for _, a := range b.Actions() {
		if a.Spec.Name != name {
			continue
		}
		if a.Local != nil {
			err = b.store.Write(b.tb.Context(), func(tx harrier.Tx) (err error) {
				out, err = a.Local(b.tb.Context(), tx, engine.LocalRequest{
					Run: harrier.Run{Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.RunID]("run")}, Call: step.Call{With: in}, Now: b.at,
				})
				return err
			})
		} else {
			out, err = a.Call(b.tb.Context(), builtin.Request{Tenant: harrier.DefaultTenant, Input: in})
		}
		if err == nil {
			if _, wrong := schema.Check(out, a.Spec.Output); len(wrong) > 0 {
				b.tb.Errorf("the answer of %s is not as declared: %v", name, wrong)
			}
		}
		return out, err
	}
	b.tb.Fatalf("there is no action %s", name)
	return nil, nil
}

func TestActions_changeListsAndTellOfThem(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for name, kind := range map[string]string{"blocked": indicator.Block, "vendors": indicator.Allow} {
		if _, err := b.SetList(t.Context(), harrier.Operator(), indicator.List{Name: name, Kind: kind}); err != nil {
			t.Fatal(err)
		}
	}
	in := map[string]any{"list": "blocked", "value": "evil.example", "reason": "case 7", "lasts": "1h"}
	for i, want := range []bool{true, false} {
		if out, err := b.does("list.add", in); err != nil || out["added"] != want {
			t.Errorf("adding it %d times before gives %v, %v", i, out, err)
		}
	}
	has := func(list, value string) any {
		out, err := b.does("list.contains", map[string]any{"list": list, "value": value})
		if err != nil {
			t.Error(err)
		}
		return out["contains"]
	}
	if has("blocked", "evil.example") != true || has("blocked", "x.evil.example") != true || has("blocked", "good.example") != false || has("vendors", "evil.example") != false {
		t.Error("the list does not tell what is on it")
	}
	out, err := b.does("intel.match", map[string]any{"value": "https://evil.example/x"})
	if err != nil || out["verdict"] != "malicious" || len(out["listed"].([]any)) != 1 {
		t.Errorf("intel.match gives %v, %v", out, err)
	}
	b.at = b.at.Add(time.Hour)
	if has("blocked", "evil.example") != false {
		t.Error("an entry stays longer than it lasts")
	}
	if out, err := b.does("list.remove", map[string]any{"list": "blocked", "value": "evil.example"}); err != nil || out["removed"] != true {
		t.Errorf("removing gives %v, %v", out, err)
	}
	for what, in := range map[string]map[string]any{
		"own": {"list": "blocked", "value": "10.0.0.1"}, "no list": {"list": "nothing", "value": "203.0.113.7"}, "no value": {"list": "blocked", "value": "a b"}, "no time": {"list": "blocked", "value": "203.0.113.7", "lasts": "-1h"},
	} {
		if _, err := b.does("list.add", in); err == nil || harrier.KindOf(err) == harrier.Internal {
			t.Errorf("%s: %v; want a refusal", what, err)
		}
	}
}

func TestActions_areDescribedAsTheyAnswer(t *testing.T) {
	t.Parallel()
	for _, a := range newBench(t, nil).Actions() {
		if _, wrong := schema.Check(a.Spec.Example, a.Spec.Output); len(wrong) > 0 {
			t.Errorf("the example of %s is not as declared: %v", a.Spec.Name, wrong)
		}
		if strings.HasPrefix(a.Spec.Name, "list.") && (a.Spec.Effect == harrier.Contain) != (a.Spec.Undo != nil) {
			t.Errorf("%s contains and has no undo, or the other way round", a.Spec.Name)
		}
	}
}
