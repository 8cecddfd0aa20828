package channel

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/links"
)

// The kinds of channels.
const (
	Slack = "slack"
	Teams = "teams"
	Mail  = "mail"
)

// Channel is a way to people.
type Channel struct {
	Tenant harrier.TenantID
	ID     harrier.ChannelID
	Name   string
	// Kind is slack, teams or mail.
	Kind string
	// Connection is by which it is posted; Place is where, such as the id of a
	// chat's channel. Mails go to people only.
	Connection, Place string
	// Assign is whose questions are posted to Place, such as role:responder;
	// empty is everybody's.
	Assign   string
	Settings Settings
	// CreatedAt and UpdatedAt are when it was made and changed.
	CreatedAt, UpdatedAt time.Time
	Rev                  int64
}

// Settings are what a channel has beside.
type Settings struct {
	// BaseURL is where people reach the doors of this installation, for links.
	BaseURL string `json:"base_url,omitempty"`
	// Team is the id of the workspace, or of the directory, that messages must
	// come from; empty is any that signs.
	Team string `json:"team,omitempty"`
}

// family is the channel as playbooks name it.
func (c Channel) family() string {
	if c.Kind == Mail {
		return "mail"
	}
	return "chat"
}

// Person is an account of a channel's product, and whose it is here.
type Person struct {
	Tenant  harrier.TenantID
	Channel string
	// Account is the product's id of it, or a mail address.
	Account string
	// Principal is whose it is; zero where the person is none here and is known
	// by Name, a mail address, alone.
	Principal harrier.PrincipalID
	Name      string
	AddedAt   time.Time
}

// Rows keeps channels.
type Rows interface {
	// Channels lists a tenant's channels, by name.
	Channels(ctx context.Context, tenant harrier.TenantID) ([]Channel, error)
	// ChannelByID returns a channel of any tenant; NotFound where there is none.
	ChannelByID(ctx context.Context, id harrier.ChannelID) (Channel, error)
	// SetChannel adds a channel, or changes the one of its name.
	SetChannel(ctx context.Context, tx harrier.Tx, c Channel) error
	// RemoveChannel removes a channel with its people; NotFound where there is none.
	RemoveChannel(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, name string) error
}

// People keeps who speaks in channels.
type People interface {
	// ChannelPeople lists who speaks in a channel, by account.
	ChannelPeople(ctx context.Context, tenant harrier.TenantID, channel string) ([]Person, error)
	// SetPerson adds an account, or changes whose it is.
	SetPerson(ctx context.Context, tx harrier.Tx, p Person) error
	// RemovePerson removes an account; NotFound where there is none.
	RemovePerson(ctx context.Context, tx harrier.Tx, p Person) error
}

// Post is a question that was posted.
type Post struct {
	Tenant   harrier.TenantID
	Approval harrier.ApprovalID
	// Channel is its name, Address where in it.
	Channel, Address string
	At               time.Time
	// Reference is the product's id of the message.
	Reference string
}

// Posts keeps what was posted, and what is to be.
type Posts interface {
	// DuePosts returns pending questions that are to be posted by now.
	DuePosts(ctx context.Context, now time.Time, limit int) ([]harrier.Approval, error)
	// PostAt stores when a question is posted next, zero is never, and when others
	// are asked too.
	PostAt(ctx context.Context, tx harrier.Tx, a harrier.Approval) error
	// Posted notes a post; one that was noted stays.
	Posted(ctx context.Context, tx harrier.Tx, p Post) error
	// PostsOf lists the posts of a question.
	PostsOf(ctx context.Context, tenant harrier.TenantID, id harrier.ApprovalID) ([]Post, error)
}

// Requests remembers what was taken, so that it is not taken twice.
type Requests interface {
	// ClaimRequest remembers a request; one that was seen is Conflict.
	ClaimRequest(ctx context.Context, tx harrier.Tx, digest [32]byte, at time.Time) error
}

// Store is all that the package asks of the store.
type Store interface {
	Rows
	People
	Posts
	Requests
	links.Store
	// Write runs change in a transaction; it may be run again after a rollback.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Secrets keeps what signs.
type Secrets interface {
	// Put stores a secret, or replaces it.
	Put(ctx context.Context, tenant harrier.TenantID, name, field string, value harrier.Secret) error
	// Reveal returns a secret, or a NotFound error.
	Reveal(ctx context.Context, tenant harrier.TenantID, name, field string) (harrier.Secret, error)
	// Delete removes all fields of a name where field is empty.
	Delete(ctx context.Context, tenant harrier.TenantID, name, field string) error
}

// signing is the field of the secret by which a product signs.
const signing = "signing"
