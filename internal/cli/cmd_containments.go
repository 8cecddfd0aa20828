package cli

import (
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func containmentsCommand(s *shell) *cobra.Command {
	list := listing[api.Containment]{
		use: "list", short: "List what was contained, the newest first", path: "/v1/containments",
		filters: [][2]string{
			{"state", "active, undone, expired or superseded"}, {"alert", "the id of an alert"}, {"case", "the id of a case"},
			{"run", "the id of a run; what it called is its own"}, {"action", "an action or a verb, such as mail.quarantine"},
		},
		columns: []column[api.Containment]{
			{"STATE", func(c api.Containment) string { return string(c.State) }}, {"ACTION", func(c api.Containment) string { return c.Action }},
			{"TARGET", func(c api.Containment) string { return short(c.Target, 60) }}, {"AT", func(c api.Containment) string { return stamp(c.At) }},
			{"CONNECTION", func(c api.Containment) string { return c.Connection }}, {"UNDO", undoOf},
			{"RUN", func(c api.Containment) string { return c.Run.String() }},
		},
		name: func(c api.Containment) string { return c.ID.String() }, empty: "nothing is contained",
	}
	return holder("containments", "Show what is contained, and how it is taken back", []string{"containment"}, list.command(s))
}

// undoOf says how something is taken back, or why not.
func undoOf(c api.Containment) string {
	if c.Undo == "" {
		return short("none: "+c.Problem, 60)
	}
	return c.Undo
}
