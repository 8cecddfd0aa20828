package provider

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// Settings is a provider as a tenant has set it up. Its secret is in the vault.
type Settings struct {
	Tenant harrier.TenantID
	ID     harrier.ConnectionID
	// Name is what commands call it; Display is what the log-in page shows.
	Name, Display string
	Issuer        string
	ClientID      string
	// Redirect is the address of Harrier's callback, as the provider knows it.
	Redirect string
	// Scopes are asked for beside openid.
	Scopes []string
	// SubjectClaim says who somebody is: sub, or oid where it is Entra.
	SubjectClaim string
	// GroupsClaim holds the groups; Groups says which roles each one grants, and
	// Roles what everybody is granted whom the provider knows: nothing, as a rule.
	GroupsClaim string
	Groups      map[string][]string
	Roles       []string
	// Directory tells that the provider's directory keeps accounts by SCIM.
	Directory bool
	// ACR lists how well people must have proved who they are; one of them is
	// required where there are any.
	ACR []string
	// AllowHosts may be asked beside the issuer's host, and AllowPrivate opens
	// addresses that are refused otherwise; CA is trusted beside the system's.
	AllowHosts   []string
	AllowPrivate []string
	CA           string
	CreatedAt    time.Time
	Rev          int64
}

// CallbackPath is where providers send people back to.
const CallbackPath = "/v1/session/callback"

// The bounds of settings.
const (
	maxProviders = 20
	maxGroups    = 500
	maxText      = 500
)

func namePattern() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,29}$`) }

// withDefaults fills in what is empty.
func (s Settings) withDefaults() Settings {
	or := func(v *string, d string) {
		if *v = strings.TrimSpace(*v); *v == "" {
			*v = d
		}
	}
	or(&s.Display, s.Name)
	or(&s.SubjectClaim, "sub")
	or(&s.GroupsClaim, "groups")
	if len(s.Scopes) == 0 {
		s.Scopes = []string{"profile"}
	}
	return s
}

// check says what is wrong with settings, with how to correct it.
func (s Settings) check(by harrier.Principal) error {
	switch {
	case !namePattern().MatchString(s.Name):
		return harrier.Errorf(harrier.Invalid, "%q cannot be the name of a provider; use up to 30 of a-z, 0-9 and dash", s.Name)
	case s.ClientID == "" || len(s.ClientID) > maxText:
		return harrier.Errorf(harrier.Invalid, "give the client id that the provider has for Harrier")
	case s.SubjectClaim != "sub" && s.SubjectClaim != "oid":
		return harrier.Errorf(harrier.Invalid, "%q cannot say who somebody is; sub can, or oid where it is Entra", s.SubjectClaim)
	case len(s.GroupsClaim) > maxText || len(s.Display) > maxText:
		return harrier.Errorf(harrier.Invalid, "a name is longer than %d bytes", maxText)
	case len(s.Groups) > maxGroups:
		return harrier.Errorf(harrier.Invalid, "a provider has %d groups at most", maxGroups)
	}
	if err := plainHTTPS("the issuer", s.Issuer); err != nil {
		return err
	}
	if err := plainHTTPS("the redirect", s.Redirect); err != nil {
		return err
	}
	if u, _ := url.Parse(s.Redirect); u.Path != CallbackPath { // it was parsed above
		return harrier.Errorf(harrier.Invalid, "the redirect is the address of this server with %s, as in https://harrier.example%s", CallbackPath, CallbackPath)
	}
	for _, text := range s.AllowPrivate {
		if _, err := netip.ParsePrefix(text); err != nil {
			return harrier.Errorf(harrier.Invalid, "%q is not a range of addresses; write 10.1.2.3/32", text)
		}
	}
	return s.checkRoles(by)
}

// checkRoles holds what groups grant to what whoever sets it up may give away.
func (s Settings) checkRoles(by harrier.Principal) error {
	if len(s.Roles) > 0 {
		if err := access.MayGive(by, s.Roles); err != nil {
			return err
		}
	}
	for group, roles := range s.Groups {
		if group == "" || len(group) > maxText {
			return harrier.Errorf(harrier.Invalid, "a group has a name of up to %d bytes", maxText)
		}
		if err := access.MayGive(by, roles); err != nil {
			return err
		}
	}
	return nil
}

// plainHTTPS says why an address cannot be one that people are sent to.
func plainHTTPS(what, text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || len(text) > maxText {
		return harrier.Errorf(harrier.Invalid, "%s is an https address without a query, such as https://login.example/realm; %q is not", what, text)
	}
	return nil
}

// Granted returns the roles that groups grant.
func (s Settings) Granted(groups []string) []string {
	all := slices.Clone(s.Roles)
	for _, g := range groups {
		all = append(all, s.Groups[g]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
