package door

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Settings is what a source of kind webhook declares, as its settings in JSON.
type Settings struct {
	// Product names the entry of the catalogue that it was made from.
	Product string `json:"product,omitempty"`
	Auth    Auth   `json:"auth"`
	// Handshake is how the sender finds out that the address is meant: graph,
	// okta, sns or slack; empty is none.
	Handshake string `json:"handshake,omitempty"`
	// Topics are the topics of SNS, by their whole ARN, whose messages are taken:
	// their signature is checked, and subscribing to them is confirmed. Without
	// any the secret alone tells who comes, and a person confirms.
	Topics topics `json:"topics,omitempty"`
	// Shape is whose API the answers imitate: thehive or hec; empty is ours.
	Shape string `json:"shape,omitempty"`
	// Watch says how often something comes, for those who watch feeds; see package watch.
	Watch json.RawMessage `json:"watch,omitempty"`
	// RowsFrom names the connection by which the rows are fetched that an alert
	// of Splunk leaves out.
	RowsFrom string `json:"rows_from,omitempty"`
	// MaxBody bounds a body, in bytes, also when it is unpacked; 0 is 4 MiB.
	MaxBody int64 `json:"max_body,omitempty"`
	// Split is how many records of a body stay one event; 0 is 100.
	Split int `json:"split,omitempty"`
	// Lane orders processing from 1, before others, to 3; 0 is 2.
	Lane int `json:"lane,omitempty"`
	// Critical gives it the slots that are kept free, and the first lane.
	Critical bool `json:"critical,omitempty"`
}

// The ways for a sender to prove itself.
const (
	Bearer    = "bearer"            // a token in a header
	Basic     = "basic"             // a user and a password
	Standard  = "standard_webhooks" // a signature over id, time and body (Standard Webhooks)
	Signature = "signature"         // a vendor's signature over the body
	MTLS      = "mtls"              // a certificate
	URLToken  = "url_token"         // a secret in the address, which is weaker: addresses end up in logs
)

// Auth is how the sender proves itself. Secrets are in the vault under the id of the source.
type Auth struct {
	Kind string `json:"kind"`
	// Header carries the token or the signature; empty is Authorization for a token.
	Header string `json:"header,omitempty"`
	// Prefix stands before the token or the signature in the header.
	Prefix string `json:"prefix,omitempty"`
	// User is who Basic is.
	User string `json:"user,omitempty"`
	// Algorithm is sha256, sha512 or sha1, Encoding is hex or base64.
	Algorithm string `json:"algorithm,omitempty"`
	Encoding  string `json:"encoding,omitempty"`
	// Signed is what is signed, with {body} and {timestamp}; empty is the body alone.
	Signed string `json:"signed,omitempty"`
	// TimeHeader carries the seconds since 1970 that are part of what is signed.
	TimeHeader string `json:"time_header,omitempty"`
	// IDHeader names the delivery, so that it is taken once.
	IDHeader string `json:"id_header,omitempty"`
	// Subjects and Names are those of certificates: any of them will do.
	Subjects []string `json:"subjects,omitempty"`
	Names    []string `json:"names,omitempty"`
	// Keys lists the secrets, the newest first; more than one while they are rotated.
	Keys []Key `json:"keys,omitempty"`
	// Expires is when the sender's credential ends by itself, where that is known.
	Expires time.Time `json:"expires,omitzero"`
}

// Key is a secret in the vault.
type Key struct {
	// Field is its name in the vault.
	Field string    `json:"field"`
	Added time.Time `json:"added,omitzero"`
	// Until ends it; zero is never.
	Until time.Time `json:"until,omitzero"`
}

const (
	defaultBody  = 4 << 20
	greatestBody = 32 << 20
	defaultSplit = 100
)

// ParseSettings reads and checks the settings of a source of kind webhook.
func ParseSettings(text json.RawMessage) (Settings, error) {
	var s Settings
	if err := strictly(text, &s); err != nil {
		return s, harrier.Errorf(harrier.Invalid, "the settings of the source cannot be read: %w", err)
	}
	return s, s.check()
}

