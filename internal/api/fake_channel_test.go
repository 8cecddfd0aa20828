package api

import (
	"context"
	"net/http"

	"github.com/harrier-soar/harrier"
)

func (w *world) Channels(_ context.Context, by harrier.Principal) (List[Channel], error) {
	return page(w, by, Channel{Name: "slack", Kind: "slack"})
}

func (w *world) SetChannel(_ context.Context, by harrier.Principal, in SetChannel) (Channel, error) {
	if err := w.find(by, "channel", in.Name, true); err != nil {
		return Channel{}, err
	}
	w.change("SetChannel")
	return Channel{Name: in.Name, Kind: in.Kind}, nil
}

func (w *world) RemoveChannel(_ context.Context, by harrier.Principal, name string) error {
	if err := w.find(by, "channel", name, name == "slack"); err != nil {
		return err
	}
	w.change("RemoveChannel")
	return nil
}

func (w *world) ChannelPeople(_ context.Context, by harrier.Principal, name string) (List[ChannelPerson], error) {
	if err := w.find(by, "channel", name, name == "slack"); err != nil {
		return List[ChannelPerson]{}, err
	}
	return page(w, by, ChannelPerson{Account: "U1"})
}

func (w *world) SetChannelPerson(_ context.Context, by harrier.Principal, name string, in SetChannelPerson) (ChannelPerson, error) {
	if err := w.find(by, "channel", name, name == "slack"); err != nil {
		return ChannelPerson{}, err
	}
	w.change("SetChannelPerson")
	return ChannelPerson{Account: in.Account}, nil
}

// OpenChannel takes nothing.
func (w *world) OpenChannel(http.ResponseWriter, *http.Request) error {
	return &harrier.Error{Kind: harrier.Unauthenticated, Text: "this is not accepted"}
}
