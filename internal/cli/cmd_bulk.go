package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

// bulkFlags say what a command about many things is about.
type bulkFlags struct {
	query    string
	expected int
	dry      bool
}

// targets are the flags and the arguments as the API takes them.
func (f bulkFlags) targets(cmd *cobra.Command, ids []string) (api.Targets, error) {
	t := api.Targets{Query: f.query, DryRun: f.dry}
	switch {
	case f.query != "" && len(ids) > 0:
		return t, usagef("name what is meant, or give --query; not both")
	case f.query == "" && len(ids) == 0:
		return t, usagef("name what is meant by its id, or give --query")
	case f.query != "" && cmd.Flags().Changed("expected"):
		t.Expected = &f.expected
	case f.query != "":
		t.DryRun = true
	}
	for _, id := range ids {
		t.Items = append(t.Items, api.BulkItem{ID: id})
	}
	return t, nil
}

// bulk is a command that does one thing to many alerts or cases. do is what it
// does, as the API takes it. single, where it is set, does it to one.
type bulk struct {
	noun   string
	do     func() any
	single func(cmd *cobra.Command, args []string) error
}

// command completes a command.
func (b bulk) command(s *shell, cmd *cobra.Command) *cobra.Command {
	var f bulkFlags
	cmd.Args = cobra.ArbitraryArgs
	cmd.Long = cmd.Short + ".\nName ids, or select by --query: without --expected that only tells what would be done, and to how many; with it, it is done where the query still selects as many."
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if b.single != nil && len(args) == 1 && f == (bulkFlags{}) {
			return b.single(cmd, args)
		}
		targets, err := f.targets(cmd, args)
		if err != nil {
			return err
		}
		return s.bulk(cmd.Context(), b.noun, bulkBody{targets, b.do()})
	}
	flags := cmd.Flags()
	flags.StringVar(&f.query, "query", "", "all that a query selects, such as 'status:new sev:low'")
	flags.IntVar(&f.expected, "expected", 0, "how many the query selects, as you saw it")
	flags.BoolVar(&f.dry, "dry-run", false, "say only what would be done")
	return cmd
}

// bulkBody is a request for a bulk.
type bulkBody struct {
	api.Targets
	Do any `json:"do"`
}

// bulk asks for it and prints what became of each. It fails where one did.
func (s *shell) bulk(ctx context.Context, noun string, body bulkBody) error {
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	got, raw, err := fetch[api.BulkResult](ctx, c, post("/v1/"+noun+"/bulk", body))
	if err != nil {
		return err
	}
	r := result{raw: raw, head: []string{"ID", "STATUS", "VERSION", "PROBLEM"}}
	for _, d := range got.Items {
		version, problem := "", ""
		if d.Version > 0 {
			version = fmt.Sprint(d.Version)
		}
		if d.Problem != nil {
			problem = d.Problem.Detail
		} else {
			r.names = append(r.names, d.ID)
		}
		r.rows = append(r.rows, []string{d.ID, became(got.DryRun, d.Status), version, problem})
	}
	if err := s.print(r); err != nil {
		return err
	}
	if got.DryRun {
		s.note("nothing was done: %d would be changed, %d are so already, %d cannot be; with --query, add --expected %d to do it", got.Done, got.Unchanged, got.Failed, got.Selected)
	} else {
		s.note("%d done, %d unchanged, %d failed", got.Done, got.Unchanged, got.Failed)
	}
	if got.Failed > 0 {
		return harrier.Errorf(harrier.Conflict, "%d of %d %s were left as they are", got.Failed, got.Selected, noun)
	}
	return nil
}

// became is a status for people.
func became(dry bool, status string) string {
	if dry {
		return strings.NewReplacer("done", "would be", "failed", "could not be").Replace(status)
	}
	return status
}

// alertBulks are what is done to alerts.
func alertBulks(s *shell) []*cobra.Command {
	const noun = "alerts"
	var closing api.CloseAlert
	closeCmd := bulk{noun: noun, do: func() any { return map[string]any{"close": closing} }}.command(s, &cobra.Command{Use: "close [ALERT...]", Short: "Close alerts with what they were"})
	closeCmd.Flags().StringVar(&closing.Disposition, "as", "", "true_positive, false_positive, benign or inconclusive")
	reason(closeCmd, &closing.Reason)
	_ = closeCmd.MarkFlagRequired("as")
	var reopening api.Reopening
	reopen := bulk{noun: noun, do: func() any { return map[string]any{"reopen": reopening} }}.command(s, &cobra.Command{Use: "reopen [ALERT...]", Short: "Open closed alerts again"})
	reason(reopen, &reopening.Reason)
	var into string
	link := bulk{noun: noun, do: func() any { return map[string]string{"case": into} }}.command(s, &cobra.Command{Use: "link [ALERT...]", Short: "Put alerts into a case"})
	link.Flags().StringVar(&into, "case", "", "the case, by number or id")
	_ = link.MarkFlagRequired("case")
	return append(markBulks(s, noun), closeCmd, reopen, link)
}

func reason(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "reason", "", "why")
	_ = cmd.MarkFlagRequired("reason")
}

// markBulks are what is done to alerts and cases alike.
func markBulks(s *shell, noun string) []*cobra.Command {
	one := strings.ToUpper(strings.TrimSuffix(noun, "s"))
	var to string
	assign := bulk{noun: noun, do: func() any { return map[string]any{"assign": api.Assignment{To: to}} }}.command(s, &cobra.Command{
		Use: "assign [" + one + "...]", Short: "Say whose " + noun + " are",
	})
	assign.Flags().StringVar(&to, "to", "me", "me, the name of an account, or the id of a principal; empty for nobody")
	var tagging api.Tagging
	tag := bulk{noun: noun, do: func() any { return map[string]any{"tag": tagging} }}.command(s, &cobra.Command{Use: "tag [" + one + "...]", Short: "Put words on " + noun + ", or take them off"})
	tag.Flags().StringSliceVar(&tagging.Add, "add", nil, "a word to put on; may be said several times")
	tag.Flags().StringSliceVar(&tagging.Remove, "remove", nil, "a word to take off; may be said several times")
	var severity string
	rank := bulk{noun: noun, do: func() any { return map[string]string{"severity": severity} }}.command(s, &cobra.Command{Use: "severity [" + one + "...]", Short: "Say how bad " + noun + " are"})
	rank.Flags().StringVar(&severity, "to", "", "critical, high, medium, low or info")
	_ = rank.MarkFlagRequired("to")
	return []*cobra.Command{assign, tag, rank}
}

// caseBulks are what is done to cases beside what one case is asked too.
func caseBulks(s *shell) []*cobra.Command {
	var stop bool
	watch := bulk{noun: "cases", do: func() any { return map[string]bool{"watch": !stop} }}.command(s, &cobra.Command{Use: "watch [CASE...]", Short: "Be told what happens to cases"})
	watch.Flags().BoolVar(&stop, "stop", false, "be told no more")
	return append(markBulks(s, "cases"), watch)
}
