package transport

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/harrier-soar/harrier"
)

// Vault reveals secrets. Those of a connection have its id, as text, for a name.
type Vault interface {
	Reveal(ctx context.Context, tenant harrier.TenantID, name, field string) (harrier.Secret, error)
}

// Resolver looks up names; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Timeouts bound the phases of a call.
type Timeouts struct {
	// Connect is for the look-up of the name and the connection; default 5 s.
	Connect time.Duration
	// TLS is for the handshake; default 5 s.
	TLS time.Duration
	// FirstByte is from the start to the first byte of the answer, for calls
	// without a timeout of their own; default 30 s.
	FirstByte time.Duration
	// Total is for the whole exchange; default 60 s.
	Total time.Duration
	// Queue is how long a call waits for its turn under the limits of the
	// connection; default 30 s.
	Queue time.Duration
}

// Config is what the transport needs. Zero values have defaults where one is named.
type Config struct {
	Vault Vault
	// Log receives what a developer wants to know; default none.
	Log *slog.Logger
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Resolver looks up names; default the system's.
	Resolver Resolver
	// Recorder keeps exchanges; without one, the record mode is refused.
	Recorder Recorder
	// RecordLive keeps the exchanges of live calls too.
	RecordLive bool
	// Recording answers in replay mode; without one, everything is missing.
	Recording Recording
	Timeouts  Timeouts
	// MaxBody bounds an answer after decompression; default 8 MiB.
	MaxBody int64
	// MaxRequest bounds the body of a request; default 64 MiB.
	MaxRequest int64
	// MaxRecorded bounds each recorded body; default 64 KiB.
	MaxRecorded int
	// Hit, when not nil, is called at call.before_connect, call.after_headers_sent,
	// call.after_body_sent and call.after_response, for tests that end the process there.
	Hit func(name string)
}

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Hit == nil {
		c.Hit = func(string) {}
	}
	if c.Resolver == nil {
		c.Resolver = &net.Resolver{}
	}
	c.Timeouts = Timeouts{
		Connect:   cmp.Or(c.Timeouts.Connect, 5*time.Second),
		TLS:       cmp.Or(c.Timeouts.TLS, 5*time.Second),
		FirstByte: cmp.Or(c.Timeouts.FirstByte, 30*time.Second),
		Total:     cmp.Or(c.Timeouts.Total, time.Minute),
		Queue:     cmp.Or(c.Timeouts.Queue, 30*time.Second),
	}
	c.MaxBody = cmp.Or(c.MaxBody, 8<<20)
	c.MaxRequest = cmp.Or(c.MaxRequest, 64<<20)
	c.MaxRecorded = cmp.Or(c.MaxRecorded, 64<<10)
	return c
}
