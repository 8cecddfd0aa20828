package demo

import (
	"encoding/json"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/cli"
)

// unattended says yes to everything.
type unattended struct{ t *testing.T }

func (unattended) Ready(cli.DemoReady)   {}
func (unattended) Submitted(api.Receipt) {}
func (u unattended) Run(r api.RunDetail) {
	u.t.Logf("run %s %s waiting for %q reason %q", r.ID, r.Status, r.WaitingFor, r.Reason)
}
func (unattended) Approve(api.Approval) cli.DemoDecision { return cli.DemoDecision{Approve: true} }
func (unattended) Ended(cli.DemoReport)                  {}

func TestDemo_containsTheReportedMail(t *testing.T) {
	t.Parallel()
	report, err := Demo{}.Play(t.Context(), cli.DemoOptions{Dir: t.TempDir(), Once: true}, unattended{t})
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.MarshalIndent(report, "", "  ")
	t.Logf("%s", text)
	if report.Status != harrier.RunSucceeded || !report.Contained || report.CopiesQuarantined != copies || report.DuplicateEffects != 0 || report.Case == 0 {
		t.Errorf("the report is %s", text)
	}
}
