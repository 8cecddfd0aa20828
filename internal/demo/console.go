package demo

import (
	"slices"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/lab"
)

// foundOut is what somebody says who looks at the vendor's own console.
func (s *story) foundOut(a api.Approval) string {
	state := s.world.State()
	for _, planned := range a.Effects {
		if !inPlace(state, planned) {
			return "again"
		}
	}
	return "happened"
}

// inPlace reports whether the vendors' consoles show an effect.
func inPlace(state lab.State, e api.PlannedEffect) bool {
	arg := func(name string) string { v, _ := e.Args[name].(string); return v }
	switch e.Action {
	case "msgraph.quarantine":
		return slices.ContainsFunc(state.Mail, func(m lab.Mail) bool {
			return m.Mailbox == arg("mailbox") && m.ID == arg("message_id") && m.Folder == quarantined
		})
	case "opnsense.block_domain":
		return slices.Contains(state.Sinkholed, "*."+arg("domain"))
	case "opnsense.block_ip":
		for _, list := range state.Blocked {
			if slices.Contains(list, arg("ip")) {
				return true
			}
		}
	case "slack.post":
		return slices.ContainsFunc(state.Channels[arg("channel")], func(m lab.Message) bool { return m.Text == arg("text") })
	}
	return false
}
