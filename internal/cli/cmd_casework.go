package cli

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/client"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

// caseworkCommands are what people do with cases.
func caseworkCommands(s *shell) []*cobra.Command {
	return append(caseBulks(s),
		caseNew(s), caseEdit(s), caseComment(s), caseStatus(s), caseTask(s), caseClose(s), caseReopen(s), caseMerge(s), caseSplit(s), caseExport(s), caseSimilar(s),
		membersCommand(s), restrictCommand(s), breakGlassCommand(s))
}

// caseAsk is a command that makes one request about a case and shows the case.
func caseAsk(s *shell, cmd *cobra.Command, of func(args []string) (asked, error)) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a, err := of(args)
		if err != nil {
			return err
		}
		c, err := s.connect(cmd.Context())
		if err != nil {
			return err
		}
		got, raw, err := fetch[api.Case](cmd.Context(), c, a)
		if err != nil {
			return err
		}
		return s.print(caseResult(got, raw))
	}
	return cmd
}

// caseResult is a case to print.
func caseResult(c api.Case, raw []byte) result {
	return result{
		raw: raw, names: []string{c.ID.String()}, head: []string{"NUMBER", "SEVERITY", "STATUS", "TITLE", "REV"},
		rows: [][]string{{fmt.Sprint(c.Number), c.Severity, c.Status, c.Title, fmt.Sprint(c.Rev)}},
		text: func(w io.Writer, p paint) {
			fmt.Fprintf(w, "#%d %s  %s\n", c.Number, p.bold(clean(c.Title)), c.ID)
			facts(w, p, [][2]string{{"severity", c.Severity}, {"status", c.Status}, {"disposition", strings.ReplaceAll(c.Disposition, "_", " ")}, {"owner", ownerName(c.Owner)}, {"TLP", c.TLP}, {"revision", fmt.Sprint(c.Rev)}})
		},
	}
}

func post(path string, body any) asked {
	return asked{Method: http.MethodPost, Path: path, Body: body}
}

func caseNew(s *shell) *cobra.Command {
	var in api.CreateCase
	var alerts []string
	cmd := caseAsk(s, &cobra.Command{Use: "new TITLE", Short: "Open a case", Args: cobra.ExactArgs(1)}, func(args []string) (asked, error) {
		in.Title = args[0]
		ids, err := alertIDs(alerts)
		in.Alerts = ids
		return post("/v1/cases", in), err
	})
	flags := cmd.Flags()
	flags.StringVar(&in.Severity, "severity", "", "critical, high, medium, low or info")
	flags.StringVar(&in.Template, "template", "", "the category, such as phishing; its tasks come with it")
	flags.StringVar(&in.Summary, "summary", "", "what happened")
	flags.StringVar(&in.TLP, "tlp", "", "clear, green, amber, amber+strict or red")
	flags.StringVar(&in.PAP, "pap", "", "clear, green, amber or red")
	flags.StringSliceVar(&in.Tags, "tag", nil, "a tag; may be said several times")
	flags.BoolVar(&in.Restricted, "restricted", false, "there for its members alone, of whom you are the first")
	flags.StringSliceVar(&alerts, "alert", nil, "the id of an alert that belongs to it; may be said several times")
	return cmd
}

