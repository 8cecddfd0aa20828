package organisation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// FileName is the file in the data directory.
const FileName = "organisation.yaml"

// Profile is what an organisation says of itself. The lists are canonical:
// domains in ASCII and lower case, networks masked, without repetitions.
type Profile struct {
	Name        string `json:"name"`
	Language    string `json:"language"`
	TeamMailbox string `json:"team_mailbox,omitempty"`

	OwnDomains       []string `json:"own_domains"`
	OwnNetworks      []string `json:"own_networks,omitempty"`
	PartnerDomains   []string `json:"partner_domains"`
	FreemailDomains  []string `json:"freemail_domains"`
	ProtectedDomains []string `json:"protected_domains"`
	SharedHosts      []string `json:"shared_hosts"`
	// TrustedServers are the names by which our own servers sign what they
	// found out about a mail.
	TrustedServers   []string `json:"trusted_servers"`
	ArchivePasswords []string `json:"archive_passwords"`

	People      []Person     `json:"people"`
	Analysts    Excluded     `json:"analysts"`
	Scanners    Excluded     `json:"scanners"`
	Simulations []Simulation `json:"simulations"`
	// Reliability overrides what a manifest says, by name of the connection.
	Reliability map[string]string `json:"reliability"`
	// AllowLists says how allow lists grow: [Direct], or [Reviewed], also if empty.
	AllowLists string     `json:"allow_lists,omitempty"`
	Unattended Unattended `json:"unattended"`
}

// How allow lists grow where several people could look at it.
const (
	Reviewed = "reviewed"
	Direct   = "direct"
)

// Person is somebody whose account is not reset, and whose request is not
// believed, without a call.
type Person struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Role    string `json:"role,omitempty"`
	Manager string `json:"manager,omitempty"`
	// CallBack is who is called, and Phone where; the person where it is empty.
	CallBack string `json:"call_back,omitempty"`
	Phone    string `json:"phone,omitempty"`
}

// Excluded are those whose openings and clicks say nothing about victims.
type Excluded struct {
	Addresses  []string `json:"addresses"`
	UserAgents []string `json:"user_agents"`
	Networks   []string `json:"networks"`
}

// Simulation is a phishing simulation that the organisation has ordered.
type Simulation struct {
	Vendor string `json:"vendor"`
	// Header is a field that its mails bear, and Value what that holds. Anybody can write one: a mail is
	// proven to be a simulation by Domains or Addresses.
	Header    string   `json:"header,omitempty"`
	Value     string   `json:"value,omitempty"`
	Domains   []string `json:"domains"`
	Addresses []string `json:"addresses"`
}

// Unattended says what may be done without a person.
type Unattended struct {
	ExactCopies bool  `json:"exact_copies"`
	Cap         int64 `json:"cap"`
}

// Default returns the profile of an organisation that has said nothing.
func Default() Profile {
	var p Profile
	if err := p.fill(map[string]any{}); err != nil { // the defaults are in this package
		panic("organisation: the defaults do not fit their fields: " + err.Error())
	}
	return p
}

// FromOutput reads what organisation.get gave; an absent one is [Default].
func FromOutput(out map[string]any) (Profile, error) {
	if len(out) == 0 {
		return Default(), nil
	}
	var p Profile
	err := p.fill(out)
	return p, err
}

// Output returns the profile as data, in the type [OutputType].
func (p Profile) Output() map[string]any {
	out := map[string]any{}
	text, err := json.Marshal(p)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil { // text, numbers and lists only
		panic("organisation: a profile is not data: " + err.Error())
	}
	return out
}

// fill reads plain data over the defaults and makes the lists canonical.
func (p *Profile) fill(in map[string]any) error {
	text, err := json.Marshal(withDefaults(in))
	if err != nil {
		return fmt.Errorf("read the organisation: %w", err)
	}
	if err := json.Unmarshal(text, p); err != nil {
		return fmt.Errorf("read the organisation: %w", err)
	}
	p.FreemailDomains = append(p.FreemailDomains, freemail()...)
	p.SharedHosts = append(p.SharedHosts, shared()...)
	lists := []*[]string{&p.OwnDomains, &p.PartnerDomains, &p.FreemailDomains, &p.ProtectedDomains, &p.SharedHosts, &p.TrustedServers}
	for i := range p.Simulations {
		lists = append(lists, &p.Simulations[i].Domains)
	}
	for _, list := range lists {
		*list = domains(*list)
	}
	return nil
}

// domains returns names in their one spelling, sorted, each once.
func domains(list []string) []string {
	out := make([]string, 0, len(list))
	for _, d := range list {
		out = append(out, ASCII(d))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ASCII returns a name of a host in the spelling in which names are compared.
func ASCII(host string) string {
	host = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(host), "."))
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		return ascii
	}
	return host
}
