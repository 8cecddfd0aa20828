package door

import (
	"net/http"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Refusal tells whoever sets a source up what its senders do wrong. Senders
// themselves are not told.
type Refusal struct {
	// Count is how many deliveries were refused since the start, At when the last was.
	Count int
	At    time.Time
	// Peer is who sent it, Why what was wrong with it.
	Peer, Why string
}

// refusals counts what was refused, by source.
type refusals struct {
	mu   sync.Mutex // guards list
	list map[harrier.SourceID]Refusal
}

// add counts a delivery that was refused.
func (r *refusals) add(v *delivery, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.list[v.source.ID]
	r.list[v.source.ID] = Refusal{Count: was.Count + 1, At: v.now, Peer: peerOf(v.r), Why: why}
}

// Refused tells what was refused of a source since the start.
func (d *Door) Refused(id harrier.SourceID) Refusal {
	d.refused.mu.Lock()
	defer d.refused.mu.Unlock()
	return d.refused.list[id]
}

// why says what is wrong with a proof that does not hold. It names headers and
// no value of any: who reads it may see less than the secret.
func (a Auth) why(r *http.Request, now time.Time) string {
	switch a.Kind {
	case Bearer:
		if a.token(r) == "" {
			return "there is no token in its header " + a.header()
		}
		return "the token in its header " + a.header() + " is another one"
	case Basic:
		user, _, ok := r.BasicAuth()
		switch {
		case !ok:
			return "there is no user and password in its header Authorization"
		case !same(user, a.User):
			return "its user is not " + a.User
		}
		return "its password is another one"
	case Standard:
		return whyStandard(r, now)
	case Signature:
		switch {
		case r.Header.Get(a.Header) == "":
			return "there is no signature in its header " + a.Header
		case a.TimeHeader != "" && !recent(r.Header.Get(a.TimeHeader), now):
			return "the time in its header " + a.TimeHeader + " is missing, or more than 5 minutes from ours"
		}
		return "its signature does not fit: it has another secret, or it signs something else"
	case MTLS:
		if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
			return "it has no certificate that we trust: see --doors-ca of harrier serve"
		}
		return "its certificate is of somebody else"
	}
	return "the secret in its address is missing or another one"
}

// whyStandard is why for Standard Webhooks.
func whyStandard(r *http.Request, now time.Time) string {
	for _, prefix := range []string{"Webhook-", "Svix-"} {
		if r.Header.Get(prefix+"Id") == "" {
			continue
		}
		if !recent(r.Header.Get(prefix+"Timestamp"), now) {
			return "the time in its header " + prefix + "Timestamp is missing, or more than 5 minutes from ours"
		}
		return "its signature does not fit: it has another secret, or it signs something else"
	}
	return "there is no header Webhook-Id: it does not sign as Standard Webhooks does"
}

// header is the header that carries the token.
func (a Auth) header() string {
	if a.Header == "" {
		return "Authorization"
	}
	return a.Header
}
