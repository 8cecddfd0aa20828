package intake_test

import (
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

func TestPipeline_startsOnlyWhatTheSourceAllows(t *testing.T) {
	t.Parallel()
	tells, blocks := compile(t, "tells", ""), compile(t, "blocks", "")
	tells.Actions = map[string]schema.ActionSpec{"slack.post": {Name: "slack.post", Verb: "chat.post", Effect: harrier.Notify}}
	blocks.Actions = map[string]schema.ActionSpec{"fw.block": {Name: "fw.block", Verb: "firewall.block_ip", Effect: harrier.Contain}}
	r := flow(t, tells, blocks)
	r.source.Allows = []string{"chat.*"}
	if err := r.store.Write(t.Context(), func(tx harrier.Tx) error {
		src, err := r.store.Source(t.Context(), r.source.Tenant, r.source.ID)
		if err != nil {
			return err
		}
		src.Allows = r.source.Allows
		return r.store.UpdateSource(t.Context(), tx, src)
	}); err != nil {
		t.Fatal(err)
	}
	r.send(finding("1", "ws-1", "high"))
	r.still()
	runs, _, err := r.store.Runs(t.Context(), harrier.DefaultTenant, harrier.RunFilter{}, harrier.Page{})
	if err != nil || len(runs) != 1 || runs[0].Playbook != "tells" {
		t.Fatalf("runs %+v, %v", runs, err)
	}
	history, err := r.store.AlertHistory(t.Context(), harrier.DefaultTenant, runs[0].Alert)
	if err != nil || len(history) != 1 || !strings.Contains(string(history[0].Data), "it may call fw.block, which the source siem does not allow") {
		t.Errorf("history %+v, %v", history, err)
	}
}
