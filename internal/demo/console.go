package demo

import (
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/lab"
)

// patience is how often somebody has a thing tried again that does not work.
const patience = 2

// foundOut is what somebody says who looks at the vendor's own console.
func (s *story) foundOut(a api.Approval) string {
	state, effects := s.world.State(), s.world.Effects()
	for _, planned := range a.Effects {
		if inPlace(state, effects, planned) {
			continue
		}
		if s.tried == nil {
			s.tried = map[string]int{}
		}
		key := a.Run.String() + planned.Path
		if s.tried[key]++; s.tried[key] > patience {
			return "did_not"
		}
		return "again"
	}
	return "happened"
}

// inPlace reports whether the vendors' consoles show an effect.
func inPlace(state lab.State, effects []lab.Effect, e api.PlannedEffect) bool {
	arg := func(name string) string { v, _ := e.Args[name].(string); return v }
	switch e.Action {
	case "msgraph.quarantine":
		return slices.ContainsFunc(state.Mail, func(m lab.Mail) bool {
			return m.Mailbox == arg("mailbox") && m.ID == arg("message_id") && m.Folder == quarantined
		})
	case "slack.post":
		return slices.ContainsFunc(state.Channels[arg("channel")], func(m lab.Message) bool { return m.Text == arg("text") })
	case "msgraph.send": // a copy lies in the mailbox of whoever got it
		to, _ := e.Args["to"].([]any)
		return len(to) > 0 && slices.ContainsFunc(state.Mail, func(m lab.Mail) bool { return m.Mailbox == to[0] && m.Subject == arg("subject") })
	}
	return inForce(state, effects, e.Action, e.Target)
}

// inForce reports whether what an action does to a target is so now.
func inForce(state lab.State, effects []lab.Effect, action, target string) bool {
	switch action {
	case "opnsense.block_domain":
		return slices.Contains(state.Sinkholed, "*."+target)
	case "opnsense.block_ip":
		for _, list := range state.Blocked {
			if slices.Contains(list, target) {
				return true
			}
		}
		return false
	case "mimecast.block_sender", "mimecast.block_url":
		return slices.ContainsFunc(state.Gateway, func(is string) bool { return strings.EqualFold(is, bare(target)) })
	}
	n, _ := remembered(effects, action, target)
	return n > 0
}

// remembered counts how often the vendors remember that an action was carried
// out on a target; known is false for an action that this does not know.
func remembered(effects []lab.Effect, action, target string) (n int, known bool) {
	d, known := deeds()[action]
	for _, e := range effects {
		if known && d.is(e, target) {
			n += e.Count
		}
	}
	return n, known
}

// deed is how a vendor remembers an action.
type deed struct {
	// effect is the vendor and what it calls the effect.
	effect string
	// key is that of the effect where an effect is several actions'.
	key string
	// target makes the vendor's name of a target: a prefix where it ends with a slash.
	target func(string) string
}

// is reports whether a vendor's memory is one of the action on a target.
func (d deed) is(e lab.Effect, target string) bool {
	if d.effect != e.Vendor+"."+e.Action || d.key != "" && d.key != e.Key {
		return false
	}
	want := d.target(target)
	return want == "" || strings.EqualFold(e.Target, want) || strings.HasSuffix(want, "/") && strings.HasPrefix(e.Target, want)
}

// deeds tells how the vendors remember what the playbooks do.
func deeds() map[string]deed {
	same := func(target string) string { return target }
	within := func(target string) string { return target + "/" }
	unnamed := func(string) string { return "" } // what is disclosed has no target
	return map[string]deed{
		"msgraph.quarantine":      {"msgraph.message.move", quarantined, within},
		"msgraph.disable_rule":    {"msgraph.rule.update", "isEnabled=false", within},
		"msgraph.send":            {"msgraph.mail.send", "", func(list string) string { return strings.Trim(list, "[]") }},
		"entra.reset_password":    {"msgraph.password.expire", "", same},
		"entra.revoke_sessions":   {"msgraph.sessions.revoke", "", same},
		"entra.remove_mfa_method": {"msgraph.method.delete", "", same},
		"entra.revoke_grant":      {"msgraph.grant.delete", "", same},
		"mimecast.block_sender":   {"mimecast.policy.create", "", same},
		"mimecast.block_url":      {"mimecast.url.block", "", bare},
		"opnsense.block_domain":   {"opnsense.host_override.add", "", func(domain string) string { return "*." + domain }},
		"opnsense.block_ip":       {"opnsense.alias.add", "", func(ip string) string { return "harrier_blocked/" + ip }},
		"slack.post":              {"slack.message.post", "", func(string) string { return firstChannel }},
		"urlscan.submit_url":      {"urlscan.scan.private", "", unnamed},
		"cape.submit_url":         {"cape.task.url", "", unnamed},
		"cape.submit_file":        {"cape.task.file", "", unnamed},
	}
}

// bare is a link without its fragment, which no gateway gets to see.
func bare(link string) string {
	link, _, _ = strings.Cut(link, "#")
	return link
}

// firstChannel is what the chat calls the channel of the story.
const firstChannel = "C0LAB0001"

// allInForce reports whether everything that a run claims to have contained is so.
func (s *story) allInForce(run api.RunDetail) bool {
	state, effects := s.world.State(), s.world.Effects()
	return !slices.ContainsFunc(run.Effects, func(e api.Effect) bool {
		return e.Effect == harrier.Contain && e.State == harrier.IntentSucceeded && !inForce(state, effects, e.Action, e.Target)
	})
}
