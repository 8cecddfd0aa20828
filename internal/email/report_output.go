package email

import (
	"time"

	"github.com/harrier-soar/harrier/schema"
)

// reportOutput adds how the mail was reported, and whether people or machines
// sent it.
func (r Reading) reportOutput(out map[string]any) {
	if rep, ok := r.Report(); ok {
		out["report"] = rep.output()
		if rep.Reporter.Address != "" {
			out["reported_by"] = rep.Reporter.Address
		}
	}
	why, automatic := r.mail.Automatic()
	out["automatic"] = automatic
	if automatic {
		out["automatic_why"] = why
	}
	if e, ok := r.Simulation(); ok {
		out["simulation"] = map[string]any{"vendor": clip(e.Vendor, 200), "proven": e.Proven, "evidence": clip(e.Evidence, 500)}
	}
}

// output returns a report as a playbook sees it.
func (t Report) output() map[string]any {
	chain := []any{}
	for _, l := range t.Chain {
		one := map[string]any{"form": l.Form, "subject": clip(l.Subject, 500)}
		if l.Sender != "" {
			one["sender"] = l.Sender
		}
		chain = append(chain, one)
	}
	out := map[string]any{"form": t.Form, "comment": t.Comment, "original": t.Original, "headers_lost": t.HeadersLost, "automatic": t.Automatic, "chain": chain}
	if t.Reporter.Address != "" {
		out["reporter"] = t.Reporter.Address
	}
	if s := t.Search; s != nil {
		search := map[string]any{"subject": s.Subject}
		if s.Sender != "" {
			search["sender"] = s.Sender
		}
		if !s.Since.IsZero() {
			search["since"], search["until"] = s.Since.Format(time.RFC3339), s.Until.Format(time.RFC3339)
		}
		out["search"] = search
	}
	return out
}

// reportType returns the type of output.report.
func reportType() schema.Type {
	text := schema.TypeOf(schema.String)
	email, moment := schema.OptionalOf(schema.TypeOf(schema.Email)), schema.OptionalOf(schema.TypeOf(schema.Timestamp))
	form := valuesOf(reportForms()...)
	return schema.ObjectOf(
		field("form", form, "What the report was made with."),
		field("reporter", email, "Who sent the report."),
		field("comment", text, "What the reporter wrote."),
		field("original", valuesOf(OriginalAttached, OriginalInline, OriginalHeaders), "How the original is in it."),
		field("headers_lost", schema.TypeOf(schema.Boolean), "Only the text is there: nothing proves who sent it. Fetch the original with search."),
		field("automatic", schema.TypeOf(schema.Boolean), "A machine sent the report: do not answer it."),
		field("search", schema.OptionalOf(schema.ObjectOf(
			field("sender", email, "Who it says it is from."), field("subject", text, "Its subject; may be empty."),
			field("since", moment, "Not received before."), field("until", moment, "Not received after."),
		)), "What finds the original in the reporter's mailbox."),
		field("chain", schema.ListOf(schema.ObjectOf(
			field("form", form, "How it was handed on."), field("sender", email, "By whom."), field("subject", text, "Under which subject."),
		)), "The mails from the report to the original, outermost first."),
	)
}
