package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/provider"
)

// providerRoutes is the part of the table about log-ins by providers.
func (s *Server) providerRoutes() []route {
	return []route{
		{"GET /v1/session/providers", harrier.Public, "listOfferedProviders", "List the providers by which people log in", call(s.offeredProviders)},
		{"POST /v1/session/provider", harrier.Public, "beginLogIn", "Begin a log-in by a provider", answering(http.StatusCreated, s.beginLogIn)},
		{"GET /v1/session/callback", harrier.Public, "endLogIn", "Come back from a provider", raw(s.endLogIn, aboutCallback)},
		{"POST /v1/session/fetch", harrier.Public, "fetchLogIn", "Fetch a log-in by a provider that was left for the command line", answering(http.StatusCreated, s.fetchLogIn)},
		{"POST /v1/session/prove/provider", harrier.SelfManage, "beginProof", "Begin to prove again by a provider who one is, for something dangerous", answering(http.StatusCreated, s.beginProof)},

		{"GET /v1/providers", harrier.AccountsRead, "listProviders", "List the providers by which people log in, by name", call(s.providers)},
		{"POST /v1/providers", harrier.AccountsManage, "addProvider", "Let people log in by a provider", fresh(answering(http.StatusCreated, s.addProvider))},
		{"GET /v1/providers/{name}", harrier.AccountsRead, "getProvider", "Show a provider", call(s.provider)},
		{"PATCH /v1/providers/{name}", harrier.AccountsManage, "changeProvider", "Change which roles groups grant, or the client of a provider", fresh(call(s.changeProvider))},
		{"POST /v1/providers/{name}/test", harrier.AccountsManage, "testProvider", "Ask a provider what it is, and for its keys", call(s.testProvider)},
		{"POST /v1/providers/{name}/link", harrier.AccountsManage, "linkAccount", "Let the person of an account log in by a provider", fresh(call(s.linkAccount))},
		{"POST /v1/providers/{name}/remove", harrier.AccountsManage, "removeProvider", "Let nobody log in by a provider any more", fresh(call(s.removeProvider))},
	}
}

type offeredIn struct {
	Tenant string `query:"tenant" maxLength:"100" doc:"The name of the tenant; the one that runs the installation where it is absent."`
}

func (s *Server) offeredProviders(ctx context.Context, in *offeredIn) (List[OfferedProvider], error) {
	all, err := s.cfg.Ports.Access.ProviderDoor.Offered(ctx, in.Tenant)
	out := List[OfferedProvider]{Items: []OfferedProvider{}}
	for _, p := range all {
		out.Items = append(out.Items, OfferedProvider{p.Name, p.Display})
	}
	return out, err
}

// flowCookie binds a log-in by a provider to the browser that began it.
const flowCookie = "__Host-harrier-flow"

type beginLogInIn struct {
	Browser string `cookie:"__Host-harrier-flow" maxLength:"100"`
	Body    BeginLogIn
}

func (s *Server) beginLogIn(ctx context.Context, in *beginLogInIn) (*reply[BegunLogIn], error) {
	b := in.Body
	return s.begin(ctx, provider.Begin{Tenant: b.Tenant, Provider: b.Provider, Browser: in.Browser, Return: b.Return, Loopback: b.Loopback.port()})
}

func (s *Server) begin(ctx context.Context, b provider.Begin) (*reply[BegunLogIn], error) {
	begun, err := s.cfg.Ports.Access.ProviderDoor.Begin(ctx, b)
	if err != nil {
		return nil, err
	}
	out := &reply[BegunLogIn]{Body: BegunLogIn{begun.URL, begun.Ends}}
	if begun.Browser != "" {
		out.Cookies = []http.Cookie{cookie(flowCookie, begun.Browser, begun.Ends.Sub(s.cfg.Now()))}
	}
	return out, nil
}

type beginProofIn struct {
	Browser string `cookie:"__Host-harrier-flow" maxLength:"100"`
	Body    BeginProof
}

func (s *Server) beginProof(ctx context.Context, in *beginProofIn) (*reply[BegunLogIn], error) {
	b := in.Body
	return s.begin(ctx, provider.Begin{Provider: b.Provider, Browser: in.Browser, Return: b.Return, Loopback: b.Loopback.port(), By: principal(ctx)})
}

