package transport

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/netip"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
)

// Connection is one configured instance of a connector. It holds no secrets;
// those are in the vault under the connection's id.
type Connection struct {
	ID     harrier.ConnectionID
	Tenant harrier.TenantID
	// Name is unique in the tenant; recordings are kept under it.
	Name, Connector string
	BaseURL         string
	Settings        map[string]any
	Auth            connector.Auth
	Limits          connector.Limits
	// AllowHosts may be reached besides the host of BaseURL: host, host:port or
	// scheme://host:port. Scheme and port are those of BaseURL where they are not said.
	AllowHosts []string
	// AllowPrivate opens addresses that are refused otherwise. Addresses of
	// metadata services must be listed one by one.
	AllowPrivate []netip.Prefix
	// Proxy is http://host:port or https://host:port; all traffic goes through
	// it with CONNECT. Its own address needs AllowPrivate where it is private.
	Proxy string
	// ProxyAuth takes proxy_username and proxy_password from the vault.
	ProxyAuth bool
	// ProxyDNS leaves the look-up of names to the proxy. Without it the proxy
	// is told the address that was looked up and checked here.
	ProxyDNS bool
	// CA holds PEM certificates that are trusted besides those of the system.
	CA []byte
	// ClientCert presents certificate and private_key from the vault.
	ClientCert bool
	// Revision changes with every change of the connection.
	Revision string
}

// Call is what the transport must know of the action that it carries out.
type Call struct {
	Mode   harrier.Mode
	Action string
	// ArgsHash identifies the arguments, for recordings.
	ArgsHash string
	Effect   harrier.Effect
	// Again tells that the call made twice is one effect, because of what it does
	// or by its key, and that whoever makes it makes it again where its outcome
	// is unknown. It may go over a connection that was used before.
	Again bool
	// Critical calls may use the share of the limits that is kept for them; a
	// critical containment may pass an open circuit breaker once.
	Critical bool
	// Timeout replaces the defaults for the first byte and in total; zero keeps them.
	Timeout time.Duration
	// MaxBody replaces the default limit of an answer; zero keeps it.
	MaxBody int64
	// Waits tells that the call holds a connection until something happens: once
	// it is connected it takes no place of the limits.
	Waits bool
}

// check reports what is wrong with the call itself.
func (c Call) check() *connector.Error {
	if !c.Mode.Valid() {
		return connector.Errorf(connector.Invalid, "unknown mode %q of a call", c.Mode)
	}
	if !c.Effect.Valid() {
		return connector.Errorf(connector.Invalid, "unknown effect %q of action %s", c.Effect, c.Action)
	}
	return nil
}

// Check reports what is wrong with a connection before it is used: addresses,
// hosts, ports, certificates. A name that leads inside shows only when it is called.
func (c Connection) Check() error {
	_, err := c.compile()
	if err != nil {
		return harrier.Errorf(harrier.Invalid, "connection %q: %w", c.Name, err)
	}
	return nil
}

// fingerprint changes with anything in the connection.
func (c Connection) fingerprint() (string, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// settings are those for the connector, with base_url filled in.
func (c Connection) settings() map[string]any {
	out := maps.Clone(c.Settings)
	if out == nil {
		out = map[string]any{}
	}
	if _, ok := out["base_url"]; !ok && c.BaseURL != "" {
		out["base_url"] = c.BaseURL
	}
	return out
}
