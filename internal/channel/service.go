package channel

import (
	"context"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/approval"
)

// Questions shows questions and takes what people say to them.
type Questions interface {
	// Show returns a question as people read it.
	Show(ctx context.Context, by harrier.Principal, id harrier.ApprovalID) (approval.View, error)
	// Decide takes a decision.
	Decide(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, d approval.Decision) (harrier.Approval, error)
	// Say keeps what somebody says without deciding.
	Say(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, in approval.Saying) error
}

// Message is what is posted.
type Message struct {
	// Place is a chat's channel, a person in it, or a mail address.
	Place string
	// Title is one line; Text is the whole as plain text.
	Title, Text string
	// Buttons are what can be pressed, where the product has such.
	Buttons []Button
	// Key is the same for the same post.
	Key string
}

// Button is something to press.
type Button struct {
	// Action is approve, deny or open, Value what it is about.
	Action, Value, Label string
}

// Sender posts by the connections of an installation.
type Sender interface {
	// Send posts a message and returns the product's id of it.
	Send(ctx context.Context, c Channel, m Message) (reference string, err error)
	// Check says why a channel cannot post by its connection.
	Check(ctx context.Context, c Channel) error
	// Live reports whether a run asks in earnest: others are told nothing.
	Live(ctx context.Context, tenant harrier.TenantID, run harrier.RunID) (bool, error)
}

// Config is what a service is made of. All is required.
type Config struct {
	Store     Store
	Secrets   Secrets
	Questions Questions
	Sender    Sender
	// Team knows principals as they are now.
	Team approval.People
	Log  *slog.Logger
	Now  func() time.Time
}

// Service keeps channels, posts questions, and takes answers. It is safe for
// concurrent use.
type Service struct {
	cfg  Config
	wake chan struct{}
}

// New returns a service that posts nothing until [Service.Run].
func New(cfg Config) *Service { return &Service{cfg, make(chan struct{}, 1)} }

// now is the time as it is stored.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// Change is a channel as somebody wants it.
type Change struct {
	Name, Kind, Connection, Place, Assign string
	Settings                              Settings
	// Secret is what the product signs with; zero leaves it as it is.
	Secret harrier.Secret
}

