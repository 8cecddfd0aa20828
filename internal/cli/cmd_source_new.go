package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

// newSource is what POST /v1/sources takes.
type newSource struct {
	Name        string         `json:"name"`
	Product     string         `json:"product"`
	Mapping     string         `json:"mapping,omitempty"`
	TimeZone    string         `json:"time_zone,omitempty"`
	Reliability string         `json:"reliability,omitempty"`
	Allows      []string       `json:"allows,omitempty"`
	Settings    map[string]any `json:"settings,omitempty"`
	Secret      string         `json:"secret,omitempty"`
	BaseURL     string         `json:"base_url,omitempty"`
}

func sourceNew(s *shell) *cobra.Command {
	var body newSource
	var settings, from []string
	var wait time.Duration
	cmd := &cobra.Command{
		Use: "new PRODUCT", Short: "Add a source, and say what to set on its sender's side", Args: cobra.ExactArgs(1), Aliases: []string{"add"},
		Long: "Add a source of a product, and print what has to be set there. The source is observed at first: it makes alerts, and starts nothing\n" +
			"until it is made live. The secret is printed this once. With --wait the command waits for the first event and shows what became of it.",
		Example: "  harrier source new splunk --base-url https://harrier.corp.example --wait 10m\n  harrier source new generic --name scanner --set auth.kind=standard_webhooks",
		RunE: func(cmd *cobra.Command, args []string) error {
			body.Product = args[0]
			body.Name = cmp.Or(body.Name, args[0])
			given, err := s.secrets(from)
			if err != nil {
				return err
			}
			body.Secret = given["secret"]
			flat, err := s.inputs(settings)
			if err != nil {
				return err
			}
			body.Settings = nested(flat)
			return s.addSource(cmd.Context(), body, wait)
		},
	}
	f := cmd.Flags()
	f.StringVar(&body.Name, "name", "", "what the source is called; the product's name where it is not said")
	f.StringVar(&body.Mapping, "mapping", "", "what makes findings of its events, instead of the product's mapping")
	f.StringVar(&body.TimeZone, "time-zone", "", "the zone of times that carry none, such as Europe/Berlin")
	f.StringVar(&body.Reliability, "reliability", "", "its grade by the Admiralty code, A to F")
	f.StringSliceVar(&body.Allows, "allow", nil, "a verb that playbooks triggered by it may use beyond reading; may be given several times")
	f.StringArrayVar(&settings, "set", nil, "a setting as PATH=VALUE, such as auth.kind=bearer; may be given several times")
	f.StringArrayVar(&from, "secret", nil, "what the sender dictates: secret=@FILE, secret=- or secret=$VARIABLE")
	f.StringVar(&body.BaseURL, "base-url", s.env("HARRIER_PUBLIC_URL"), "how the sender reaches Harrier, such as https://harrier.corp.example ($HARRIER_PUBLIC_URL)")
	f.DurationVar(&wait, "wait", 0, "how long to wait for the first event, such as 10m")
	return cmd
}

// nested makes maps of settings whose names have dots.
func nested(flat map[string]any) map[string]any {
	out := map[string]any{}
	for path, v := range flat {
		into := out
		parts := strings.Split(path, ".")
		for _, part := range parts[:len(parts)-1] {
			next, ok := into[part].(map[string]any)
			if !ok {
				next = map[string]any{}
				into[part] = next
			}
			into = next
		}
		into[parts[len(parts)-1]] = v
	}
	return out
}

