package containment

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
)

// Ending is the run that sees to the end of a lease: a playbook and its inputs.
type Ending struct {
	Tenant harrier.TenantID
	// Run is always the same for a containment.
	Run    harrier.RunID
	Alert  harrier.AlertID
	Case   harrier.CaseID
	Name   string
	Source string
	Inputs map[string]any
}

// endingOf writes the playbook that takes a containment back, or asks first.
// Everything that came from data is an input: none of it is ever part of the source.
func endingOf(c harrier.Containment) (Ending, error) {
	args, err := object(c.UndoArgs)
	if err != nil {
		return Ending{}, err
	}
	e := Ending{
		Tenant: c.Tenant, Run: harrier.DeriveID[harrier.RunID]("lease", c.ID.String()), Alert: c.Alert, Case: c.Case,
		Name: "lease-end.playbook.yaml", Inputs: map[string]any{
			"what": fmt.Sprintf("%s on %s", c.Action, c.Target), "since": stamp(c.At), "until": stamp(c.LeaseUntil),
		},
	}
	var b strings.Builder
	b.WriteString(`harrier: 1
playbook: lease-end
title: End a containment whose time is over
inputs:
  what: {type: string, required: true}
  since: {type: string, required: true}
  until: {type: string, required: true}
`)
	if c.Undo == "" {
		e.Inputs["problem"] = c.UndoProblem
		b.WriteString(byHand)
		e.Source = b.String()
		return e, nil
	}
	names := slices.Sorted(maps.Keys(args))
	for i, name := range names {
		fmt.Fprintf(&b, "  arg_%d: {type: any, required: true}\n", i)
		e.Inputs[fmt.Sprintf("arg_%d", i)] = args[name]
	}
	b.WriteString("steps:\n")
	if c.LeaseAsk {
		b.WriteString(asking)
	}
	fmt.Fprintf(&b, "  - id: undo\n    uses: %q\n    connection: %q\n    with:\n", c.Undo, c.ConnectionName)
	for i, name := range names {
		fmt.Fprintf(&b, "      %q: ${{ inputs.arg_%d }}\n", name, i)
	}
	e.Source = b.String()
	return e, nil
}

// asking lets a person decide first; with a no, or no answer, it stays contained.
const asking = `  - id: ok
    approve:
      title: End ${{ inputs.what }}
      message: It holds since ${{ inputs.since }} and was to hold until ${{ inputs.until }}. With a no it stays as it is.
      covers: [undo]
      expires: 7d
`

// byHand tells people what nothing here can take back.
const byHand = `  problem: {type: string, required: true}
steps:
  - id: end
    ask:
      title: End ${{ inputs.what }}
      message: It holds since ${{ inputs.since }} and was to hold until ${{ inputs.until }}. Harrier cannot take it back - ${{ inputs.problem }}.
      to: role:responder
      form:
        note: {type: string, required: true, help: What you did about it.}
      expires: 7d
outputs:
  note: ${{ steps.end.output.?note }}
`
