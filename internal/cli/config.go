package cli

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// Config is what the command line is made of. The functions come from the
// wiring: what opens a data directory is behind them, and only there.
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
	// Listen is an address to listen on beside the Unix socket; empty means the
	// socket alone.
	Listen string
	// Certificate and Key are PEM files for Listen.
	Certificate, Key string
	// Doors is where senders are listened to beside that.
	Doors api.DoorListening
	// PublicURL is the address at which people reach the server; empty where nobody said.
	PublicURL string
	// SecondFactor lists the roles whose people need a second factor.
	SecondFactor []string
	Log          *slog.Logger
	// Ready is called once, when requests are answered.
	Ready func(r ServeReady)
}

// ServeReady tells where a server listens.
type ServeReady struct {
	Socket string
	// URL is empty where it listens on the socket alone; TokenFile holds the
	// bearer token for it.
	URL, TokenFile string
	// Setup is the one-time token by which the first account is made, until
	// SetupUntil; zero where somebody has an account.
	Setup      harrier.Secret
	SetupUntil time.Time
	// Doors is where senders are listened to; empty where they are not.
	Doors string
}
