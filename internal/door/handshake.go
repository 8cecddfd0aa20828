package door

import (
	"encoding/json"
	"net/http"
)

// A handshake is how a product finds out that an address is meant for it. Each
// happens only after the sender has proven itself, so that no stranger gets
// anything echoed, and only at sources that declare it.

// reply is an answer of our own that is no receipt.
type reply struct {
	kind string
	body []byte
}

// text is a reply in plain text, which no browser takes for a page.
func text(s string) *reply { return &reply{"text/plain; charset=utf-8", []byte(s)} }

// maxChallenge bounds what is echoed, in bytes.
const maxChallenge = 4096

// challenge answers what is asked beside the body, or nil.
func (s Settings) challenge(r *http.Request) *reply {
	switch s.Handshake {
	case "graph": // Microsoft Graph wants its token back, decoded, as plain text
		token := r.URL.Query().Get("validationToken")
		if token != "" && len(token) <= maxChallenge && r.Method == http.MethodPost {
			return text(token)
		}
	case "okta": // a GET, once, with the challenge in a header
		if c := r.Header.Get("X-Okta-Verification-Challenge"); c != "" && len(c) <= maxChallenge && r.Method == http.MethodGet {
			body, _ := json.Marshal(map[string]string{"verification": c}) // a map of texts always encodes
			return &reply{typeJSON, body}
		}
	}
	return nil
}

// spoken answers what is asked in the body, or nil.
func (s Settings) spoken(body []byte) *reply {
	if s.Handshake != "slack" || len(body) > 2*maxChallenge {
		return nil
	}
	var in struct{ Type, Challenge string }
	if json.Unmarshal(body, &in) != nil || in.Type != "url_verification" {
		return nil
	}
	return text(in.Challenge)
}

// send writes a reply.
func (p *reply) send(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", p.kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(p.body) //nolint:gosec // JSON or plain text, which no browser takes for a page; a sender that left needs no answer
}