// alertIDs reads ids of alerts.
func alertIDs(texts []string) (ids []harrier.AlertID, err error) {
	for _, text := range texts {
		id, err := harrier.ParseID[harrier.AlertID](text)
		if err != nil {
			return nil, usagef("%q is no id of an alert; see harrier alerts list", text)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func caseEdit(s *shell) *cobra.Command {
	var title, severity, summary, tlp, pap, owner, name string
	var tags []string
	var contained, unassign bool
	var rev int64
	cmd := &cobra.Command{Use: "edit CASE", Short: "Change a case", Args: cobra.ExactArgs(1)}
	caseAsk(s, cmd, func(args []string) (asked, error) {
		in := api.EditCase{Unassign: unassign}
		for flag, to := range map[string]struct {
			into **string
			text *string
		}{"title": {&in.Title, &title}, "severity": {&in.Severity, &severity}, "summary": {&in.Summary, &summary}, "tlp": {&in.TLP, &tlp}, "pap": {&in.PAP, &pap}} {
			if cmd.Flags().Changed(flag) {
				*to.into = to.text
			}
		}
		if cmd.Flags().Changed("tag") {
			in.Tags = &tags
		}
		if cmd.Flags().Changed("contained") {
			in.Contained = &contained
		}
		if owner != "" {
			id, err := harrier.ParseID[harrier.PrincipalID](owner)
			if err != nil {
				return asked{}, usagef("--owner is %q; write the id of a principal", owner)
			}
			in.Assign = &api.Person{ID: id, Name: name}
		}
		a := asked{Method: http.MethodPatch, Path: casePath(args[0], ""), Body: in}
		if rev > 0 {
			a.Head = http.Header{"If-Match": {fmt.Sprintf("%q", fmt.Sprint(rev))}}
		}
		return a, nil
	})
	flags := cmd.Flags()
	flags.StringVar(&title, "title", "", "one line")
	flags.StringVar(&severity, "severity", "", "critical, high, medium, low or info")
	flags.StringVar(&summary, "summary", "", "what happened")
	flags.StringVar(&tlp, "tlp", "", "clear, green, amber, amber+strict or red")
	flags.StringVar(&pap, "pap", "", "clear, green, amber or red")
	flags.StringSliceVar(&tags, "tag", nil, "the tags; may be said several times")
	flags.StringVar(&owner, "owner", "", "the principal who answers for it")
	flags.StringVar(&name, "owner-name", "", "what people call the owner")
	flags.BoolVar(&unassign, "unassign", false, "nobody answers for it")
	flags.BoolVar(&contained, "contained", false, "what it is about can do no more harm")
	flags.Int64Var(&rev, "rev", 0, "change it only at this revision")
	return cmd
}

func caseComment(s *shell) *cobra.Command {
	return caseDo(s, &cobra.Command{Use: "comment CASE TEXT", Short: "Write into a case's timeline", Args: cobra.ExactArgs(2)}, "/comments", func(args []string) any {
		return map[string]string{"text": args[1]}
	})
}

func caseStatus(s *shell) *cobra.Command {
	var reason string
	cmd := caseAsk(s, &cobra.Command{Use: "status CASE open|in_progress|waiting", Short: "Say where the work on a case stands", Args: cobra.ExactArgs(2)}, func(args []string) (asked, error) {
		return post(casePath(args[0], "/status"), api.SetCaseStatus{To: args[1], Reason: reason}), nil
	})
	cmd.Flags().StringVar(&reason, "reason", "", "why; a case that waits needs one")
	return cmd
}

func caseClose(s *shell) *cobra.Command {
	var in api.CloseCase
	one := caseAsk(s, &cobra.Command{}, func(args []string) (asked, error) {
		return post(casePath(args[0], "/close"), in), nil
	})
	cmd := bulk{noun: "cases", single: one.RunE, do: func() any { return map[string]any{"close": in} }}.command(s, &cobra.Command{Use: "close [CASE...]", Short: "Close cases with what they were"})
	cmd.Flags().StringVar(&in.Disposition, "as", "", "true_positive, benign_positive, false_positive_logic, false_positive_data or undetermined")
	_ = cmd.MarkFlagRequired("as")
	reason(cmd, &in.Reason)
	return cmd
}

func caseReopen(s *shell) *cobra.Command {
	var in api.ReopenCase
	one := func(cmd *cobra.Command, args []string) error {
		c, err := s.connect(cmd.Context())
		if err != nil {
			return err
		}
		got, raw, err := fetch[api.Reopened](cmd.Context(), c, post(casePath(args[0], "/reopen"), in))
		if err != nil {
			return err
		}
		r := caseResult(got.Case, raw)
		text := r.text
		r.text = func(w io.Writer, p paint) {
			text(w, p)
			for _, u := range got.Undo {
				fmt.Fprintf(w, "  %s %s %s: undo with %s %s\n", p.warn("still contained"), clean(u.Action), clean(u.Target), clean(u.Undo), clean(string(u.UndoArgs)))
			}
		}
		return s.print(r)
	}
	cmd := bulk{noun: "cases", single: one, do: func() any { return map[string]any{"reopen": in} }}.command(s, &cobra.Command{
		Use: "reopen [CASE...]", Short: "Open cases again, or correct what one was and see what to take back",
	})
	cmd.Flags().StringVar(&in.Disposition, "as", "", "what it was after all; absent where that is to be found out")
	cmd.Flags().StringVar(&in.Reason, "reason", "", "what was wrong")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

func caseMerge(s *shell) *cobra.Command {
	var in api.MergeCase
	cmd := caseAsk(s, &cobra.Command{Use: "merge INTO FROM", Short: "Merge a case into another; nothing is lost", Args: cobra.ExactArgs(2)}, func(args []string) (asked, error) {
		in.From = args[1]
		return post(casePath(args[0], "/merge"), in), nil
	})
	cmd.Flags().StringVar(&in.Reason, "reason", "", "why")
	return cmd
}

func caseSplit(s *shell) *cobra.Command {
	var in api.SplitCase
	cmd := caseAsk(s, &cobra.Command{Use: "split CASE ALERT...", Short: "Move alerts of a case into a new one", Args: cobra.MinimumNArgs(2)}, func(args []string) (asked, error) {
		ids, err := alertIDs(args[1:])
		in.Alerts = ids
		return post(casePath(args[0], "/split"), in), err
	})
	cmd.Flags().StringVar(&in.Title, "title", "", "the title of the new case")
	cmd.Flags().StringVar(&in.Reason, "reason", "", "why")
	_ = cmd.MarkFlagRequired("title")
	return cmd
}

// maxExport bounds an export of a case, in bytes.
const maxExport = 256 << 20

func caseExport(s *shell) *cobra.Command {
	var format, file string
	cmd := &cobra.Command{
		Use: "export CASE", Short: "Export a case as Markdown, JSON or STIX 2.1", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			d, err := c.ExportCase(cmd.Context(), args[0], client.ExportCaseQuery{Format: client.ExportCaseFormat(format)})
			if err != nil {
				return err
			}
			defer d.Close()
			text, err := io.ReadAll(io.LimitReader(d, maxExport))
			if err != nil {
				return harrier.Errorf(harrier.Unavailable, "the answer of the server was cut off: %w", err)
			}
			if file != "" {
				return os.WriteFile(file, text, 0o600)
			}
			_, err = s.cfg.Streams.Out.Write(text)
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "markdown", "markdown, json or stix")
	cmd.Flags().StringVar(&file, "file", "", "where to write it; absent prints it")
	return cmd
}

func caseSimilar(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "similar CASE", Short: "List cases like one, with why", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			items, raw, err := unpaged[api.SimilarCase](cmd.Context(), c, casePath(args[0], "/similar"))
			if err != nil {
				return err
			}
			r := result{raw: raw, head: []string{"NUMBER", "STATUS", "TITLE", "SHARES"}}
			for _, k := range items {
				var shares []string
				for _, sh := range k.Shares {
					shares = append(shares, sh.Type+" "+sh.Value)
				}
				r.rows = append(r.rows, []string{fmt.Sprint(k.Number), k.Status, short(k.Title, 50), fmt.Sprintf("%d/%d: %s", len(k.Shares), k.Compared, short(strings.Join(shares, ", "), 80))})
				r.names = append(r.names, k.Case.String())
			}
			return s.print(r)
		},
	}
}

// caseTask is about what is to be done for a case.
func caseTask(s *shell) *cobra.Command {
	list := &cobra.Command{
		Use: "list CASE", Short: "List the tasks of a case", Args: cobra.ExactArgs(1), Aliases: []string{"ls"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			items, raw, err := unpaged[api.CaseTask](cmd.Context(), c, casePath(args[0], "/tasks"))
			if err != nil {
				return err
			}
			return s.print(tasksResult(items, raw))
		},
	}
	var in api.AddCaseTask
	add := taskAsk(s, &cobra.Command{Use: "add CASE TITLE", Short: "Add a task to a case", Args: cobra.ExactArgs(2)}, func(args []string) asked {
		in.Title = args[1]
		return post(casePath(args[0], "/tasks"), in)
	})
	add.Flags().BoolVar(&in.Required, "required", false, "the case is not closed while it is open")
	state := func(use, about, state string, reason *string) *cobra.Command {
		return taskAsk(s, &cobra.Command{Use: use, Short: about, Args: cobra.ExactArgs(2)}, func(args []string) asked {
			body := map[string]string{"state": state}
			if reason != nil {
				maps.Copy(body, map[string]string{"reason": *reason})
			}
			return asked{Method: http.MethodPatch, Path: casePath(args[0], "/tasks/"+url.PathEscape(args[1])), Body: body}
		})
	}
	var reason string
	skip := state("skip CASE TASK", "Skip a task, with a reason", "skipped", &reason)
	skip.Flags().StringVar(&reason, "reason", "", "why it is not done")
	_ = skip.MarkFlagRequired("reason")
	return holder("task", "Do the tasks of a case", []string{"tasks"}, list, add, state("done CASE TASK", "Say that a task is done", "done", nil), skip, state("open CASE TASK", "Say that a task is not done after all", "open", nil))
}

func taskAsk(s *shell, cmd *cobra.Command, of func(args []string) asked) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := s.connect(cmd.Context())
		if err != nil {
			return err
		}
		t, raw, err := fetch[api.CaseTask](cmd.Context(), c, of(args))
		if err != nil {
			return err
		}
		return s.print(tasksResult([]api.CaseTask{t}, raw))
	}
	return cmd
}

func tasksResult(items []api.CaseTask, raw []byte) result {
	r := result{raw: raw, head: []string{"TASK", "STATE", "REQUIRED", "DUE", "TITLE"}}
	for _, t := range items {
		required := ""
		if t.Required {
			required = "yes"
		}
		r.rows, r.names = append(r.rows, []string{t.Task, t.State, required, stamp(t.DueAt), short(t.Title, 80)}), append(r.names, t.Task)
	}
	return r
}
