package lab

import (
	"net/netip"
	"strings"

	"github.com/harrier-soar/harrier"
)

// ConnectionSeed is what it takes to configure a connection to a vendor of the lab.
type ConnectionSeed struct {
	Name      string
	Connector string
	BaseURL   string
	// Settings are those of the connector beside its base URL.
	Settings map[string]any
	Secrets  map[string]harrier.Secret
	// AllowHosts are hosts and ports that it calls beside its own.
	AllowHosts []string
	// AllowPrivate are the addresses that the connection may reach although
	// they are not public.
	AllowPrivate []netip.Prefix
	// Limits are those of the account: a paid one where the vendor has them.
	Limits harrier.ConnectionLimits
}

// Connections returns a connection for every vendor that has a connector. The
// secrets open nothing but the lab.
func (l *Lab) Connections() []ConnectionSeed {
	secret := func(vendor, field string) harrier.Secret { return harrier.NewSecret(l.secret(vendor, field)) }
	graph := ConnectionSeed{
		Name: "lab-mail", Connector: "msgraph", BaseURL: l.URL(graphName) + "/v1.0",
		Settings: map[string]any{
			"login_url": l.URL(entraName), "tenant_id": l.tenantID(), "send_from": l.sender(),
		},
		Secrets: map[string]harrier.Secret{
			"client_id": harrier.NewSecret(l.clientID()), "client_secret": secret(entraName, "client_secret"),
		},
		AllowHosts: []string{strings.TrimPrefix(l.URL(entraName), "http://")},
	}
	seeds := []ConnectionSeed{
		graph,
		{
			Name: "lab-intel", Connector: "virustotal", BaseURL: l.URL(virustotalName) + "/api/v3",
			Limits:  harrier.ConnectionLimits{Rate: 100, Burst: 100, Daily: 1_000_000, Concurrent: 20},
			Secrets: map[string]harrier.Secret{"api_key": secret(virustotalName, "api_key")},
		},
		l.source(urlhausName, "/v1"), l.source(threatfoxName, "/api/v1"), l.source(abuseipdbName, "/api/v2"),
		l.source(urlscanName, "/api/v1"), l.source(capeName, "/apiv2"),
		{
			Name: "lab-firewall", Connector: "opnsense", BaseURL: l.URL(opnsenseName) + "/api",
			Secrets: map[string]harrier.Secret{"username": secret(opnsenseName, "key"), "password": secret(opnsenseName, "secret")},
		},
		{
			Name: "lab-chat", Connector: "slack", BaseURL: l.URL(slackName) + "/api",
			Secrets: map[string]harrier.Secret{"token": harrier.NewSecret(l.slackToken())},
		},
		l.identity(graph),
		l.hunting(graph),
		l.endpoints(graph),
		l.gateway(),
		l.tickets(),
	}
	if l.config.Gmail {
		seeds = append(seeds, l.gmailConnection())
	}
	if l.config.Sources {
		seeds = append(seeds, l.sources(graph)...)
	}
	if l.config.Pagers {
		seeds = append(seeds, l.pagers()...)
	}
	for i := range seeds {
		seeds[i].AllowPrivate = []netip.Prefix{l.prefix()}
	}
	return seeds
}

// gmailConnection is the connection to the company's mail at Google.
func (l *Lab) gmailConnection() ConnectionSeed {
	return ConnectionSeed{
		Name: "lab-gmail", Connector: gmailName, BaseURL: l.URL(gmailName),
		Settings: map[string]any{"login_url": l.URL(gmailName), "admin": l.sender(), "send_from": l.sender()},
		Limits:   harrier.ConnectionLimits{Rate: 1000, Burst: 1000},
		Secrets:  map[string]harrier.Secret{"client_email": harrier.NewSecret(l.serviceAccount()), "private_key": l.servicePEM()},
	}
}

// source is a connection to a vendor that has opinions and takes a key.
func (l *Lab) source(vendor, path string) ConnectionSeed {
	return ConnectionSeed{
		Name: "lab-" + vendor, Connector: vendor, BaseURL: l.URL(vendor) + path,
		Limits:  harrier.ConnectionLimits{Rate: 100, Burst: 100, Daily: 1_000_000, Concurrent: 20},
		Secrets: map[string]harrier.Secret{"api_key": harrier.NewSecret(l.secret(vendor, "api_key"))},
	}
}

// identity reaches the accounts by the same service and application as mail.
func (l *Lab) identity(mail ConnectionSeed) ConnectionSeed {
	mail.Name, mail.Connector = "lab-identity", entraName
	mail.Settings = map[string]any{"login_url": l.URL(entraName), "tenant_id": l.tenantID()}
	return mail
}

// hunting reaches what Defender saw, by the same service and application as mail.
func (l *Lab) hunting(mail ConnectionSeed) ConnectionSeed {
	mail.Name, mail.Connector = "lab-hunting", "defender_xdr"
	mail.Settings = map[string]any{"login_url": l.URL(entraName), "tenant_id": l.tenantID()}
	return mail
}

// endpoints reaches the hosts, by the same application as mail.
func (l *Lab) endpoints(mail ConnectionSeed) ConnectionSeed {
	mail.Name, mail.Connector, mail.BaseURL = "lab-endpoint", defenderName, l.URL(defenderName)+"/api"
	mail.Settings = map[string]any{"login_url": l.URL(entraName), "tenant_id": l.tenantID()}
	return mail
}

// gateway reaches the mail gateway.
func (l *Lab) gateway() ConnectionSeed {
	return ConnectionSeed{
		Name: "lab-gateway", Connector: mimecastName, BaseURL: l.URL(mimecastName), Limits: harrier.ConnectionLimits{Rate: 50, Burst: 50, Concurrent: 8},
		Secrets: map[string]harrier.Secret{
			"client_id": harrier.NewSecret(l.secret(mimecastName, "client_id")), "client_secret": harrier.NewSecret(l.secret(mimecastName, "client_secret")),
		},
	}
}

// tickets reaches where tickets are kept.
func (l *Lab) tickets() ConnectionSeed {
	return ConnectionSeed{
		Name: "lab-tickets", Connector: jiraName, BaseURL: l.URL(jiraName), Settings: map[string]any{"project": jiraProject},
		Secrets: map[string]harrier.Secret{
			"username": harrier.NewSecret(l.secret(jiraName, "user") + "@corp.example"), "password": harrier.NewSecret(l.secret(jiraName, "token")),
		},
	}
}

// sender is the mailbox that the security team sends from.
func (l *Lab) sender() string {
	for _, address := range l.Mailboxes() {
		if strings.HasPrefix(address, operations) {
			return address
		}
	}
	return operations + "corp.example"
}

// prefix holds the one address that the lab listens on.
func (l *Lab) prefix() netip.Prefix {
	address, _ := netip.ParseAddrPort(l.servers[0].listener.Addr().String())
	return netip.PrefixFrom(address.Addr(), address.Addr().BitLen())
}
