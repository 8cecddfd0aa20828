package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// channelRoutes is the part of the table about the ways to people and
// to other programs.
func (s *Server) channelRoutes() []route {
	return append(s.webhookRoutes(), []route{
		{"GET /v1/channels", harrier.ApprovalsRead, "listChannels", "List the ways to bring questions to people, by name", call(s.channels)},
		{"POST /v1/channels", harrier.ApprovalsManage, "setChannel", "Add a way to bring questions to people, or change it", fresh(call(s.setChannel))},
		{"POST /v1/channels/{name}/remove", harrier.ApprovalsManage, "removeChannel", "Remove a channel with its people", call(s.removeChannel)},
		{"GET /v1/channels/{name}/people", harrier.ApprovalsManage, "listChannelPeople", "List whose accounts speak in a channel", call(s.channelPeople)},
		{"POST /v1/channels/{name}/people", harrier.ApprovalsManage, "setChannelPerson", "Say whose an account of a channel is", call(s.setChannelPerson)},
	}...)
}

func (c Channel) revision() int64 { return c.Rev }

type channelsIn struct{}

func (s *Server) channels(ctx context.Context, _ *channelsIn) (List[Channel], error) {
	return full(s.cfg.Ports.Channels.Channels(ctx, principal(ctx)))
}

type setChannelIn struct{ Body SetChannel }

func (s *Server) setChannel(ctx context.Context, in *setChannelIn) (Channel, error) {
	return s.cfg.Ports.Channels.SetChannel(ctx, principal(ctx), in.Body)
}

func (s *Server) removeChannel(ctx context.Context, in *namedIn) (done, error) {
	return done{true}, s.cfg.Ports.Channels.RemoveChannel(ctx, principal(ctx), in.Name)
}

func (s *Server) channelPeople(ctx context.Context, in *namedIn) (List[ChannelPerson], error) {
	return full(s.cfg.Ports.Channels.ChannelPeople(ctx, principal(ctx), in.Name))
}

type setChannelPersonIn struct {
	Name string `path:"name"`
	Body SetChannelPerson
}

func (s *Server) setChannelPerson(ctx context.Context, in *setChannelPersonIn) (ChannelPerson, error) {
	return s.cfg.Ports.Channels.SetChannelPerson(ctx, principal(ctx), in.Name, in.Body)
}