func aboutCallback(op *huma.Operation) {
	for _, name := range []string{"state", "code", "error", "iss"} {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: huma.TypeString}})
	}
	op.Responses["303"] = &huma.Response{Description: "The way on: with a session in a cookie, or to the command line"}
}

// endLogIn takes a browser that comes back from a provider. It decides on nothing
// but the log-in that this very browser began.
func (s *Server) endLogIn(w http.ResponseWriter, r *http.Request) error {
	a := answerOf(r.URL.Query())
	a.From, a.Agent = peer(r), r.UserAgent()
	if all := r.CookiesNamed(flowCookie); len(all) == 1 {
		a.Browser = all[0].Value
	}
	arrived, err := s.cfg.Ports.Access.ProviderDoor.Arrive(r.Context(), a)
	if err != nil {
		return err
	}
	if in := arrived.In; in != nil {
		for _, c := range []http.Cookie{cookie(sessionCookie, in.Token.Reveal(), in.Session.EndsAt.Sub(s.cfg.Now())), cookie(flowCookie, "", -time.Second)} {
			http.SetCookie(w, &c)
		}
	}
	w.Header().Set("Location", arrived.To)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

type fetchLogInIn struct{ Body FetchLogIn }

func (s *Server) fetchLogIn(ctx context.Context, in *fetchLogInIn) (*reply[LoggedIn], error) {
	r := requestOf(ctx)
	out, err := s.cfg.Ports.Access.ProviderDoor.Fetch(ctx, provider.Fetch{Grant: in.Body.Grant.Password.Secret, Verifier: in.Body.Verifier.Secret, From: r.from, Agent: r.agent})
	if err != nil {
		return nil, err
	}
	return s.loggedIn(out), nil
}

func (s *Server) providers(ctx context.Context, _ *noInput) (List[Provider], error) {
	all, err := s.cfg.Ports.Access.Providers.List(ctx, principal(ctx))
	out := List[Provider]{Items: []Provider{}}
	for _, p := range all {
		out.Items = append(out.Items, providerOf(p))
	}
	return out, err
}

func (s *Server) provider(ctx context.Context, in *namedIn) (Provider, error) {
	p, err := s.cfg.Ports.Access.Providers.Find(ctx, principal(ctx), in.Name)
	return providerOf(p), err
}

type addProviderIn struct{ Body AddProvider }

func (s *Server) addProvider(ctx context.Context, in *addProviderIn) (*reply[Provider], error) {
	p, err := s.cfg.Ports.Access.Providers.Add(ctx, principal(ctx), in.Body.settings(), in.Body.ClientSecret.Secret)
	return &reply[Provider]{Body: providerOf(p), Location: "/v1/providers/" + p.Name}, err
}

type changeProviderIn struct {
	Name string `path:"name" maxLength:"63"`
	Body ChangeProvider
}

func (s *Server) changeProvider(ctx context.Context, in *changeProviderIn) (Provider, error) {
	p, err := s.cfg.Ports.Access.Providers.Change(ctx, principal(ctx), in.Name, func(p *provider.Settings) error {
		if err := unchanged(ctx, providerOf(*p)); err != nil {
			return err
		}
		in.Body.apply(p)
		return nil
	}, in.Body.ClientSecret.Secret)
	return providerOf(p), err
}

func (s *Server) testProvider(ctx context.Context, in *namedIn) (TestedProvider, error) {
	keys, err := s.cfg.Ports.Access.Providers.Test(ctx, principal(ctx), in.Name)
	return TestedProvider{keys}, err
}

type linkAccountIn struct {
	Name string `path:"name" maxLength:"63"`
	Body LinkAccount
}

func (s *Server) linkAccount(ctx context.Context, in *linkAccountIn) (Account, error) {
	a, err := s.cfg.Ports.Access.Providers.Link(ctx, principal(ctx), in.Name, [2]string{in.Body.Account, in.Body.Subject})
	return accountOf(a), err
}

func (s *Server) removeProvider(ctx context.Context, in *namedIn) (done, error) {
	return done{true}, s.cfg.Ports.Access.Providers.Remove(ctx, principal(ctx), in.Name)
}