// strictly decodes JSON whose fields are all known.
func strictly(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// check tells everything that is wrong.
func (s Settings) check() error {
	wrong := s.Auth.wrong()
	say := func(bad bool, text string) {
		if bad {
			wrong = append(wrong, text)
		}
	}
	say(!slices.Contains([]string{"", "graph", "okta", "sns", "slack"}, s.Handshake), "handshake: use graph, okta, sns or slack, or leave it out")
	say(len(s.Topics) > 0 && s.Handshake != "sns", "topics: they are of SNS; say handshake: sns too")
	say(slices.ContainsFunc(s.Topics, func(t string) bool { return !isTopic(t) }), "topics: name each whole, such as arn:aws:sns:eu-west-1:123456789012:findings")
	say(!slices.Contains([]string{"", "thehive", "hec"}, s.Shape), "shape: use thehive or hec, or leave it out")
	say(s.MaxBody < 0 || s.MaxBody > greatestBody, "max_body: use at most 33554432 bytes")
	say(s.Split < 0 || s.Split > 10000, "split: use 1 to 10000 records")
	say(s.Lane < 0 || s.Lane > 3, "lane: use 1, 2 or 3")
	say(s.Shape == "thehive" && s.Auth.Kind != Bearer, "auth.kind: senders for TheHive bear a token; use bearer")
	if len(wrong) > 0 {
		return harrier.Errorf(harrier.Invalid, "the source cannot work so: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// wrong lists what is wrong with the way to prove oneself.
func (a Auth) wrong() (wrong []string) {
	say := func(bad bool, text string) {
		if bad {
			wrong = append(wrong, text)
		}
	}
	say(!slices.Contains(Ways(), a.Kind), "auth.kind: use one of "+strings.Join(Ways(), ", "))
	say(a.Kind != MTLS && len(a.Keys) == 0 && slices.Contains(Ways(), a.Kind), "auth.keys: there is no secret")
	say(a.Kind == MTLS && len(a.Subjects)+len(a.Names) == 0, "auth.names: name the certificates that may come, such as dns:siem.corp.example, or their subjects")
	say(a.Kind == Basic && a.User == "", "auth.user: name the user")
	if a.Kind == Signature {
		say(a.Header == "", "auth.header: name the header with the signature, such as X-Hub-Signature-256")
		say(hasher(a.Algorithm) == nil, "auth.algorithm: use sha256, sha512 or sha1")
		say(!slices.Contains([]string{"", "hex", "base64"}, a.Encoding), "auth.encoding: use hex or base64")
		say(a.Signed != "" && !strings.Contains(a.Signed, "{body}"), "auth.signed: the body must be signed; say {body}")
		say(strings.Contains(a.Signed, "{timestamp}") != (a.TimeHeader != ""), "auth.time_header: goes with {timestamp} in auth.signed")
	}
	return wrong
}

// Ways lists the ways for a sender to prove itself.
func Ways() []string { return []string{Bearer, Basic, Standard, Signature, MTLS, URLToken} }

func (s Settings) maxBody() int64 { return cmp.Or(s.MaxBody, defaultBody) }

func (s Settings) split() int { return cmp.Or(s.Split, defaultSplit) }

func (s Settings) lane() int {
	if s.Critical {
		return 0
	}
	return cmp.Or(s.Lane, 2)
}

// Warning tells what is weak about the settings, for people; empty where nothing is.
func (s Settings) Warning() string {
	switch {
	case s.Auth.Kind == URLToken:
		return "its secret is part of the address, which proxies and the sender may log; use bearer or a signature where the sender can"
	case s.Auth.Kind == Signature && s.Auth.Algorithm == "sha1":
		return "its signature uses SHA-1; use SHA-256 where the sender can"
	case s.Handshake == "sns" && len(s.Topics) == 0:
		return "Amazon's signatures are not checked, and a person has to confirm the subscription; make it with --set topics=ARN of the topic"
	}
	return ""
}

// isTopic tells whether a text is the whole ARN of a topic of SNS.
func isTopic(text string) bool {
	return regexp.MustCompile(`^arn:aws(-[a-z]+)*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$`).MatchString(text)
}

// topics are written as a list, or as one text with commas.
type topics []string

// UnmarshalJSON implements json.Unmarshaler.
func (t *topics) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) != nil {
		return json.Unmarshal(text, (*[]string)(t))
	}
	*t = topics{}
	for part := range strings.SplitSeq(one, ",") {
		*t = append(*t, strings.TrimSpace(part))
	}
	return nil
}
