package app

import (
	"slices"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/lab"
)

const unblockOne = `
harrier: 1
playbook: unblock-one
title: Unblock one address
steps:
  - id: block
    uses: firewall.block_ip
    with:
      ip: 203.0.113.50
  - id: unblock
    uses: firewall.unblock_ip
    with:
      ip: 203.0.113.50
    on_error: continue
`

// G5: what may have happened is not called failed because it was refused when
// it was tried again.
func TestUnknown_isNotSettledByARefusalLater(t *testing.T) { // DUR-06
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	for _, kind := range []lab.Kind{lab.ExecutedThenReset, lab.Forbidden} {
		if err := o.lab.Fault("opnsense", lab.Rule{Kind: kind, Path: "alias_util/delete"}); err != nil {
			t.Fatal(err)
		}
	}
	started, err := runs{o.App}.StartRun(t.Context(), harrier.Operator(), api.StartRun{Source: unblockOne, Name: "u.playbook.yaml", Mode: harrier.Live})
	if err != nil {
		t.Fatal(err)
	}
	run := o.until(started.ID, ended)
	i := slices.IndexFunc(run.Effects, func(e api.Effect) bool { return e.Action == "opnsense.unblock_ip" })
	if i < 0 {
		t.Fatalf("there is no intent: %+v", run.Effects)
	}
	if e := run.Effects[i]; e.State != harrier.IntentSucceeded || e.By != "probe" {
		t.Errorf("the world unblocked it (blocked now: %v), and the intent is %s by %s", o.lab.Blocked("harrier_blocked"), e.State, e.By)
	}
}
