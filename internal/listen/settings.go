package listen

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/wire"
)

// The transports.
const (
	UDP = "udp"
	TCP = "tcp"
	TLS = "tls"
)

// Settings is what a source of kind syslog declares, as its settings in JSON.
type Settings struct {
	// Listen is the address, such as 0.0.0.0:6514 or [::]:514. Several sources
	// may name the same; then their CIDRs tell them apart.
	Listen string `json:"listen"`
	// Transport is udp, tcp or tls.
	Transport string `json:"transport"`
	// CIDRs are the addresses that may send, such as 192.0.2.0/24. Of several
	// sources the one with the narrowest that holds the sender gets the message.
	CIDRs Networks `json:"cidrs"`
	// Format is what the messages are; empty finds out with each.
	Format wire.Format `json:"format,omitempty"`
	// Framing is how messages of a stream are told apart; empty finds out.
	Framing wire.Framing `json:"framing,omitempty"`
	// MaxMessage is how long a message may be, in bytes; a longer one is cut and
	// marked. 0 is 65536.
	MaxMessage int `json:"max_message,omitempty"`
	// Idle is how long a connection may say nothing, such as "1h"; empty is 30 minutes.
	Idle string `json:"idle,omitempty"`
	// Lane orders processing from 1, before others, to 3; 0 is 2.
	Lane int `json:"lane,omitempty"`
	// Critical puts its events into the first lane.
	Critical bool `json:"critical,omitempty"`
	// TLS goes with the transport tls.
	TLS *Certificates `json:"tls,omitempty"`
	// Watch is what the source says about how much it sends; package watch reads it.
	Watch json.RawMessage `json:"watch,omitempty"`
}

// Networks are addresses and networks: a list, or one alone.
type Networks []string

// UnmarshalJSON implements [json.Unmarshaler].
func (n *Networks) UnmarshalJSON(text []byte) error {
	var one string
	if err := json.Unmarshal(text, &one); err == nil {
		*n = Networks{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(n))
}

// Certificates names the files of a listener's identity and of those who may come.
type Certificates struct {
	// Certificate and Key are PEM files; relative ones are in the data directory.
	// They are read again when they change.
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// ClientCA is a PEM file of the authorities whose clients may come; empty
	// asks for no certificate.
	ClientCA string `json:"client_ca,omitempty"`
	// ClientNames are the names of certificates that may come, of which the
	// client's must have one; empty takes all that the authorities signed.
	ClientNames []string `json:"client_names,omitempty"`
}

const (
	defaultMessage  = 64 << 10
	greatestMessage = 1 << 20
	defaultIdle     = 30 * time.Minute
)

// ParseSettings reads and checks the settings of a source of kind syslog.
func ParseSettings(text json.RawMessage) (Settings, error) {
	var s Settings
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return s, harrier.Errorf(harrier.Invalid, "the settings of the source cannot be read: %w", err)
	}
	if wrong := s.wrong(); len(wrong) > 0 {
		return s, harrier.Errorf(harrier.Invalid, "the source cannot work so: %s", strings.Join(wrong, "; "))
	}
	return s, nil
}

// wrong lists everything that is wrong.
func (s Settings) wrong() (wrong []string) {
	say := func(bad bool, text string) {
		if bad {
			wrong = append(wrong, text)
		}
	}
	host, port, err := net.SplitHostPort(s.Listen)
	say(err != nil || port == "", "listen: use an address and a port, such as 0.0.0.0:6514")
	if err == nil && host != "" {
		_, bad := netip.ParseAddr(host)
		say(bad != nil, "listen: use an address, not a name, such as 0.0.0.0:6514")
	}
	say(!slices.Contains([]string{UDP, TCP, TLS}, s.Transport), "transport: use udp, tcp or tls")
	say(s.Transport == TLS && s.TLS == nil, "tls: name the files certificate and key")
	say(s.Transport != TLS && s.TLS != nil, "tls: goes with the transport tls only")
	if s.TLS != nil {
		say(s.TLS.Certificate == "" || s.TLS.Key == "", "tls: name the files certificate and key")
		say(len(s.TLS.ClientNames) > 0 && s.TLS.ClientCA == "", "tls.client_names: goes with client_ca")
	}
	say(len(s.CIDRs) == 0, "cidrs: name who may send, such as 192.0.2.0/24")
	for _, text := range s.CIDRs {
		_, err := prefix(text)
		say(err != nil, fmt.Sprintf("cidrs: %q is no address or network; use one such as 192.0.2.0/24", text))
	}
	say(s.Format != wire.Auto && !slices.Contains(wire.Formats(), s.Format), "format: use one of "+formats()+", or leave it out")
	say(!slices.Contains([]wire.Framing{wire.AnyFraming, wire.Octets, wire.Lines, wire.NUL}, s.Framing), "framing: use octets, lines or nul, or leave it out")
	say(s.MaxMessage != 0 && (s.MaxMessage < 480 || s.MaxMessage > greatestMessage), "max_message: use 480 to 1048576 bytes")
	idle, err := time.ParseDuration(cmp.Or(s.Idle, "1m"))
	say(err != nil || idle < time.Second || idle > 30*24*time.Hour, `idle: use a duration such as "30m", at most "720h"`)
	say(s.Lane < 0 || s.Lane > 3, "lane: use 1, 2 or 3")
	return wrong
}

func formats() string {
	var names []string
	for _, f := range wire.Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// prefix reads a network, or an address alone.
func prefix(text string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
}

func (s Settings) maxMessage() int { return cmp.Or(s.MaxMessage, defaultMessage) }

func (s Settings) idle() time.Duration {
	d, err := time.ParseDuration(s.Idle)
	if err != nil || d <= 0 {
		return defaultIdle
	}
	return d
}

func (s Settings) lane() int {
	if s.Critical {
		return 0
	}
	return cmp.Or(s.Lane, 2)
}

// Warning tells what is weak about the settings, for people; empty where nothing is.
func (s Settings) Warning() string {
	switch {
	case s.Transport == UDP:
		return "UDP loses messages without anybody knowing, and anybody can send in another's name; use tls where the sender can"
	case s.Transport == TCP:
		return "plain TCP is read by everybody on the way; use tls where the sender can"
	case s.TLS != nil && s.TLS.ClientCA == "":
		return "senders prove nothing but their address; name a client_ca where they have certificates"
	}
	return ""
}
