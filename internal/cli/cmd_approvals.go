package cli

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func approvalsCommand(s *shell) *cobra.Command {
	list := listing[api.Approval]{
		use: "list", short: "List what runs ask people, the newest first", path: "/v1/approvals",
		filters: [][2]string{{"status", "pending, approved, denied, answered, expired or void"}, {"run", "the id of a run"}},
		columns: []column[api.Approval]{
			{"ID", func(a api.Approval) string { return a.ID.String() }}, {"KIND", func(a api.Approval) string { return string(a.Kind) }},
			{"STATUS", func(a api.Approval) string { return string(a.Status) }}, {"TITLE", func(a api.Approval) string { return short(a.Title, 70) }},
			{"FOR", func(a api.Approval) string { return audience(a) }}, {"EXPIRES", func(a api.Approval) string { return stamp(a.ExpiresAt) }},
			{"BY", func(a api.Approval) string { return a.DecidedBy }},
		},
		name: func(a api.Approval) string { return a.ID.String() }, empty: "nobody is asked anything",
	}
	show := &cobra.Command{
		Use: "show APPROVAL", Short: "Show a question with all that it would do", Args: cobra.ExactArgs(1), Aliases: []string{"get"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			a, raw, err := s.approval(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			return s.print(s.approvalResult(a, raw))
		},
	}
	return holder("approvals", "Show and decide what runs ask people", []string{"approval"},
		list.command(s), show, decideCommand(s, true), decideCommand(s, false), answerCommand(s), escalateCommand(s), withdrawCommand(s))
}

// audience says whom a question is for.
func audience(a api.Approval) string {
	return strings.Join(append([]string{cmp.Or(a.Assign, "everybody")}, a.Also...), " or ")
}

func (s *shell) approval(ctx context.Context, c *link, id string) (api.Approval, json.RawMessage, error) {
	return fetch[api.Approval](ctx, c, asked{Path: "/v1/approvals/" + url.PathEscape(id)})
}

// decideFlags are the flags of decisions.
type decideFlags struct {
	hash, comment string
	yes, noWatch  bool
}

func decideCommand(s *shell, approve bool) *cobra.Command {
	var f decideFlags
	use, about := "deny", "Deny what was shown: nothing of it is done"
	if approve {
		use, about = "approve", "Approve exactly what was shown"
	}
	cmd := &cobra.Command{
		Use: use + " APPROVAL", Short: about, Args: cobra.ExactArgs(1), Aliases: map[bool][]string{false: {"reject"}}[approve],
		Long: about + ".\n\nThe decision names the hash of what is shown here, so that nothing else can be done with it. Without a\n" +
			"terminal say --hash (from approvals show -o json) or --yes.",
		RunE: func(cmd *cobra.Command, args []string) error { return s.decide(cmd.Context(), args[0], approve, f) },
	}
	cmd.Flags().StringVar(&f.hash, "hash", "", "the hash of what you saw")
	cmd.Flags().StringVar(&f.comment, "comment", "", "why, for the record")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask again")
	cmd.Flags().BoolVar(&f.noWatch, "no-watch", false, "do not follow the run where no server drives it")
	return cmd
}

func (s *shell) decide(ctx context.Context, id string, approve bool, f decideFlags) error {
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	a, _, err := s.approval(ctx, c, id)
	if err != nil {
		return err
	}
	if f.hash == "" {
		if a.Status == harrier.ApprovalPending && !s.quiet {
			card(s.cfg.Streams.Err, s.paint(s.cfg.Streams.ErrTTY), a)
		}
		if !f.yes && a.Status == harrier.ApprovalPending {
			verb := "Deny"
			if approve {
				verb = "Approve"
			}
			if !s.interactive() {
				return usagef("there is no terminal to ask at; say --hash %s to %s what was shown, or --yes", a.Hash, strings.ToLower(verb))
			}
			if !s.yes(ctx, verb+" this?", false) {
				s.note("nothing was decided")
				return &quietError{code: exitFailure, said: true}
			}
		}
		f.hash = a.Hash
	}
	a, _, err = s.sendDecision(ctx, c, id, api.Decision{Approve: approve, Hash: f.hash, Comment: f.comment})
	if err != nil {
		return err
	}
	return s.decided(ctx, c, a, f.noWatch)
}

func (s *shell) sendDecision(ctx context.Context, c *link, id string, d api.Decision) (api.Approval, json.RawMessage, error) {
	return fetch[api.Approval](ctx, c, asked{Method: http.MethodPost, Path: "/v1/approvals/" + url.PathEscape(id) + "/decision", Body: d})
}

// decided tells what became of a question, and follows its run where nobody
// else drives it.
func (s *shell) decided(ctx context.Context, c *link, a api.Approval, noWatch bool) error {
	if a.Status == harrier.ApprovalPending {
		s.note("noted; %d people have to agree", a.Need)
	} else {
		s.note("%s by %s: %s", a.Status, a.DecidedBy, clean(a.Title))
	}
	if c.local && !noWatch && a.Status != harrier.ApprovalPending {
		return s.watch(ctx, c, a.Run.String())
	}
	s.note("watch its run: harrier runs watch %s", a.Run)
	if s.output == "table" {
		return nil
	}
	r, err := object(a)
	if err != nil {
		return err
	}
	return s.print(s.approvalResult(a, r.raw))
}

func answerCommand(s *shell) *cobra.Command {
	var values []string
	var hash string
	cmd := &cobra.Command{
		Use: "answer APPROVAL NAME=VALUE...", Short: "Answer a form, or say what became of an action", Args: cobra.MinimumNArgs(1),
		Example: "  harrier approvals answer approval_… verdict=malicious\n  harrier approvals answer approval_… choice=happened",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			fields, err := s.inputs(append(values, args[1:]...))
			if err != nil {
				return err
			}
			if len(fields) == 0 {
				return usagef("say what the answer is, as NAME=VALUE; harrier approvals show %s lists the fields", args[0])
			}
			c, err := s.connect(ctx)
			if err != nil {
				return err
			}
			if hash == "" {
				a, _, err := s.approval(ctx, c, args[0])
				if err != nil {
					return err
				}
				hash = a.Hash
			}
			a, _, err := fetch[api.Approval](ctx, c, asked{
				Method: http.MethodPost, Path: "/v1/approvals/" + url.PathEscape(args[0]) + "/answer", Body: api.Answer{Hash: hash, Values: fields},
			})
			if err != nil {
				return err
			}
			return s.decided(ctx, c, a, false)
		},
	}
	cmd.Flags().StringArrayVarP(&values, "input", "i", nil, "a field as NAME=VALUE")
	cmd.Flags().StringVar(&hash, "hash", "", "the hash of what you saw")
	return cmd
}

