package enrich

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/indicator"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/picture"
)

// Intel knows who can be asked, and asks. *intel.Service is one.
type Intel interface {
	// About returns the questions to everybody who can be asked about an
	// observable; a value that is none of its kind is Invalid.
	About(ctx context.Context, tenant harrier.TenantID, kind, value string) ([]intel.Question, error)
	// Of returns the questions to everybody who offers a verb that tells facts.
	Of(ctx context.Context, tenant harrier.TenantID, verb string, input map[string]any, holds time.Duration) ([]intel.Question, error)
	// Known returns an answer that holds still, and asks nobody.
	Known(ctx context.Context, tenant harrier.TenantID, q intel.Question) (intel.Answer, bool)
	// Consult asks; errors are *connector.Error.
	Consult(ctx context.Context, req builtin.Request, q intel.Question) (intel.Answer, error)
}

// Inventory knows the organisation's persons and things.
type Inventory interface {
	// Fill writes what is known of each entity as of a time into it.
	Fill(ctx context.Context, tenant harrier.TenantID, list []picture.Entity, at time.Time) error
}

// Indicators knows what feeds and allow lists say. Both methods answer in the
// order of the observables.
type Indicators interface {
	// Match returns the opinions of feeds that list an observable at a time.
	Match(ctx context.Context, tenant harrier.TenantID, list []harrier.Observable, at time.Time) ([][]picture.Opinion, error)
	// Allowed names the allow list that an observable is on, or nothing.
	Allowed(ctx context.Context, tenant harrier.TenantID, list []harrier.Observable) ([]string, error)
}

// Markings knows how those who told of an observable marked it.
type Markings interface {
	// Marking returns the strictest marks, which are empty where nobody marked it.
	Marking(ctx context.Context, tenant harrier.TenantID, o harrier.Observable) (indicator.Marking, error)
}

// Risk knows what is held against entities at present.
type Risk interface {
	// Fill writes the risk of each entity at a time into it.
	Fill(ctx context.Context, tenant harrier.TenantID, list []picture.Entity, at time.Time) error
}

// Histories knows the alerts of before.
type Histories interface {
	// History returns what came before the alert, and in the order of the
	// observables how many alerts had each.
	History(ctx context.Context, a Asked) (picture.History, []int, error)
}

// Asked is what history is asked about.
type Asked struct {
	Tenant harrier.TenantID
	// Alert itself is not a part of its history.
	Alert       harrier.AlertID
	Fingerprint string
	Entities    []harrier.Entity
	Observables []harrier.Observable
	// Since bounds how far back it looks.
	Since time.Time
	At    time.Time
}

// Quotas knows what is left of a day's calls.
type Quotas interface {
	// Left returns how many calls of today a connection has left, and how many
	// a day it has; ok is false where they are not limited.
	Left(ctx context.Context, tenant harrier.TenantID, id harrier.ConnectionID) (left, daily int, ok bool)
}

// Hook is told that something has arrived that an alert waited for.
type Hook interface {
	// Arrived judges the alert again. It may be called more than once for the
	// same arrival; an alert that does not exist any more is not an error.
	Arrived(ctx context.Context, tenant harrier.TenantID, alert harrier.AlertID) error
}

// Config is what the service is made of. Intel, Now and Settings are required;
// what else is nil is left out of pictures.
type Config struct {
	Intel      Intel
	Inventory  Inventory
	Indicators Indicators
	Markings   Markings
	Risk       Risk
	Histories  Histories
	Quotas     Quotas
	// Store keeps what goes on after a picture; without it nothing does.
	Store Store
	// Own reports whether a name or an address, as text, is the organisation's.
	Own func(host string) bool
	// Settings hold until others are set.
	Settings Settings
	Log      *slog.Logger
	Now      func() time.Time
}

// Service makes pictures. It is safe for concurrent use.
type Service struct {
	cfg      Config
	settings atomic.Pointer[Settings]
	desk     *desk
	wake     chan struct{}
	stop     context.CancelCauseFunc
	once     sync.Once
}

// New returns the service. It is to be closed; what it asks goes on after those
// who wanted to know, and not after that.
func New(cfg Config) *Service {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Own == nil {
		cfg.Own = func(string) bool { return false }
	}
	base, stop := context.WithCancelCause(context.Background()) //nolint:forbidigo // nobody's context lives as long as the service
	s := &Service{cfg: cfg, wake: make(chan struct{}, 1), stop: stop}
	s.SetSettings(cfg.Settings)
	s.desk = newDesk(base, s.consult, cfg.Now)
	return s
}

// SetSettings has other settings hold. A picture that is being made goes on with
// those that it began with.
func (s *Service) SetSettings(set Settings) {
	set = set.withDefaults()
	s.settings.Store(&set)
}

// Close gives up what is asked and waits for that.
func (s *Service) Close() error {
	s.once.Do(func() {
		s.stop(harrier.Errorf(harrier.Unavailable, "Harrier is stopping"))
		s.desk.close()
	})
	return nil
}

// Request asks for a picture.
type Request struct {
	Tenant harrier.TenantID
	// Alert is what the finding makes or changes.
	Alert   harrier.AlertID
	Finding harrier.Finding
	// Fingerprint finds alerts that are alike; empty finds none.
	Fingerprint string
	// Severity decides who is served first, and who at all where calls run
	// short; empty means the finding's.
	Severity string
	// At is when the event happened; zero means the finding's time, or now.
	At time.Time
	// Deadline is how long answers are waited for; zero means as long as the
	// settings say, and a negative one does not wait.
	Deadline time.Duration
	// TLP and PAP are the marks under which it was shared, such as AMBER;
	// empty takes those of the finding's data.
	TLP, PAP string
}

// severity is what the request is served by.
func (r Request) severity() string { return cmp.Or(r.Severity, r.Finding.Severity, "medium") }

// lane orders service: 0 is critical, 3 is low.
func (r Request) lane() int {
	switch r.severity() {
	case "critical":
		return 0
	case "high":
		return 1
	case "low", "info":
		return lanes - 1
	}
	return 2
}
