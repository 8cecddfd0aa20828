package channel

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/approval"
)

const (
	maxBody = 512 << 10
	// tolerance is how far the clock of a product may be from ours.
	tolerance = 5 * time.Minute
	// Remember is how long a request must be remembered, so that it cannot come again.
	Remember = 2 * tolerance
)

// said is what somebody said in a channel.
type said struct {
	// account is the product's id of who; team of the workspace.
	account, team string
	// choice is approve, deny or open; id and seen are what it is about. Seen is
	// the hash, or the code, of what they saw.
	choice  string
	id      harrier.ApprovalID
	seen    string
	comment string
	// digest is what must be new of the request.
	digest [32]byte
}

// errNobody refuses whoever does not prove itself, without a word on how to.
func errNobody() error {
	return &harrier.Error{Kind: harrier.Unauthenticated, Text: "this is not accepted"}
}

// Open takes a request of a channel's product. Who does not prove itself is
// Unauthenticated; what came before is Conflict.
func (s *Service) Open(w http.ResponseWriter, r *http.Request) error {
	id, err := harrier.ParseID[harrier.ChannelID](r.PathValue("channel"))
	if err != nil {
		return errNobody()
	}
	c, err := s.cfg.Store.ChannelByID(r.Context(), id)
	if harrier.KindOf(err) == harrier.NotFound && err != nil {
		return errNobody()
	}
	if err != nil {
		return err
	}
	secret, err := s.cfg.Secrets.Reveal(r.Context(), c.Tenant, c.ID.String(), signing)
	if err != nil {
		if harrier.KindOf(err) == harrier.NotFound {
			return errNobody()
		}
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return harrier.Errorf(harrier.Invalid, "the body is larger than %d bytes", maxBody)
		}
		return errNobody()
	}
	p := proof{head: r.Header, body: body, secret: secret, now: s.now()}
	switch c.Kind {
	case Slack:
		return s.openSlack(r.Context(), w, c, p)
	case Teams:
		return s.openTeams(r.Context(), w, c, p)
	}
	return errNobody()
}

// proof is a request with what it must be signed with.
type proof struct {
	head   http.Header
	body   []byte
	secret harrier.Secret
	now    time.Time
}

// claim remembers a request, which must be new.
func (s *Service) claim(ctx context.Context, c Channel, digest [32]byte) error {
	key := sha256.Sum256(append(c.ID[:], digest[:]...))
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Store.ClaimRequest(ctx, tx, key, s.now()) })
}

// heard does what somebody said, and returns what to tell them. What they may
// not do is told them too; only faults are errors.
func (s *Service) heard(ctx context.Context, c Channel, w said) (string, error) {
	if c.Settings.Team != "" && c.Settings.Team != w.team {
		return "", errNobody()
	}
	if err := s.claim(ctx, c, w.digest); err != nil {
		return "", err
	}
	who, err := s.speaker(ctx, c, w.account)
	if err != nil {
		return "", err
	}
	told, err := s.act(ctx, c, who, w)
	switch harrier.KindOf(err) {
	case harrier.NotFound, harrier.Conflict, harrier.Invalid, harrier.Denied:
		if err != nil {
			return "This was not done: " + err.Error(), nil //nolint:nilerr // it is told to whoever asked for it
		}
	case harrier.Internal, harrier.Unauthenticated, harrier.Unavailable, harrier.Limited:
	}
	return told, err
}

// speaker is whose an account is; nobody's is Denied.
func (s *Service) speaker(ctx context.Context, c Channel, account string) (harrier.Principal, error) {
	people, err := s.cfg.Store.ChannelPeople(ctx, c.Tenant, c.Name)
	if err != nil {
		return harrier.Principal{}, err
	}
	for _, p := range people {
		if p.Account == account && account != "" {
			return s.person(ctx, p)
		}
	}
	return harrier.Principal{}, harrier.Errorf(harrier.Denied, "this account is nobody's in Harrier; ask an administrator to say whose it is (harrier channel person)")
}

// act does what somebody chose.
func (s *Service) act(ctx context.Context, c Channel, who harrier.Principal, w said) (string, error) {
	v, err := s.cfg.Questions.Show(ctx, who, w.id)
	if err != nil {
		return "", err
	}
	a := v.Approval
	if w.choice == "open" {
		return s.showTo(ctx, c, who, v)
	}
	if w.seen != a.Hash && w.seen != codeOf(a) {
		return "", harrier.Errorf(harrier.Conflict, "what you decided on is not what is asked now; look at it again")
	}
	d := approval.Decision{Approve: w.choice == "approve", Hash: a.Hash, Comment: w.comment, Via: c.Kind}
	if a, err = s.cfg.Questions.Decide(ctx, who, a.ID, d); err != nil {
		return "", err
	}
	if a.Status == harrier.ApprovalPending {
		return "Your vote is noted; others have to agree too.", nil
	}
	return "It is " + string(a.Status) + ".", nil
}

// showTo sends somebody their own link, where nobody else reads it.
func (s *Service) showTo(ctx context.Context, c Channel, who harrier.Principal, v approval.View) (string, error) {
	if v.Barred != "" {
		return "", harrier.Errorf(harrier.Denied, "%s", v.Barred)
	}
	people, err := s.cfg.Store.ChannelPeople(ctx, c.Tenant, c.Name)
	if err != nil {
		return "", err
	}
	for _, p := range people {
		if p.Principal == who.Self() || p.Principal.IsZero() && p.Name == who.Name {
			return "Look at your direct messages.", s.send(ctx, v.Approval, target{c, p.Account, &who})
		}
	}
	return "", harrier.Errorf(harrier.Denied, "this account is nobody's in Harrier")
}

// answer writes what somebody is told, as JSON.
func answer(w http.ResponseWriter, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode an answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(text) // nobody is left to be told
	return nil
}
