package app

import (
	"context"
	"net/http"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/channel"
)

// megaphone answers the API's questions about the ways to people.
type megaphone struct{ *App }

var _ api.Channels = megaphone{}

// Channels implements [api.Channels].
func (m megaphone) Channels(ctx context.Context, by harrier.Principal) (api.List[api.Channel], error) {
	rows, err := m.channels.List(ctx, by)
	return mapped(rows, "", err, channelOf)
}

// channelOf is a channel as the API shows it.
func channelOf(c channel.Channel) api.Channel {
	out := api.Channel{
		ID: c.ID, Name: c.Name, Kind: c.Kind, Connection: c.Connection, Place: c.Place, Assign: c.Assign, BaseURL: c.Settings.BaseURL, Team: c.Settings.Team,
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Rev: c.Rev,
	}
	if c.Kind != channel.Mail {
		out.Path = "/v1/chat/" + c.ID.String()
	}
	return out
}

// SetChannel implements [api.Channels].
func (m megaphone) SetChannel(ctx context.Context, by harrier.Principal, in api.SetChannel) (api.Channel, error) {
	c, err := m.channels.Set(ctx, by, channel.Change{
		Name: in.Name, Kind: in.Kind, Connection: in.Connection, Place: in.Place, Assign: in.Assign,
		Settings: channel.Settings{BaseURL: in.BaseURL, Team: in.Team}, Secret: in.Secret.Secret,
	})
	return channelOf(c), err
}

// RemoveChannel implements [api.Channels].
func (m megaphone) RemoveChannel(ctx context.Context, by harrier.Principal, name string) error {
	return m.channels.Remove(ctx, by, name)
}

// ChannelPeople implements [api.Channels].
func (m megaphone) ChannelPeople(ctx context.Context, by harrier.Principal, name string) (api.List[api.ChannelPerson], error) {
	rows, err := m.channels.People(ctx, by, name)
	return mapped(rows, "", err, channelPersonOf)
}

func channelPersonOf(p channel.Person) api.ChannelPerson {
	return api.ChannelPerson{Account: p.Account, Principal: p.Principal, Name: p.Name, AddedAt: p.AddedAt}
}

// SetChannelPerson implements [api.Channels].
func (m megaphone) SetChannelPerson(ctx context.Context, by harrier.Principal, name string, in api.SetChannelPerson) (api.ChannelPerson, error) {
	p := channel.Person{Channel: name, Account: in.Account, Principal: in.Whose, Name: in.Address}
	if in.Me {
		p.Principal = by.Self()
	}
	if in.Remove {
		return api.ChannelPerson{Account: in.Account}, m.channels.RemovePerson(ctx, by, p)
	}
	p, err := m.channels.SetPerson(ctx, by, p)
	return channelPersonOf(p), err
}

// OpenChannel implements [api.Channels].
func (m megaphone) OpenChannel(w http.ResponseWriter, r *http.Request) error {
	return m.channels.Open(w, r)
}