func (s *shell) addSource(ctx context.Context, body newSource, wait time.Duration) error {
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	if wait > 0 && c.local {
		return usagef("nobody listens for events: start the server first (harrier serve), then wait for one")
	}
	made, raw, err := fetch[api.SourceMade](ctx, c, asked{Method: http.MethodPost, Path: "/v1/sources", Body: body})
	if err != nil {
		return err
	}
	if err := s.printMade(made, raw); err != nil {
		return err
	}
	if made.URL != "" && body.BaseURL == "" {
		s.note("HARRIER stands for this machine as the sender reaches it: say it with --base-url or $HARRIER_PUBLIC_URL, and listen there: harrier serve --doors :8443 --doors-cert FILE --doors-key FILE")
	}
	name := made.Source.Name
	if wait <= 0 {
		s.note("it is observed; once its alerts are right: harrier source live %s", name)
		return nil
	}
	if err := s.awaitEvent(ctx, c, name, wait); err != nil {
		return err
	}
	s.note("once its alerts are right: harrier source live %s", name)
	return nil
}

// printMade prints a source with what its sender needs.
func (s *shell) printMade(m api.SourceMade, raw []byte) error {
	return s.print(result{
		raw: raw, names: []string{m.Source.Name}, head: []string{"NAME", "URL", "SECRET"}, rows: [][]string{{m.Source.Name, m.URL, m.Secret}},
		text: func(w io.Writer, p paint) {
			fmt.Fprintf(w, "%s  %s, %s\n", p.bold(clean(m.Source.Name)), m.Source.Kind, sourceState(m.Source))
			facts(w, p, [][2]string{{"url", m.URL}, {"user", m.User}, {"secret", m.Secret}, {"warning", m.Warning}})
			if m.Secret != "" {
				fmt.Fprintln(w, p.dim("  The secret is not shown again."))
			}
			for i, step := range m.Steps {
				fmt.Fprintf(w, "\n  %d. %s\n", i+1, strings.ReplaceAll(clean(step), "\n", "\n     "))
			}
			for _, one := range m.Snippets {
				fmt.Fprintf(w, "\n  %s\n\n    %s\n", p.bold(clean(one.Title)), strings.ReplaceAll(strings.TrimSpace(clean(one.Text)), "\n", "\n    "))
			}
			fmt.Fprintln(w)
		},
	})
}

// lookEvery is how often is looked for an event.
const lookEvery = 500 * time.Millisecond

// awaitEvent waits for the first event of a source, and shows what became of it.
func (s *shell) awaitEvent(ctx context.Context, c *link, source string, wait time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, wait, harrier.Errorf(harrier.Unavailable,
		"nothing came from %s in %s; send a test from the product, then look: harrier event list --source %s", source, wait, source))
	defer cancel()
	s.note("waiting for the first event of %s; send a test from the product", source)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	refused := ""
	for {
		list, _, _, err := pages[api.SourceEvent](ctx, c, asked{Path: "/v1/events", Query: url.Values{"source": {source}}}, 50)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(e api.SourceEvent) bool { return e.State != harrier.EventPending })
		if i >= 0 {
			e, raw, err := fetch[api.SourceEvent](ctx, c, asked{Path: "/v1/events/" + list[i].ID.String()})
			if err != nil {
				return err
			}
			return s.printFirst(ctx, c, e, raw)
		}
		if now := refusal(ctx, c, source); now != refused {
			refused = now
			s.note("refused: %s", refused)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// refusal is what a source says of deliveries that it refused.
func refusal(ctx context.Context, c *link, source string) string {
	d, err := c.TestSource(ctx, source)
	if err != nil {
		return "" // whoever may not ask waits all the same
	}
	for _, check := range d.Checks {
		if check.Name == "refused" {
			return check.Detail
		}
	}
	return ""
}

// printFirst prints the first event of a source, and the alert that it became.
func (s *shell) printFirst(ctx context.Context, c *link, e api.SourceEvent, raw []byte) error {
	if err := s.printEvent(ctx, c, e, raw); err != nil || e.Alert.IsZero() {
		return err
	}
	a, err := c.GetAlert(ctx, e.Alert.String())
	if err != nil {
		return err
	}
	s.note("it is the alert %q, severity %s; see it whole: harrier alert show %s", clean(a.Title), a.Severity, e.Alert)
	if len(e.Unmapped) > 0 {
		s.note("what the mapping does not know is kept, and shown as unmapped")
	}
	return nil
}
