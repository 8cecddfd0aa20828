package cli

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/playbook"
)

// Config is what the command line is made of. The functions come from the
// wiring, so that a command that needs none of them starts none of them.
type Config struct {
	Streams Streams
	// Env is the environment, as os.LookupEnv gives it.
	Env     func(name string) (string, bool)
	Version api.Version
	Now     func() time.Time

	// Serve runs a server on a data directory until ctx is done.
	Serve func(ctx context.Context, o ServeOptions) error
	// Local opens a data directory that no server has, inside this process:
	// its API answers to the local operator and nothing listens. Where a
	// server has the directory, the error is Conflict.
	Local func(ctx context.Context, dir string, log *slog.Logger) (LocalServer, error)
	// Demo plays a story against simulated vendors.
	Demo func(ctx context.Context, o DemoOptions, see DemoObserver) (DemoReport, error)
	// Catalog returns what playbooks may use by this build alone, together
	// with the playbooks that ship: no data directory is opened. Files of
	// connectors in extra directories, each with PRODUCT/connector.yaml, are
	// added.
	Catalog func(extra ...string) (playbook.Catalog, error)
	// TestPlaybook runs the tests beside a playbook, offline.
	TestPlaybook func(ctx context.Context, in TestInput) (TestReport, error)
	// Lab runs the simulated vendors until ctx is done.
	Lab func(ctx context.Context, o LabOptions) error
}

// LocalServer is an API inside this process.
type LocalServer struct {
	Transport http.RoundTripper
	// Close stops the server and waits for it. Runs that were under way go on
	// when the data directory is opened again.
	Close func(ctx context.Context) error
}

// ServeOptions says how a server runs.
type ServeOptions struct {
	Dir string
	// Listen is a loopback address to listen on beside the Unix socket, with
	// the token of the data directory; empty means the socket alone.
	Listen string
	Log    *slog.Logger
	// Ready is called once, when requests are answered.
	Ready func(r ServeReady)
}

// ServeReady tells where a server listens.
type ServeReady struct {
	Socket string
	// URL is empty where it listens on the socket alone; TokenFile holds the
	// bearer token for it.
	URL, TokenFile string
}

// TestInput is a playbook with its tests.
type TestInput struct {
	// Playbook and Test are the names of the files.
	Playbook, Test             string
	PlaybookSource, TestSource []byte
	Catalog                    playbook.Catalog
}

// TestReport is how the tests of a playbook went.
type TestReport struct {
	Playbook string     `json:"playbook"`
	Cases    []TestCase `json:"cases"`
	// Ways is how many ways the steps can go on, Taken how many of them the
	// tests took.
	Ways  int `json:"ways"`
	Taken int `json:"taken"`
	// Untaken names the others.
	Untaken []string `json:"untaken,omitempty"`
}

// TestCase is how one test went.
type TestCase struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Failures say what was expected and what came.
	Failures []string      `json:"failures,omitempty"`
	Took     time.Duration `json:"-"`
}

// LabOptions says how the simulated vendors run.
type LabOptions struct {
	// Dir keeps what happened; empty keeps it in memory.
	Dir    string
	Listen string
	Seed   uint64
	// Scenario is a file in JSON that says what the world is like; nil means
	// the default.
	Scenario io.Reader
	Log      *slog.Logger
	// Ready is called once with the vendors and the control address.
	Ready func(vendors []DemoVendor, control string)
}
