package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/spf13/cobra"
)

// runFlags are the flags of harrier run.
type runFlags struct {
	inputs        []string
	alerts, cases []string
	mail          string
	mode, key     string
	detach        bool
}

func runCommand(s *shell) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use: "run PLAYBOOK|FILE", Short: "Run a playbook and watch it", Args: cobra.ExactArgs(1),
		Long: "Run a playbook that is in force, by its id, or one from a file, once.\n\n" +
			"An input is NAME=VALUE. A value that is JSON (a number, true, a list, an object, quoted text) is taken as such,\n" +
			"anything else as text. NAME=@FILE takes the text of a file.",
		Example: "  harrier run phishing-response --mail report.eml\n  harrier run check.playbook.yaml -i host=ws-113 -i days=7 --mode shadow",
		RunE:    func(cmd *cobra.Command, args []string) error { return s.run(cmd.Context(), args[0], f) },
	}
	fl := cmd.Flags()
	fl.StringArrayVarP(&f.inputs, "input", "i", nil, "an input as NAME=VALUE; may be given several times")
	fl.StringArrayVar(&f.alerts, "alert", nil, "the id of the alert to run on; given several times, it runs on each")
	fl.StringArrayVar(&f.cases, "case", nil, "the number or id of the case to run on; given several times, it runs on each")
	fl.StringVar(&f.mail, "mail", "", "a mail to report first (- for standard input), and to run on")
	fl.StringVar(&f.mode, "mode", "", "live, or shadow: read, and say what would be done")
	fl.StringVar(&f.key, "key", "", "an idempotency key: the same again gives the same run")
	fl.BoolVar(&f.detach, "detach", false, "do not watch the run; print its id")
	cmd.MarkFlagsMutuallyExclusive("alert", "mail", "case")
	return cmd
}

// startBody is what POST /v1/runs takes.
type startBody struct {
	Playbook string         `json:"playbook,omitempty"`
	Source   string         `json:"source,omitempty"`
	Name     string         `json:"name,omitempty"`
	Inputs   map[string]any `json:"inputs,omitempty"`
	Alert    string         `json:"alert,omitempty"`
	Case     string         `json:"case,omitempty"`
	Mode     string         `json:"mode,omitempty"`
}

func (s *shell) run(ctx context.Context, what string, f runFlags) error {
	if f.mode != "" && f.mode != "live" && f.mode != "shadow" {
		return usagef("--mode is live or shadow, not %q", f.mode)
	}
	body := startBody{Playbook: what, Mode: f.mode}
	var err error
	if body.Inputs, err = s.inputs(f.inputs); err != nil {
		return err
	}
	if isFile(what) {
		text, err := s.readAll(what, 1<<20)
		if err != nil {
			return err
		}
		body.Playbook, body.Source, body.Name = "", string(text), filepath.Base(what)
	}
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	objects, err := s.objects(ctx, c, f)
	if err != nil {
		return err
	}
	if len(objects) > 1 {
		return s.runMany(ctx, c, many{body, f, objects})
	}
	for _, o := range objects {
		o.on(&body)
	}
	run, err := s.startRun(ctx, c, body, f)
	if err != nil {
		return err
	}
	if f.detach {
		if c.local {
			s.note("no server has this data directory: the run goes on when one is started (harrier serve) or watched (harrier runs watch %s)", run.ID)
		} else {
			s.note("started; watch it: harrier runs watch %s", run.ID)
		}
		return s.printRun(ctx, c, run.ID.String())
	}
	return s.watch(ctx, c, run.ID.String())
}

// startRun starts the run, on the mail that was reported with it, if any. A
// run that the report has started by itself is taken.
func (s *shell) startRun(ctx context.Context, c *link, body startBody, f runFlags) (api.Run, error) {
	if f.mail != "" {
		r, err := s.submitMail(ctx, c, f.mail)
		if err != nil {
			return api.Run{}, err
		}
		body.Alert = r.Alert.String()
		for _, id := range r.Runs {
			if body.Source != "" || f.mode == "shadow" {
				break
			}
			d, _, err := fetch[api.RunDetail](ctx, c, asked{Path: "/v1/runs/" + id.String()})
			if err == nil && d.Playbook == body.Playbook {
				s.note("reported as %s, which has started %s", r.Alert, id)
				return d.Run, nil
			}
		}
		s.note("reported as %s", r.Alert)
	}
	a := asked{Method: http.MethodPost, Path: "/v1/runs", Body: body}
	if f.key != "" {
		a.Head = http.Header{"Idempotency-Key": {f.key}}
	}
	run, _, err := fetch[api.Run](ctx, c, a)
	return run, err
}

