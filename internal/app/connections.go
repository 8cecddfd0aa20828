package app

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/transport"
	"github.com/harrier-soar/harrier/schema"
)

// transportConnection is a stored connection as the transport takes it.
func transportConnection(row harrier.Connection, m *connector.Manifest) (transport.Connection, error) {
	prefixes := make([]netip.Prefix, 0, len(row.AllowPrivate))
	for _, text := range row.AllowPrivate {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return transport.Connection{}, harrier.Errorf(harrier.Invalid, "connection %s: allow_private %q is not a range such as 10.0.0.0/8", row.Name, text)
		}
		prefixes = append(prefixes, p)
	}
	return transport.Connection{
		ID: row.ID, Tenant: row.Tenant, Name: row.Name, Connector: row.Connector, BaseURL: row.BaseURL,
		Settings: withDefaults(row, m), Auth: m.Auth, Limits: limits(row.Limits, m.Limits), AllowHosts: row.AllowHosts, AllowPrivate: prefixes,
		Proxy: row.Proxy, CA: []byte(row.CA), ClientCert: row.ClientCert, Revision: strconv.FormatInt(row.Rev, 10),
	}, nil
}

// ranges are ranges of addresses that were checked when they were stored or read.
func ranges(texts []string) (list []netip.Prefix) {
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil {
			list = append(list, p)
		}
	}
	return list
}

// limits are those of a connection, or the manifest's where it has none.
func limits(own harrier.ConnectionLimits, declared connector.Limits) connector.Limits {
	return connector.Limits{
		Rate: cmp.Or(own.Rate, declared.Rate), Burst: cmp.Or(own.Burst, declared.Burst), Daily: cmp.Or(own.Daily, declared.Daily),
		Concurrent: cmp.Or(own.Concurrent, declared.Concurrent),
	}
}

// withDefaults are the settings of a connection with the manifest's defaults.
func withDefaults(row harrier.Connection, m *connector.Manifest) map[string]any {
	settings := schema.Defaults(m.Settings, row.Settings)
	if row.BaseURL != "" {
		settings["base_url"] = row.BaseURL
	}
	return settings
}

// actionName is the name of an action within its connector.
func actionName(spec schema.ActionSpec) string {
	return strings.TrimPrefix(spec.Name, spec.Connector+".")
}
