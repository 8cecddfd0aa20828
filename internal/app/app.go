package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/airlock"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/audit"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/change"
	"github.com/harrier-soar/harrier/internal/channel"
	"github.com/harrier-soar/harrier/internal/containment"
	"github.com/harrier-soar/harrier/internal/correlate"
	"github.com/harrier-soar/harrier/internal/door"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/enrich"
	"github.com/harrier-soar/harrier/internal/erasure"
	"github.com/harrier-soar/harrier/internal/evidence"
	"github.com/harrier-soar/harrier/internal/failpoint"
	"github.com/harrier-soar/harrier/internal/indicator"
	"github.com/harrier-soar/harrier/internal/intake"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/inventory"
	"github.com/harrier-soar/harrier/internal/judge"
	"github.com/harrier-soar/harrier/internal/killswitch"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/internal/listen"
	"github.com/harrier-soar/harrier/internal/mapping"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/noise"
	"github.com/harrier-soar/harrier/internal/organisation"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/passkey"
	"github.com/harrier-soar/harrier/internal/provider"
	"github.com/harrier-soar/harrier/internal/pull"
	"github.com/harrier-soar/harrier/internal/retention"
	"github.com/harrier-soar/harrier/internal/risk"
	"github.com/harrier-soar/harrier/internal/rota"
	"github.com/harrier-soar/harrier/internal/scim"
	"github.com/harrier-soar/harrier/internal/shift"
	"github.com/harrier-soar/harrier/internal/ship"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/transport"
	"github.com/harrier-soar/harrier/internal/trigger"
	"github.com/harrier-soar/harrier/internal/vault"
	"github.com/harrier-soar/harrier/internal/watch"
	"github.com/harrier-soar/harrier/internal/webhook"
)

// Options says how an installation is opened. Dir is required.
type Options struct {
	// Dir is the data directory.
	Dir string
	// Log is where the log goes; nil discards it.
	Log *slog.Logger
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// FourEyes tells that several people work here: nobody alone does what takes two,
	// as approving a change of content in which they had a hand.
	FourEyes bool
	// Points are the armed failpoints; nil means none.
	Points *failpoint.Points
	// Helper is the program that is started to read hostile bytes; it must answer
	// to [airlock.Command] with [HelperWork]. Empty reads them in this process.
	Helper string
	// Tape, when not empty, is a file to which every exchange is recorded, secrets removed.
	Tape string
	// PasswordCost overrules what trying a password costs, for tests; zero is the default.
	PasswordCost access.Cost
	// PublicURL is the address at which people reach the server, such as
	// https://harrier.example; passkeys are made for it. Empty makes none.
	PublicURL string
	// SecondFactor lists the roles whose people need a second factor, from 14 days
	// after the first log-in without.
	SecondFactor []string
}

// App is an open installation. Nothing is driven until [App.Run].
type App struct {
	opt        Options
	products   *products
	profile    held[organisation.Profile]
	store      *store.Store
	vault      *vault.Vault
	trail      *audit.Sequencer
	keeping    *retention.Service
	erasing    *erasure.Service
	stops      *killswitch.Service
	ship       *ship.Shipper
	webhooks   *webhook.Service
	blobs      *evidence.Dir
	transport  *transport.Transport
	tape       *transport.TapeFile
	helpers    *airlock.Pool // nil where mails are read in this process
	mails      email.Reader
	engine     *engine.Engine
	plans      *plans
	directory  *directory
	library    *library
	caller     *caller
	approvals  *approval.Service
	links      *links.Door
	references *links.References
	channels   *channel.Service
	cases      *casework.Service
	intake     *intake.Service
	pipeline   *intake.Pipeline
	mappings   late[*mapping.Set]
	rules      late[*judge.Rules]
	keeper     *containment.Keeper
	intel      *intel.Service
	enrich     *enrich.Service

	reports         *door.Catalogue
	indicators      *indicator.Service
	keeperOfSources *door.Keeper
	door            *door.Door
	watch           *watch.Watcher
	poll            *pull.Service
	inventory       *inventory.Service
	listen          *listen.Server
	risk            *risk.Service
	correlate       *correlate.Service
	mutes           *mute.Service
	closers         *mute.Closers
	noise           held[noise.Settings]
	duty            pager.Settings
	rotas           *rota.Service
	pager           *pager.Service
	shifts          *shift.Service
	trigger         *trigger.Service
	changes         *change.Service
	git             sync.Mutex // held while the repository is read or written
	access          *access.Service
	providers       *provider.Service
	passkeys        *passkey.Service
	scim            *scim.Service
}