// submitMail reports a mail.
func (s *shell) submitMail(ctx context.Context, c *link, name string) (api.Receipt, error) {
	text, err := s.readAll(name, 25<<20)
	if err != nil {
		return api.Receipt{}, err
	}
	return s.sendMail(ctx, c, name, text)
}

// sendMail reports a mail that was read.
func (s *shell) sendMail(ctx context.Context, c *link, name string, text []byte) (api.Receipt, error) {
	a := asked{Method: http.MethodPost, Path: "/v1/mails", Body: bytes.NewReader(text), Media: email.MediaType(text)}
	if name != "-" {
		a.Query = url.Values{"name": {filepath.Base(name)}}
	}
	r, _, err := fetch[api.Receipt](ctx, c, a)
	return r, err
}

// isFile tells a file from the id of a playbook.
func isFile(what string) bool {
	if strings.ContainsRune(what, filepath.Separator) || strings.HasSuffix(what, ".yaml") || strings.HasSuffix(what, ".yml") {
		return true
	}
	info, err := os.Stat(what)
	return err == nil && info.Mode().IsRegular() || err != nil && !errors.Is(err, fs.ErrNotExist)
}

// inputs reads NAME=VALUE pairs.
func (s *shell) inputs(pairs []string) (map[string]any, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	out := map[string]any{}
	for _, pair := range pairs {
		name, text, ok := strings.Cut(pair, "=")
		if _, twice := out[name]; !ok || name == "" || twice {
			return nil, usagef("-i %q is not NAME=VALUE, or names an input twice", pair)
		}
		if file, ok := strings.CutPrefix(text, "@"); ok && file != "" {
			data, err := s.readAll(file, 1<<20)
			if err != nil {
				return nil, err
			}
			out[name] = string(data)
			continue
		}
		out[name] = literal(text)
	}
	return out, nil
}

// literal is a value as it was typed: JSON where it is, text otherwise.
func literal(text string) any {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || dec.More() || v == nil {
		return text
	}
	return v
}

// watch follows a run, lets whoever sits at the terminal decide what it asks,
// and prints it at its end.
func (s *shell) watch(ctx context.Context, c *link, id string) error {
	g := s.progress()
	var asksPeople bool
	w := watcher{c: c, run: id, every: 150 * time.Millisecond, see: func(d api.RunDetail) {
		if !s.quiet {
			g.show(d)
		}
	}}
	told := map[string]bool{}
	for {
		var open []api.Approval
		w.stop = func(d api.RunDetail) bool {
			open = s.untold(ctx, c, d, told)
			asksPeople = len(open) > 0
			return asksPeople
		}
		d, err := w.follow(ctx)
		if err != nil {
			return err
		}
		if !asksPeople || d.Status.Ended() {
			g.freeze()
			if err := s.printDetail(d); err != nil {
				return err
			}
			return outcome(d)
		}
		g.freeze()
		for _, a := range open {
			told[a.ID.String()] = true
			if err := s.offer(ctx, c, a); err != nil {
				return err
			}
		}
		if c.local && !s.interactive() {
			return &waitsError{"run " + id + " waits for a person, and no server has this data directory; decide with the command above, which goes on with the run"}
		}
	}
}

// waitsError ends the watching of a run that only a person can move, where
// nobody is there to ask and nobody else drives it.
type waitsError struct{ text string }

// Error implements [error].
func (e *waitsError) Error() string { return e.text }

// untold returns the open questions of a waiting run that were not shown yet.
func (s *shell) untold(ctx context.Context, c *link, d api.RunDetail, told map[string]bool) []api.Approval {
	if d.Status != "waiting" {
		return nil
	}
	list, _, _, err := pages[api.Approval](ctx, c, asked{Path: "/v1/approvals", Query: url.Values{"run": {d.ID.String()}, "status": {"pending"}}}, 50)
	if err != nil {
		return nil // who may not see them still sees the run
	}
	return slices.DeleteFunc(list, func(a api.Approval) bool { return told[a.ID.String()] })
}

// printRun prints how a run stands.
func (s *shell) printRun(ctx context.Context, c *link, id string) error {
	d, raw, err := fetch[api.RunDetail](ctx, c, asked{Path: "/v1/runs/" + url.PathEscape(id)})
	if err != nil {
		return err
	}
	return s.print(s.runResult(d, raw))
}

// printDetail prints a run that was watched: its steps were on the screen.
func (s *shell) printDetail(d api.RunDetail) error {
	r, err := object(d)
	if err != nil {
		return err
	}
	full := s.runResult(d, r.raw)
	if s.output == "table" && !s.quiet {
		full.text = nil
		full.head = []string{"RUN", "STATUS", "OUTPUTS"}
		full.rows = [][]string{{d.ID.String(), string(d.Status), cmp.Or(short(compact(d.Outputs), 200), "–")}}
	}
	return s.print(full)
}
