package approval

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/schema"
)

// maxShown bounds how many effects a page lists; the rest is counted.
const maxShown = 200

// pageOf is the page of a question, for whoever it is shown to.
func pageOf(by harrier.Principal, v View, now time.Time) links.Page {
	a := v.Approval
	p := links.Page{Title: cmp.Or(a.Title, "A question of Harrier"), Lead: "Harrier asks " + by.Name + "."}
	if strings.TrimSpace(a.Message) != "" {
		p.Facts = append(p.Facts, links.Fact{Label: "Why", Lines: []string{strings.TrimSpace(a.Message)}})
	}
	if v.Reason != "" && v.Reason != a.Message {
		p.Facts = append(p.Facts, links.Fact{Label: "Reason", Lines: []string{v.Reason}})
	}
	if len(v.Effects) > 0 {
		p.Facts = append(p.Facts, links.Fact{Label: "What would be done, exactly", Lines: effectLines(v.Effects)})
	}
	if v.Later != nil {
		p.Facts = append(p.Facts, links.Fact{Label: "What falls under the decision later", Lines: v.Later.Summary},
			links.Fact{Label: "What counts as the same", Lines: v.Later.Same})
	}
	if a.Need > 1 {
		p.Facts = append(p.Facts, links.Fact{Label: "Votes", Lines: []string{fmt.Sprintf("%d of %d who have to agree", len(v.Votes), a.Need)}})
	}
	if !a.ExpiresAt.IsZero() {
		end := fmt.Sprintf("%s, in %s; without a decision nothing is done", a.ExpiresAt.UTC().Format("2006-01-02 15:04 UTC"), about(a.ExpiresAt.Sub(now)))
		p.Facts = append(p.Facts, links.Fact{Label: "Until", Lines: []string{end}})
	}
	if v.Barred != "" {
		p.Note = v.Barred
		return p
	}
	choicesOf(&p, v)
	return p
}

// choicesOf adds what can be said to a question.
func choicesOf(p *links.Page, v View) {
	switch v.Approval.Kind {
	case harrier.PlanApproval, harrier.GuardApproval:
		p.Fields = []links.Field{{Name: "comment", Label: "Comment", Kind: "long", Help: "For the record."}}
		p.Choices = []links.Choice{{Value: "approve", Label: "Approve"}, {Value: "deny", Label: "Deny", Grave: true}}
		if v.Destructive {
			p.Note = "This cannot be undone. To approve it, open Harrier and log in: a link is not enough. You can deny it here."
			p.Choices = p.Choices[1:]
		}
	case harrier.FormQuestion:
		for _, f := range v.Fields {
			p.Fields = append(p.Fields, formField(f))
		}
		p.Choices = []links.Choice{{Value: "answer", Label: "Send the answer"}}
	case harrier.OutcomeQuestion:
		p.Fields = []links.Field{{Name: choiceField, Label: "What became of it", Kind: "choice", Values: v.Choices, Required: true}}
		p.Choices = []links.Choice{{Value: "answer", Label: "Send the answer"}}
	}
}

// formField is a field as a page has it.
func formField(f schema.Field) links.Field {
	out := links.Field{Name: f.Name, Label: f.Name, Help: f.Help, Kind: "text", Values: f.Type.Values, Required: f.Required}
	if f.Default != nil {
		out.Value = fmt.Sprint(f.Default)
	}
	switch {
	case f.Type.Kind == schema.Boolean:
		out.Kind = "yesno"
	case len(f.Type.Values) > 0:
		out.Kind = "choice"
	case f.Type.Kind == schema.Integer || f.Type.Kind == schema.Number:
		out.Kind = "number"
	}
	return out
}

// effectLines says of each effect what, on what, where, and whether it can be
// taken back.
func effectLines(effects []Effect) []string {
	var lines []string
	for i, e := range effects {
		if i == maxShown {
			return append(lines, fmt.Sprintf("and %d more; open Harrier to see all", len(effects)-maxShown))
		}
		line := e.What
		if e.Target != "" {
			line += " on " + e.Target
		}
		lines = append(lines, line+", at "+e.Where+": "+nature(e))
	}
	return lines
}

// about is a time that is left, roughly.
func about(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d minutes", max(0, int(d.Minutes())))
}
