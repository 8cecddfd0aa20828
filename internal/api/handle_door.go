package api

import (
	"net/http"
	"slices"

	"github.com/harrier-soar/harrier"
)

// doorway is a way in for senders that are no principals.
type doorway struct {
	pattern string
	deliver func(w http.ResponseWriter, r *http.Request) error
}

// doorways is the table of the ways in. They need no permission: whoever comes
// proves itself to the door, which lets nobody in by default.
func (s *Server) doorways() []doorway {
	d := s.cfg.Ports.Doors
	return []doorway{
		{"POST /v1/in/{source}", d.Deliver},
		{"POST /v1/in/{source}/{rest...}", d.Deliver},
		{"GET /v1/in/{source}", d.Deliver}, // for senders that ask first whether somebody is there
		{"GET /v1/in/{source}/{rest...}", d.Deliver},
		{"GET /v1/lists/{file}", s.blockList},                         // for firewalls
		{"POST /v1/chat/{channel}", s.cfg.Ports.Channels.OpenChannel}, // for chats in which people decide
		{"POST /api/v1/alert", d.DeliverAlert},
		{"POST /api/alert", d.DeliverAlert},
	}
}

// pageways is the table of what people come by that no session protects: the
// pages of links, which are a proof in themselves.
func (s *Server) pageways() []doorway {
	open := s.cfg.Ports.Links.Open
	return []doorway{{"GET /l/{token}", open}, {"POST /l/{token}", open}, {"OPTIONS /l/{token}", open}} // GET is HEAD too; only POST does anything
}

// ways is all that is open to who is not known.
func (s *Server) ways() []doorway { return slices.Concat(s.doorways(), s.pageways()) }

// openDoors puts the ways in onto the mux.
func (s *Server) openDoors() {
	for _, way := range s.ways() {
		s.mux.HandleFunc(way.pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := way.deliver(w, r); err != nil {
				s.turnAway(w, r, err)
			}
		})
	}
}

// turnAway refuses a sender. Who is not known is told nothing of how to be.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	p := s.told(r.Context(), err)
	if harrier.KindOf(err) == harrier.Unauthenticated {
		p.Fixes, p.basic = nil, true          // whatever the source wants, so that nobody learns which there are
		w.Header().Set("Connection", "close") // its body is not read
	}
	s.write(w, p)
}

// DoorHandler answers senders, and who comes by a link: there is nothing else behind it, whoever asks.
func (s *Server) DoorHandler() http.Handler {
	mux := http.NewServeMux()
	for _, way := range s.ways() {
		mux.Handle(way.pattern, s.mux)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.turnAway(w, r, &harrier.Error{Kind: harrier.Unauthenticated, Text: "this is not accepted"})
	})
	return s.covered(s.straight(mux))
}