func nameForm() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`) }

// List lists the channels of the principal's tenant, by name.
func (s *Service) List(ctx context.Context, by harrier.Principal) ([]Channel, error) {
	return s.cfg.Store.Channels(ctx, by.Tenant)
}

// named returns a channel by its name.
func (s *Service) named(ctx context.Context, tenant harrier.TenantID, name string) (Channel, error) {
	all, err := s.cfg.Store.Channels(ctx, tenant)
	if err != nil {
		return Channel{}, err
	}
	if i := slices.IndexFunc(all, func(c Channel) bool { return c.Name == name }); i >= 0 {
		return all[i], nil
	}
	return Channel{}, harrier.Errorf(harrier.NotFound, "channel %q does not exist; see harrier channel list", name)
}

// Set adds a channel, or changes the one of its name.
func (s *Service) Set(ctx context.Context, by harrier.Principal, in Change) (Channel, error) {
	now := s.now()
	c := Channel{
		Tenant: by.Tenant, ID: harrier.NewID[harrier.ChannelID](now), Name: in.Name, Kind: in.Kind, Connection: in.Connection, Place: in.Place,
		Assign: in.Assign, Settings: in.Settings, CreatedAt: now, UpdatedAt: now,
	}
	if was, err := s.named(ctx, by.Tenant, in.Name); err == nil {
		c.ID, c.CreatedAt = was.ID, was.CreatedAt
	}
	if err := wellFormed(c); err != nil {
		return c, err
	}
	if c.Connection != "" {
		if err := s.cfg.Sender.Check(ctx, c); err != nil {
			return c, err
		}
	}
	if !in.Secret.IsZero() {
		if err := s.cfg.Secrets.Put(ctx, by.Tenant, c.ID.String(), signing, in.Secret); err != nil {
			return c, err
		}
	}
	err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.SetChannel(ctx, tx, c); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, entry{"channel.set", c.ID.String(), map[string]any{"kind": c.Kind, "secret": !in.Secret.IsZero()}})
	})
	if err != nil {
		return c, err
	}
	return s.named(ctx, by.Tenant, in.Name)
}

// wellFormed says what is wrong with a channel.
func wellFormed(c Channel) error {
	base, err := url.Parse(c.Settings.BaseURL)
	switch {
	case !nameForm().MatchString(c.Name):
		return harrier.Errorf(harrier.Invalid, "%q is no name of a channel; use small letters, digits and dashes", c.Name)
	case c.Kind != Slack && c.Kind != Teams && c.Kind != Mail:
		return harrier.Errorf(harrier.Invalid, "a channel is of kind slack, teams or mail, not %q", c.Kind)
	case c.Kind == Mail && c.Place != "":
		return harrier.Errorf(harrier.Invalid, "mails go to people, one by one; leave the place out")
	case len(c.Place) > 200 || len(c.Assign) > 200 || strings.ContainsAny(c.Place+c.Assign, "\r\n"):
		return harrier.Errorf(harrier.Invalid, "the place and whom it is for are one short line each")
	case err != nil || c.Settings.BaseURL != "" && (base.Scheme != "https" && base.Scheme != "http" || base.Host == "" || base.User != nil || base.RawQuery != ""):
		return harrier.Errorf(harrier.Invalid, "%q is no address at which people reach the doors; write https://soar.example:8443", c.Settings.BaseURL)
	}
	return nil
}

// Remove removes a channel, with its people and its secret.
func (s *Service) Remove(ctx context.Context, by harrier.Principal, name string) error {
	c, err := s.named(ctx, by.Tenant, name)
	if err != nil {
		return err
	}
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.RemoveChannel(ctx, tx, by.Tenant, name); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, entry{"channel.remove", c.ID.String(), nil})
	})
	if err != nil {
		return err
	}
	return s.cfg.Secrets.Delete(ctx, by.Tenant, c.ID.String(), "")
}

// People lists who speaks in a channel.
func (s *Service) People(ctx context.Context, by harrier.Principal, name string) ([]Person, error) {
	if _, err := s.named(ctx, by.Tenant, name); err != nil {
		return nil, err
	}
	return s.cfg.Store.ChannelPeople(ctx, by.Tenant, name)
}

// SetPerson says whose an account of a channel is.
func (s *Service) SetPerson(ctx context.Context, by harrier.Principal, p Person) (Person, error) {
	c, err := s.named(ctx, by.Tenant, p.Channel)
	if err != nil {
		return p, err
	}
	p.Tenant, p.AddedAt = by.Tenant, s.now()
	switch {
	case p.Account == "" || len(p.Account) > 200 || strings.ContainsAny(p.Account, " \r\n"):
		return p, harrier.Errorf(harrier.Invalid, "name the account by its id, such as U0123ABCD, or by its mail address")
	case p.Principal.IsZero() && !strings.Contains(p.Name, "@"):
		return p, harrier.Errorf(harrier.Invalid, "say whose the account is: a principal of this installation, or the mail address of somebody outside")
	case !p.Principal.IsZero():
		who, err := s.cfg.Team.Principal(ctx, by.Tenant, p.Principal)
		if err != nil {
			return p, err
		}
		p.Principal, p.Name = who.Self(), who.Name
	}
	return p, s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.SetPerson(ctx, tx, p); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, entry{"channel.person", c.ID.String(), map[string]any{"principal": p.Principal.String()}})
	})
}

// RemovePerson says that an account of a channel is nobody's.
func (s *Service) RemovePerson(ctx context.Context, by harrier.Principal, p Person) error {
	c, err := s.named(ctx, by.Tenant, p.Channel)
	if err != nil {
		return err
	}
	p.Tenant = by.Tenant
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.RemovePerson(ctx, tx, p); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, entry{"channel.person_removed", c.ID.String(), nil})
	})
}

// entry is a row of the audit trail.
type entry struct {
	action, target string
	data           map[string]any
}

// audit writes who did what.
func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, e entry) error {
	deed := harrier.Deed{Action: e.action, Target: e.target, At: s.now()}
	if e.data != nil {
		deed.About = e.data
	}
	return deed.Record(ctx, tx, s.cfg.Store, by)
}
