package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/observable"
	"github.com/spf13/cobra"
)

func observablesCommand(s *shell) *cobra.Command {
	return holder("observables", "Find in text what can be looked up", nil, extractCommand(s), unwrapCommand(s))
}

// foundOutput is a value that was found, as JSON.
type foundOutput struct {
	Type     observable.Type `json:"type"`
	Value    string          `json:"value"`
	Raw      string          `json:"raw"`
	Offset   int             `json:"offset"`
	End      int             `json:"end"`
	Defanged bool            `json:"defanged"`
	Part     observable.Part `json:"part,omitempty"`
	Unicode  string          `json:"unicode,omitempty"`
	Note     string          `json:"note,omitempty"`
}

func extractCommand(s *shell) *cobra.Command {
	var types []string
	var opt observable.Options
	var unique bool
	cmd := &cobra.Command{
		Use: "extract FILE|-", Short: "List what stands in a text, defanged or not", Args: cobra.ExactArgs(1),
		Long: "List URLs, domains, addresses, hashes, paths, CVE numbers, wallets and the like with the byte at which each stands.\n" +
			"Nothing is fetched or resolved. Without --type all types are listed: " + typeNames() + ".",
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := s.readAll(args[0], 64<<20)
			if err != nil {
				return err
			}
			if err := knownTypes(types); err != nil {
				return err
			}
			opt.Bytes, opt.Limit = len(text), 1_000_000
			found, more := observable.Extract(string(text), opt)
			if more {
				fmt.Fprintf(s.cfg.Streams.Err, "only the first %d are listed; split the text to see the others\n", len(found))
			}
			found = slices.DeleteFunc(found, unwanted(types, unique))
			return s.printFound(found, more)
		},
	}
	cmd.Flags().StringSliceVar(&types, "type", nil, "a type to list; repeat or separate with commas")
	cmd.Flags().BoolVar(&unique, "unique", false, "list each value once, where it stands first")
	cmd.Flags().BoolVar(&opt.NeedScheme, "need-scheme", false, "do not take example.com/path for a URL")
	return cmd
}

// typeNames lists the types.
func typeNames() string {
	var names []string
	for _, t := range observable.Types() {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

// knownTypes refuses types that do not exist.
func knownTypes(types []string) error {
	for _, t := range types {
		if !slices.Contains(observable.Types(), observable.Type(t)) {
			return harrier.Errorf(harrier.Invalid, "there is no type %q; give some of %s", t, typeNames())
		}
	}
	return nil
}

// unwanted returns what leaves out other types, and values that were there before.
func unwanted(types []string, unique bool) func(observable.Found) bool {
	seen := map[string]bool{}
	return func(f observable.Found) bool {
		key := string(f.Type) + " " + f.Value
		out := len(types) > 0 && !slices.Contains(types, string(f.Type)) || unique && seen[key]
		seen[key] = true
		return out
	}
}

// printFound prints what was found.
func (s *shell) printFound(found []observable.Found, more bool) error {
	list := make([]foundOutput, len(found))
	rows := make([][]string, len(found))
	names := make([]string, len(found))
	for i, f := range found {
		list[i] = foundOutput{f.Type, f.Value, f.Raw, f.Offset, f.End, f.Defanged, f.Part, f.Unicode, f.Note}
		rows[i] = []string{string(f.Type), f.Value, f.Raw, strconv.Itoa(f.Offset)}
		names[i] = f.Value
	}
	out, err := object(map[string]any{"found": list, "more": more})
	if err != nil {
		return err
	}
	out.head, out.rows, out.names = []string{"TYPE", "VALUE", "RAW", "OFFSET"}, rows, names
	return s.print(out)
}

// layerOutput is what stood around a URL, as JSON.
type layerOutput struct {
	Service string `json:"service"`
	Host    string `json:"host"`
	Undone  bool   `json:"undone"`
	Target  string `json:"target,omitempty"`
}

func unwrapCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "unwrap URL", Short: "Show where a rewritten link leads", Args: cobra.ExactArgs(1),
		Long: "Undo what mail gateways did to a link, without asking them. Defanged links may be given.",
		RunE: func(_ *cobra.Command, args []string) error {
			final, layers := observable.Unwrap(observable.Refang(strings.TrimSpace(args[0])))
			list := []layerOutput{}
			rows := [][]string{{final, "", ""}}
			for _, l := range layers {
				list = append(list, layerOutput{Service: l.Service, Host: l.Host, Undone: l.Undone, Target: l.Target})
				rows = append(rows, []string{"", l.Service, l.Host})
			}
			out, err := object(map[string]any{"url": final, "layers": list})
			if err != nil {
				return err
			}
			out.head, out.rows, out.names = []string{"URL", "LAYER", "HOST"}, rows, []string{final}
			return s.print(out)
		},
	}
}
