package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// card shows a question: what, where, why, and what can be taken back.
func card(w io.Writer, p paint, a api.Approval) {
	fmt.Fprintln(w, p.warn("┌ ")+p.bold(clean(a.Title))+"  "+p.dim(a.ID.String()))
	row := func(head, text string) {
		if text != "" {
			fmt.Fprintln(w, p.warn("│ ")+p.dim(fmt.Sprintf("%-10s", head))+strings.ReplaceAll(clean(text), "\n", "\n"+p.warn("│ ")+strings.Repeat(" ", 10)))
		}
	}
	head := "what"
	for _, line := range a.Summary {
		row(head, line)
		head = ""
	}
	if l := a.Later; l != nil {
		row("later", strings.Join(l.Summary, "\n"))
		row("the same", strings.Join(l.Same, "\n"))
	}
	row("why", strings.TrimSpace(a.Message))
	row("reason", a.Reason)
	row("undo", reversible(a.Effects))
	for _, f := range a.Fields {
		text := f.Name + ": " + f.Type
		if len(f.Values) > 0 {
			text = f.Name + ": " + strings.Join(f.Values, " | ")
		}
		if f.Required {
			text += " (required)"
		}
		if f.Help != "" {
			text += "  " + f.Help
		}
		row("field", text)
	}
	row("choices", strings.Join(a.Choices, " | "))
	row("for", strings.TrimPrefix(audience(a), "everybody"))
	if !a.EscalateAt.IsZero() && a.Status == harrier.ApprovalPending {
		row("then", a.EscalateTo+" from "+stamp(a.EscalateAt))
	}
	if a.Need > 1 {
		row("votes", fmt.Sprintf("%d of %d", len(a.Votes), a.Need))
	}
	for _, c := range a.Comments {
		row("said", strings.TrimSuffix(c.Name+" ("+c.Via+"): "+c.Text, " ()"))
	}
	if !a.ExpiresAt.IsZero() && a.Status == harrier.ApprovalPending {
		row("expires", stamp(a.ExpiresAt))
	}
	if a.Status != harrier.ApprovalPending {
		row("status", strings.TrimSpace(string(a.Status)+" "+a.DecidedBy+" "+a.Comment))
	}
	row("barred", a.Barred)
	fmt.Fprintln(w, p.warn("└ ")+p.dim("run "+a.Run.String()+"  hash "+a.Hash))
}

// reversible says what of a plan can be taken back.
func reversible(effects []api.PlannedEffect) string {
	back, lasting := 0, 0
	for _, e := range effects {
		switch {
		case e.Reversible:
			back++
		case e.Effect == harrier.Contain || e.Effect == harrier.Destroy:
			lasting++
		}
	}
	switch {
	case lasting > 0:
		return fmt.Sprintf("%d of %d CANNOT be taken back", lasting, len(effects))
	case back > 0 && back == len(effects):
		return "all of it can be taken back"
	case back > 0:
		return fmt.Sprintf("%d of %d can be taken back; the rest tells or records", back, len(effects))
	}
	return ""
}