// approvalResult is a question as a result.
func (s *shell) approvalResult(a api.Approval, raw json.RawMessage) result {
	return result{
		raw: raw, names: []string{a.ID.String()},
		head: []string{"ID", "KIND", "STATUS", "TITLE", "HASH"},
		rows: [][]string{{a.ID.String(), string(a.Kind), string(a.Status), a.Title, a.Hash}},
		text: func(w io.Writer, p paint) {
			card(w, p, a)
			if a.Status == harrier.ApprovalPending {
				fmt.Fprintln(w, nextStep(a))
			}
		},
	}
}

// nextStep is the command that decides a question.
func nextStep(a api.Approval) string {
	switch a.Kind {
	case harrier.FormQuestion:
		names := make([]string, len(a.Fields))
		for i, f := range a.Fields {
			names[i] = f.Name + "=…"
		}
		return "answer: harrier approvals answer " + a.ID.String() + " " + strings.Join(names, " ")
	case harrier.OutcomeQuestion:
		return "answer: harrier approvals answer " + a.ID.String() + " choice=" + strings.Join(a.Choices, "|")
	case harrier.PlanApproval, harrier.GuardApproval:
	}
	return "decide: harrier approvals approve " + a.ID.String() + "   or: harrier approvals deny " + a.ID.String()
}

// interactive tells whether somebody can be asked.
func (s *shell) interactive() bool { return s.cfg.Streams.InTTY && s.cfg.Streams.ErrTTY && !s.quiet }

// yes asks a question; enter alone means the default.
func (s *shell) yes(ctx context.Context, question string, byDefault bool) bool {
	hint := " [y/N] "
	if byDefault {
		hint = " [Y/n] "
	}
	for {
		fmt.Fprint(s.cfg.Streams.Err, question+hint)
		line, ok := s.line(ctx)
		switch answer := strings.ToLower(strings.TrimSpace(line)); {
		case !ok:
			fmt.Fprintln(s.cfg.Streams.Err)
			return false
		case answer == "":
			return byDefault
		case answer == "y" || answer == "yes":
			return true
		case answer == "n" || answer == "no":
			return false
		}
	}
}

// line reads a line of input; ok is false at its end, or when ctx is done.
func (s *shell) line(ctx context.Context) (text string, ok bool) {
	if s.typed == nil {
		s.typed = make(chan string)
		// It ends with the process: nothing can interrupt a read of a terminal.
		go func() {
			defer close(s.typed)
			for in := bufio.NewScanner(s.cfg.Streams.In); in.Scan(); {
				s.typed <- in.Text()
			}
		}()
	}
	select {
	case text, ok = <-s.typed:
		return text, ok
	case <-ctx.Done():
		return "", false
	}
}

// offer shows a question of a run that is watched, and asks whoever sits there.
func (s *shell) offer(ctx context.Context, c *link, a api.Approval) error {
	full, _, err := s.approval(ctx, c, a.ID.String())
	if err != nil {
		return err
	}
	p := s.paint(s.cfg.Streams.ErrTTY)
	card(s.cfg.Streams.Err, p, full)
	decides := full.Kind == harrier.PlanApproval || full.Kind == harrier.GuardApproval
	if !s.interactive() || full.Barred != "" || !decides {
		fmt.Fprintln(s.cfg.Streams.Err, nextStep(full))
		return nil
	}
	approve := s.yes(ctx, "Approve this? (no denies it)", false)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	_, _, err = s.sendDecision(ctx, c, full.ID.String(), api.Decision{Approve: approve, Hash: full.Hash})
	return err
}
