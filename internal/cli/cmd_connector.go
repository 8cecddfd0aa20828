package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/harrier-soar/harrier/client"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func connectorCommand(s *shell) *cobra.Command {
	list := &cobra.Command{
		Use: "list [CONNECTOR]", Short: "List the products that Harrier knows, or the actions of one", Args: cobra.MaximumNArgs(1), Aliases: []string{"ls"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			all, raw, err := unpaged[api.Connector](cmd.Context(), c, "/v1/connectors")
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return s.printActions(all, args[0])
			}
			r := result{raw: raw, head: []string{"NAME", "TITLE", "CATEGORY", "ACTIONS", "NEEDS"}}
			for _, one := range all {
				r.rows = append(r.rows, []string{one.Name, one.Title, one.Category, fmt.Sprint(len(one.Actions)), strings.Join(one.Secrets, ", ")})
				r.names = append(r.names, one.Name)
			}
			return s.print(r)
		},
	}
	return holder("connector", "Show, test and call products", []string{"connectors"}, list, connectorTest(s), connectorCall(s))
}

// printActions prints what one product can do.
func (s *shell) printActions(all []api.Connector, name string) error {
	for _, one := range all {
		if one.Name != name {
			continue
		}
		r, err := object(one)
		if err != nil {
			return err
		}
		r.head = []string{"ACTION", "EFFECT", "VERB", "UNDO", "INPUT"}
		for _, a := range one.Actions {
			r.rows, r.names = append(r.rows, []string{a.Name, string(a.Effect), a.Verb, a.Undo, inputNames(a.Input)}), append(r.names, name+"."+a.Name)
		}
		return s.print(r)
	}
	return missing("connector", name, "harrier connector list")
}

func inputNames(fields []api.FormField) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
		if !f.Required {
			names[i] = "[" + f.Name + "]"
		}
	}
	return strings.Join(names, " ")
}

// missing is the error about something that a list does not have.
func missing(noun, name, list string) error {
	return &quietError{code: exitNotFound, text: fmt.Sprintf("there is no %s %q; see %s", noun, name, list)}
}

func connectorTest(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "test CONNECTION", Short: "Test a connection with the call that its connector names for it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.callResult(cmd.Context(), "/v1/connections/"+url.PathEscape(args[0])+"/test", nil)
		},
	}
}

func connectorCall(s *shell) *cobra.Command {
	var inputs []string
	var confirm bool
	cmd := &cobra.Command{
		Use: "call CONNECTION.ACTION", Short: "Call an action of a connection once", Args: cobra.ExactArgs(1),
		Long: "Call an action of a connection once, outside of a playbook. An action that does more than read needs --yes and is audited.",
		RunE: func(cmd *cobra.Command, args []string) error {
			name, action, ok := strings.Cut(args[0], ".")
			if !ok {
				return usagef("%q is not CONNECTION.ACTION, such as slack.post_message", args[0])
			}
			in, err := s.inputs(inputs)
			if err != nil {
				return err
			}
			err = s.callResult(cmd.Context(), "/v1/connections/"+url.PathEscape(name)+"/call", map[string]any{"action": action, "input": in, "confirm": confirm})
			if r, ok := errors.AsType[*client.Problem](err); ok && !confirm && strings.Contains(r.Detail, "confirm: true") {
				s.note("on the command line: say --yes")
			}
			return err
		},
	}
	cmd.Flags().StringArrayVarP(&inputs, "input", "i", nil, "an input as NAME=VALUE; may be given several times")
	cmd.Flags().BoolVar(&confirm, "yes", false, "do it although it does more than read")
	return cmd
}

// callResult makes a call and prints what came of it.
func (s *shell) callResult(ctx context.Context, path string, body any) error {
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	if m, ok := body.(map[string]any); ok && m["input"] == nil {
		delete(m, "input")
	}
	r, raw, err := fetch[api.CallResult](ctx, c, asked{Method: http.MethodPost, Path: path, Body: body})
	if err != nil {
		return err
	}
	status := "ok"
	if !r.OK {
		status = "failed"
	}
	output, err := json.MarshalIndent(r.Output, "", "  ")
	if err != nil {
		return err
	}
	err = s.print(result{
		raw: raw, names: []string{r.Connection}, head: []string{"CONNECTION", "ACTION", "RESULT", "MILLIS", "ERROR"},
		rows: [][]string{{r.Connection, r.Action, status, fmt.Sprint(r.Millis), r.Error}},
		text: func(w io.Writer, p paint) {
			fmt.Fprintf(w, "%s %s: %s  %d ms\n", p.glyph(status), clean(r.Connection), clean(r.Action), r.Millis)
			if len(r.Output) > 0 {
				fmt.Fprintln(w, clean(string(output)))
			}
		},
	})
	if err == nil && !r.OK {
		return &quietError{code: exitFailure, text: strings.TrimPrefix(r.Class+": "+r.Error, ": ")}
	}
	return err
}
