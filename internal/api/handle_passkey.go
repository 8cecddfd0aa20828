package api

import (
	"context"
	"net/http"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/passkey"
)

// passkeyRoutes is the part of the table about passkeys.
func (s *Server) passkeyRoutes() []route {
	return []route{
		{"POST /v1/session/passkey", harrier.Public, "beginPasskeyLogIn", "Begin a log-in by a passkey", answering(http.StatusCreated, s.beginPasskeyLogIn)},
		{"POST /v1/session/passkey/finish", harrier.Public, "finishPasskeyLogIn", "Log in by a passkey", answering(http.StatusCreated, s.finishPasskeyLogIn)},
		{"POST /v1/session/prove/passkey", harrier.SelfManage, "beginPasskeyProof", "Begin to prove again by a passkey who one is", answering(http.StatusCreated, s.beginPasskeyProof)},
		{"POST /v1/session/prove/passkey/finish", harrier.SelfManage, "finishPasskeyProof", "Prove again by a passkey who one is, for something dangerous", answering(http.StatusOK, s.finishPasskeyProof)},

		{"GET /v1/passkeys", harrier.SelfManage, "listPasskeys", "List the passkeys of an account, the oldest first", call(s.passkeys)},
		{"POST /v1/passkeys", harrier.SelfManage, "beginPasskey", "Begin to add a passkey to one's own account", securing(answering(http.StatusCreated, s.beginPasskey))},
		{"POST /v1/passkeys/finish", harrier.SelfManage, "addPasskey", "Add a passkey to one's own account", answering(http.StatusCreated, s.addPasskey)},
		{"PATCH /v1/passkeys/{id}", harrier.SelfManage, "renamePasskey", "Call a passkey something else", call(s.renamePasskey)},
		{"POST /v1/passkeys/{id}/remove", harrier.SelfManage, "removePasskey", "Remove a passkey, and end the other log-ins of its account", securing(answering(http.StatusNoContent, s.removePasskey))},
	}
}

// passkeyCookie binds a log-in by a passkey to the browser that began it.
const passkeyCookie = "__Host-harrier-passkey" //nolint:gosec // G101 takes the name of a cookie for a password

type beginPasskeyIn struct {
	Browser string `cookie:"__Host-harrier-passkey" maxLength:"100"`
	Body    BeginPasskey
}

func (s *Server) beginPasskeyLogIn(ctx context.Context, in *beginPasskeyIn) (*reply[BegunPasskey], error) {
	b, err := s.cfg.Ports.Access.PasskeyDoor.BeginLogIn(ctx, in.Browser, in.Body.Loopback.port())
	if err != nil {
		return nil, err
	}
	return &reply[BegunPasskey]{Body: begunPasskeyOf(b), Cookies: []http.Cookie{cookie(passkeyCookie, b.Browser, b.Ends.Sub(s.cfg.Now()))}}, nil
}

type finishPasskeyIn struct {
	Browser string `cookie:"__Host-harrier-passkey" maxLength:"100"`
	Body    FinishPasskey
}

// answer is what an authenticator answered, with who brought it.
func (f FinishPasskey) answer(ctx context.Context, browser string) passkey.Answer {
	r := requestOf(ctx)
	return passkey.Answer{State: f.State, Credential: f.Credential, Browser: browser, Request: access.Vouched{From: r.from, Agent: r.agent}}
}

func (s *Server) finishPasskeyLogIn(ctx context.Context, in *finishPasskeyIn) (*reply[ArrivedPasskey], error) {
	return s.arrived(s.cfg.Ports.Access.PasskeyDoor.FinishLogIn(ctx, in.Body.answer(ctx, in.Browser)))
}

// arrived tells who used a passkey, also to their browser.
func (s *Server) arrived(in passkey.Arrived, err error) (*reply[ArrivedPasskey], error) {
	if err != nil {
		return nil, err
	}
	out := &reply[ArrivedPasskey]{Body: ArrivedPasskey{To: in.To}, Cookies: []http.Cookie{cookie(passkeyCookie, "", -time.Second)}}
	if in.In != nil {
		told := s.loggedIn(*in.In)
		out.Body.LoggedIn, out.Cookies = &told.Body, append(out.Cookies, told.Cookies...)
	}
	return out, nil
}

func (s *Server) beginPasskeyProof(ctx context.Context, _ *struct{}) (*reply[BegunPasskey], error) {
	b, err := s.cfg.Ports.Access.PasskeyDoor.BeginProof(ctx, principal(ctx))
	return &reply[BegunPasskey]{Body: begunPasskeyOf(b)}, err
}

func (s *Server) finishPasskeyProof(ctx context.Context, in *struct{ Body FinishPasskey }) (*reply[ArrivedPasskey], error) {
	return s.arrived(s.cfg.Ports.Access.PasskeyDoor.FinishProof(ctx, principal(ctx), in.Body.answer(ctx, "")))
}

func (s *Server) passkeys(ctx context.Context, in *sessionsIn) (List[Passkey], error) {
	all, err := s.cfg.Ports.Access.Passkeys.List(ctx, principal(ctx), in.Account)
	out := List[Passkey]{Items: []Passkey{}}
	for _, one := range all {
		out.Items = append(out.Items, passkeyOf(one))
	}
	return out, err
}

func (s *Server) beginPasskey(ctx context.Context, _ *struct{}) (*reply[BegunPasskey], error) {
	b, err := s.cfg.Ports.Access.Passkeys.BeginRegistration(ctx, principal(ctx))
	return &reply[BegunPasskey]{Body: begunPasskeyOf(b)}, err
}

func (s *Server) addPasskey(ctx context.Context, in *struct{ Body AddPasskey }) (*reply[Passkey], error) {
	p, err := s.cfg.Ports.Access.Passkeys.FinishRegistration(ctx, principal(ctx), in.Body.answer(ctx, ""), in.Body.Name)
	return &reply[Passkey]{Body: passkeyOf(p)}, err
}

type passkeyIn struct {
	ID harrier.PasskeyID `path:"id"`
}

type renamePasskeyIn struct {
	ID   harrier.PasskeyID `path:"id"`
	Body RenamePasskey
}

func (s *Server) renamePasskey(ctx context.Context, in *renamePasskeyIn) (Passkey, error) {
	p, err := s.cfg.Ports.Access.Passkeys.Rename(ctx, principal(ctx), in.ID, in.Body.Name)
	return passkeyOf(p), err
}

func (s *Server) removePasskey(ctx context.Context, in *passkeyIn) (*reply[struct{}], error) {
	return &reply[struct{}]{}, s.cfg.Ports.Access.Passkeys.Remove(ctx, principal(ctx), in.ID)
}

// openPage puts the page about passkeys onto the mux. It shows nothing of anybody:
// what it shows its script asks for, as who is logged in.
func (s *Server) openPage() {
	s.mux.HandleFunc("GET /passkeys", func(w http.ResponseWriter, r *http.Request) {
		if err := s.cfg.Ports.Access.PasskeyDoor.Page(w, r); err != nil {
			s.refuse(w, r, err)
		}
	})
}