// Open opens a data directory, which is made where it does not exist. It is
// Conflict where another process has it.
func Open(ctx context.Context, o Options) (_ *App, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &App{opt: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if err := a.openStorage(ctx); err != nil {
		return nil, err
	}
	if err := a.openChanges(ctx); err != nil {
		return nil, err
	}
	if err := a.openTransport(); err != nil {
		return nil, err
	}
	if err := a.openProviders(); err != nil {
		return nil, err
	}
	if err := a.restoreCounts(ctx); err != nil {
		return nil, err
	}
	if err := a.openMails(); err != nil {
		return nil, err
	}
	if err := a.wire(); err != nil {
		return nil, err
	}
	return a, errors.Join(a.mutes.Load(ctx), a.closers.Load(ctx), a.governLists(ctx))
}

// openStorage opens what is kept in the data directory.
func (a *App) openStorage(ctx context.Context) (err error) {
	o := a.opt
	if a.store, err = store.Open(ctx, store.Config{Dir: o.Dir, Log: o.Log, Now: o.Now, Hit: o.Points.Hit}); err != nil {
		return err
	}
	a.vault, err = vault.Open(ctx, vault.Config{KeyFile: a.rootKey(), Rows: a.store, Log: o.Log})
	if err != nil {
		return err
	}
	if err := a.openKeys(ctx); err != nil {
		return err
	}
	a.openTrail()
	a.openKeeping()
	if err := a.openErasing(ctx); err != nil {
		return err
	}
	a.access = access.New(access.Config{Store: a.store, Vault: a.vault, Log: o.Log, Now: o.Now, Cost: o.PasswordCost, Demand: o.SecondFactor})
	a.blobs, err = evidence.Open(evidence.Config{Dir: filepath.Join(o.Dir, "evidence"), Keys: a.vault, Now: o.Now, Hit: o.Points.Hit})
	return err
}

// rootKey is the file of the key that all secrets hang from.
func (a *App) rootKey() string { return filepath.Join(a.opt.Dir, "root.key") }

// openKeys reads the keys by which what is kept names what it does not hold.
func (a *App) openKeys(ctx context.Context) error {
	words, err := a.vault.DataKey(ctx, harrier.DefaultTenant, "audit words")
	if err != nil {
		return err
	}
	a.store.KeyAudit(words)
	sent, err := a.vault.DataKey(ctx, harrier.DefaultTenant, "links")
	if err == nil {
		a.references = links.NewReferences(sent)
	}
	return err
}

// openTransport makes the one client for everything that leaves the process.
func (a *App) openTransport() (err error) {
	cfg := transport.Config{Vault: a.vault, Log: a.opt.Log, Now: a.opt.Now, Hit: a.opt.Points.Hit}
	if a.opt.Tape != "" {
		if a.tape, err = transport.CreateTape(a.opt.Tape); err != nil {
			return err
		}
		cfg.Recorder, cfg.RecordLive = a.tape, true
	}
	a.transport = transport.New(cfg)
	return nil
}

// openMails makes what reads mails.
func (a *App) openMails() (err error) {
	a.mails, a.helpers, err = OpenReader(a.opt.Helper, a.opt.Log)
	return err
}

// OpenReader returns a reader of mails that has helper processes of a program
// do the work, with their pool to be closed; with an empty program it reads in
// this process and there is no pool.
func OpenReader(program string, log *slog.Logger) (email.Reader, *airlock.Pool, error) {
	if program == "" {
		return email.InProcess(email.DefaultLimits()), nil, nil
	}
	pool, err := airlock.NewPool(airlock.Config{Program: program, Log: log})
	if err != nil {
		return nil, nil, err
	}
	return email.Outside(pool), pool, nil
}

// HelperWork is what a helper process does.
func HelperWork() map[string]airlock.Work { return email.Work(email.DefaultLimits()) }

// wire makes the services, the engine and the library, and joins them.
func (a *App) wire() error {
	probes, err := newProbes()
	if err != nil {
		return err
	}
	profile, err := readProfile(a.changes.Team())
	if err != nil {
		return err
	}
	a.profile.set(profile)
	a.inventory = inventory.New(inventory.Config{Store: a.store, Profile: profile, Log: a.opt.Log, Now: a.opt.Now})
	if err := a.wireCases(); err != nil {
		return err
	}
	if err := a.wireDuty(); err != nil {
		return err
	}
	a.indicators = indicator.New(indicator.Config{
		Store: a.store, Back: a.store, Hits: hits{a}, Fetch: indicator.NewWebFetcher(web{a}, a.opt.Now), Own: func() indicator.Own { return ownOf(a.profile.now()) }, Reviewed: a.listsReviewed, Log: a.opt.Log, Now: a.opt.Now,
	})
	a.intel = intel.New(intel.Config{Lookups: newLookups(a), Answers: a.store, Log: a.opt.Log, Now: a.opt.Now})
	actions, err := builtins(a.parts())
	if err != nil {
		return err
	}
	conns, err := Connectors(userTree(a.opt.Dir, "connectors"))
	if err != nil {
		return err
	}
	if a.products, err = newProducts(conns, actions); err != nil {
		return err
	}
	a.plans, a.directory = newPlans(a.store, a.products), newDirectory(a.store, a.products)
	a.caller = &caller{products: a.products, store: a.store, transport: a.transport, probes: probes, evidence: a.openEvidence, links: a.references, log: a.opt.Log, now: a.opt.Now}
	a.library, err = loadLibrary(a.products, a.plans, a.opt.Now, content.FS, a.changes.Team())
	if err != nil {
		return err
	}
	guards, err := readGuards(a.changes.Team())
	if err != nil {
		return err
	}
	a.engine = engine.New(engine.Config{
		Guards:  guards,
		Rights:  causes{a},
		Node:    node(),
		Storage: engine.Storage{Journal: a.store, Queue: a.store, Signals: a.store, Ledger: a.store, Questions: a.store, Pins: a.store, Switch: a.store},
		Caller:  a.caller, Locals: locals{a.products}, Directory: a.directory, Plans: a.plans,
		Log: a.opt.Log, Now: a.opt.Now, Rand: rand.Float64, Hit: a.opt.Points.Hit,
	})
	a.wireSwitch()
	if err := a.wireEnrichment(); err != nil {
		return err
	}
	a.wireTriggers()
	a.wireApprovals()
	a.wireWebhooks()
	a.keeper = containment.NewKeeper(a.store, endings{a}, a.opt.Log, a.opt.Now)
	a.wirePipeline()
	a.intake = intake.New(intake.Config{
		Triage: assessor{a}, Store: a.store, Blobs: a.blobs, Playbooks: triggers{a.library}, Mails: a.mails, Runs: a.engine, Log: a.opt.Log, Now: a.opt.Now,
	})
	return a.openDoors()
}

// openDoors makes the ways in for senders.
func (a *App) openDoors() (err error) {
	if a.reports, err = door.LoadCatalogue(content.FS, os.DirFS(a.opt.Dir)); err != nil {
		return harrier.Errorf(harrier.Invalid, "%w", err)
	}
	a.door = door.New(door.Config{Sources: a.store, Secrets: a.vault, Intake: arrivals{a}, Amazon: amazon{a}, Log: a.opt.Log, Now: a.opt.Now})
	a.poll = pull.New(pull.Config{
		Store: a.store, Intake: a.pipeline, Asker: asker{a}, Waiter: asker{a}, Rows: asker{a}, Arrivals: a.store, Log: a.opt.Log, Now: a.opt.Now,
	})
	a.ship = ship.New(ship.Config{Store: a.store, Wire: courier{a}, Alarms: alarms{a}, Log: a.opt.Log, Now: a.opt.Now})
	a.watch = watch.New(watch.Config{Store: a.store, Alarms: alarms{a}, Log: a.opt.Log, Now: a.opt.Now})
	a.openListeners()
	a.keeperOfSources = door.NewKeeper(door.KeeperConfig{
		Store: a.store, Vault: a.vault, Catalogue: a.reports, Now: a.opt.Now, Changed: func() { a.door.Changed(); a.listen.Reload() },
		Checks: map[string]func(json.RawMessage) (string, error){"syslog": checkSyslog, "poll": checkPoll, "mailbox": checkMailbox},
	})
	return nil
}

// node names this process in claims.
func node() string {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	return host + "/" + harrier.NewID[harrier.RunID](time.Now()).String()[4:]
}

// Run drives runs, and ends leases, until ctx ends, and gives them up in order.
func (a *App) Run(ctx context.Context) error {
	var keeping sync.WaitGroup
	defer keeping.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	keeping.Go(func() { _ = a.keeper.Run(ctx) }) // they end with ctx only
	keeping.Go(func() { _ = a.approvals.Run(ctx) })
	keeping.Go(func() { _ = a.channels.Run(ctx) })
	keeping.Go(func() { _ = a.intel.Run(ctx) })
	a.runTriage(ctx, &keeping)
	keeping.Go(func() { _ = a.indicators.Run(ctx) })
	keeping.Go(func() { _ = a.trigger.Run(ctx) })
	keeping.Go(func() { a.count(ctx) })
	keeping.Go(func() { a.readWords(ctx) })
	keeping.Go(func() { a.runListeners(ctx) })
	keeping.Go(func() { _ = a.watch.Run(ctx) })
	keeping.Go(func() { _ = a.poll.Run(ctx) })
	keeping.Go(func() { _ = a.pager.Run(ctx) })
	keeping.Go(func() { _ = a.pager.Watch(ctx) })
	keeping.Go(func() { _ = a.shifts.Run(ctx) })
	keeping.Go(func() { a.sweep(ctx) })
	keeping.Go(func() { a.erasing.Run(ctx) })
	keeping.Go(func() { a.releaseStopped(ctx) })
	keeping.Go(func() { a.upgrade(ctx) })
	keeping.Go(func() { _ = a.trail.Run(ctx) })
	keeping.Go(func() { _ = a.ship.Run(ctx) })
	keeping.Go(func() { _ = a.webhooks.Run(ctx) })
	return a.engine.Run(ctx)
}

// Warm checks the playbooks, and reads the mappings and the rules of triage now,
// which is otherwise done when the first of them is asked for.
func (a *App) Warm() error {
	a.library.inForce.Load().check()
	_, err := a.mappings.now()
	if err == nil {
		_, err = a.rules.now()
	}
	return err
}

// Close closes what Open opened. Run must have returned.
func (a *App) Close() error {
	var errs []error
	if a.enrich != nil {
		errs = append(errs, a.enrich.Close())
	}
	if a.transport != nil {
		errs = append(errs, a.transport.Close())
	}
	if a.helpers != nil {
		errs = append(errs, a.helpers.Close())
	}
	if a.tape != nil {
		errs = append(errs, a.tape.Close())
	}
	if a.blobs != nil {
		errs = append(errs, a.blobs.Close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	return errors.Join(errs...)
}

// openEvidence opens an artefact by its id.
func (a *App) openEvidence(ctx context.Context, tenant harrier.TenantID, id harrier.EvidenceID) (io.ReadCloser, error) {
	row, err := a.store.Evidence(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return a.blobs.Open(ctx, tenant, row.SHA256)
}

// triggers finds the playbooks that an alert starts.
type triggers struct{ library *library }

var _ intake.Playbooks = triggers{}

// Matching implements [intake.Playbooks].
func (t triggers) Matching(ctx context.Context, by harrier.Principal, alert map[string]any) ([]engine.Start, error) {
	return t.library.matching(ctx, by, alert)
}
