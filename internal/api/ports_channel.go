package api

import (
	"context"
	"net/http"

	"github.com/harrier-soar/harrier"
)

// Channels brings questions to people where they are.
type Channels interface {
	// Channels lists the channels, by name.
	Channels(ctx context.Context, by harrier.Principal) (List[Channel], error)
	// SetChannel adds a channel, or changes the one of its name.
	SetChannel(ctx context.Context, by harrier.Principal, in SetChannel) (Channel, error)
	// RemoveChannel removes a channel with its people.
	RemoveChannel(ctx context.Context, by harrier.Principal, name string) error
	// ChannelPeople lists who speaks in a channel.
	ChannelPeople(ctx context.Context, by harrier.Principal, name string) (List[ChannelPerson], error)
	// SetChannelPerson says whose an account is.
	SetChannelPerson(ctx context.Context, by harrier.Principal, name string, in SetChannelPerson) (ChannelPerson, error)
	// OpenChannel takes what a channel's product sends, which is signed.
	OpenChannel(w http.ResponseWriter, r *http.Request) error
}
