package connectortest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/connector/connectortest"
	"github.com/harrier-soar/harrier/connector/rest"
	"github.com/harrier-soar/harrier/schema"
)

const sound = `harrier: 1
connector: acme
title: Acme
category: firewall
settings:
  base_url: {type: url, required: true}
check: list
actions:
  list:
    title: List
    effect: read
    request: {get: /list}
    output: {entries: {type: list<string>, from: "body.?entries.orValue([])"}}
    example: {entries: [a]}
  block:
    title: Block
    effect: contain
    repeat: natural
    targets: [name]
    input: {name: {type: string, required: true, help: What to block.}}
    request: {put: "/blocked/{name}", body: {name: "${{ input.name }}"}}
    undo: unblock
    example: {}
  unblock:
    title: Stop blocking
    effect: contain
    repeat: natural
    targets: [name]
    input: {name: {type: string, required: true, help: What to stop blocking.}}
    request: {delete: "/blocked/{name}"}
    undo: block
    example: {}
`

// broken is a connector with one thing wrong in it.
type broken struct {
	connector.Connector
	manifest *connector.Manifest
	fault    string
}

// Manifest implements [connector.Connector].
func (b broken) Manifest() *connector.Manifest { return b.manifest }

// Do implements [connector.Connector], wrongly.
func (b broken) Do(ctx context.Context, env *connector.Env, req connector.Request) (connector.Answer, error) {
	switch b.fault {
	case "pasted path", "left endpoint":
		if req.Action == "block" {
			address := fmt.Sprintf("%s/blocked/%s", env.Settings["base_url"], req.Input["name"])
			if b.fault == "left endpoint" {
				address = "http://localhost:1/blocked"
			}
			r, err := http.NewRequestWithContext(ctx, http.MethodPut, address, nil)
			if err != nil {
				return connector.Answer{}, connector.Errorf(connector.Invalid, "no request")
			}
			res, err := env.HTTP.Do(r)
			if err != nil {
				return connector.Answer{}, connector.Errorf(connector.Unknown, "broke off")
			}
			class, ok := connector.Classify(res.StatusCode, "contain")
			_, err = io.Copy(io.Discard, res.Body)
			if !ok || err != nil {
				return connector.Answer{}, &connector.Error{Class: class, After: connector.RetryAfter(res.Header, env.Now())}
			}
			return connector.Answer{Output: map[string]any{}}, res.Body.Close()
		}
	case "leak":
		env.Redact = nil
	}
	answer, err := b.Connector.Do(ctx, env, req)
	if e := connector.AsError(err); e != nil {
		switch {
		case b.fault == "guess" && e.Class == connector.Unknown:
			return answer, connector.Errorf(connector.Unavailable, "surely nothing happened")
		case b.fault == "untyped":
			return answer, fmt.Errorf("oops")
		}
	}
	return answer, err
}

// TestRun_catchesBrokenConnectors runs the suite over connectors that are wrong
// in one way each, in a process of its own, where it must fail and say so.
func TestRun_catchesBrokenConnectors(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]string{
		"none":          "",
		"pasted path":   "other path segments",
		"left endpoint": "left the endpoint",
		"leak":          "shows the credential",
		"guess":         "want unknown",
		"untyped":       "want a *connector.Error",
		"no undo":       "is contain without undo",
		"no help":       "has no help",
		"bad example":   "does not fit the output",
		"no targets":    "has no targets",
		"lost probe":    "which does not exist",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$", "-test.count=1")
			cmd.Env = append(os.Environ(), "HARRIER_BROKEN="+fault)
			out, err := cmd.CombinedOutput()
			if (err == nil) != (want == "") || !strings.Contains(string(out), want) {
				t.Errorf("the suite ended with %v and did not say %q:\n%s", err, want, out)
			}
		})
	}
}

// TestBroken is run by TestRun_catchesBrokenConnectors.
func TestBroken(t *testing.T) { //nolint:paralleltest // alone in its process
	fault := os.Getenv("HARRIER_BROKEN")
	if fault == "" {
		t.Skip("runs in a process of its own, see TestRun_catchesBrokenConnectors")
	}
	source := sound
	if fault == "leak" {
		source = strings.Replace(sound, "settings:", `errors: [{status: 400, class: invalid, message: body.message}]`+"\nsettings:", 1)
	}
	c, problems := rest.Load("connector.yaml", []byte(source))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	m := *c.Manifest()
	m.Actions = append([]schema.ActionSpec(nil), m.Actions...)
	block := &m.Actions[1]
	switch fault {
	case "no undo":
		block.Undo = nil
	case "no help":
		block.Input = []schema.Field{{Name: "name", Type: schema.TypeOf(schema.String), Required: true}}
	case "bad example":
		m.Actions[0].Example = map[string]any{"entries": "a"}
	case "no targets":
		block.Targets = nil
	case "lost probe":
		block.Probe = &schema.Probe{Link: schema.Link{Action: "nowhere"}}
	}
	connectortest.Run(t, []connector.Connector{broken{Connector: c, manifest: &m, fault: fault}}, connectortest.Options{})
}
