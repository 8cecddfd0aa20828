package lab

import (
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Alert is what a product of the lab reports. Its ID names it: reporting it again
// changes it.
type Alert struct {
	// Product is elastic, or msgraph for the alerts of Defender.
	Product string `json:"product"`
	ID      string `json:"id"`
	Title   string `json:"title"`
	// Severity is low, medium, high or critical.
	Severity string `json:"severity"`
	User     string `json:"user,omitempty"`
	Host     string `json:"host,omitempty"`
	IP       string `json:"ip,omitempty"`
	// At is when the product says that it was made or changed; now where it is zero.
	At time.Time `json:"at,omitzero"`
	// Shown is when the product can be asked for it; At where it is zero. Products are late.
	Shown time.Time `json:"shown,omitzero"`
}

func alertTable(product string) string { return "alerts/" + product }

// Alert makes a product report an alert.
func (l *Lab) Alert(a Alert) error {
	switch {
	case a.Product != elasticName && a.Product != graphName:
		return harrier.Errorf(harrier.Invalid, "%q reports no alerts: choose %s or %s", a.Product, elasticName, graphName)
	case a.ID == "" || a.Title == "":
		return harrier.Errorf(harrier.Invalid, "an alert has an id and a title")
	case !slices.Contains([]string{"low", "medium", "high", "critical"}, a.Severity):
		return harrier.Errorf(harrier.Invalid, "%q is no severity: use low, medium, high or critical", a.Severity)
	}
	now := l.config.Now().UTC()
	if a.At.IsZero() {
		a.At = now
	}
	if a.Shown.IsZero() {
		a.Shown = a.At
	}
	a.At = a.At.UTC().Truncate(time.Millisecond)
	return l.world.update(now, func(e *edit) { e.put(alertTable(a.Product), a.ID, a) })
}

// shown lists the alerts that a product shows now, by when they were changed.
func (l *Lab) shown(product string, now time.Time) (out []Alert) {
	l.world.view(func(e *edit) {
		for _, a := range list[Alert](e, alertTable(product)) {
			if !a.Shown.After(now) {
				out = append(out, a)
			}
		}
	})
	slices.SortStableFunc(out, func(a, b Alert) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// Listed is an indicator that the community of the lab shares, by TAXII and by MISP.
type Listed struct {
	// Type is ip, domain, url or sha256.
	Type  string `json:"type"`
	Value string `json:"value"`
	// Name says what it is of.
	Name string `json:"name"`
	// Gone takes it back.
	Gone bool `json:"gone,omitempty"`
	// Added is when the servers got it; now where it is zero.
	Added time.Time `json:"added,omitzero"`
	// Made is when it was first listed.
	Made time.Time `json:"made,omitzero"`
}

const listedTable = "listed"

// List lists an indicator, or changes what is said of it.
func (l *Lab) List(i Listed) error {
	if i.Value == "" || !slices.Contains([]string{ipKind, domainKind, urlKind, "sha256"}, i.Type) {
		return harrier.Errorf(harrier.Invalid, "an indicator has a value and a type, which is ip, domain, url or sha256, not %q %q", i.Type, i.Value)
	}
	now := l.config.Now().UTC()
	if i.Added.IsZero() {
		i.Added = now
	}
	i.Added, i.Made = i.Added.UTC().Truncate(time.Microsecond), i.Added.UTC().Truncate(time.Millisecond)
	return l.world.update(now, func(e *edit) {
		key := i.Type + "/" + i.Value
		if was, ok := load[Listed](e, listedTable, key); ok {
			i.Made = was.Made
		}
		e.put(listedTable, key, i)
	})
}

// listed are the indicators in the order in which the servers got them.
func (l *Lab) listed(now time.Time) (out []Listed) {
	l.world.view(func(e *edit) { out = list[Listed](e, listedTable) })
	out = slices.DeleteFunc(out, func(i Listed) bool { return i.Added.After(now) })
	slices.SortStableFunc(out, func(a, b Listed) int {
		if c := a.Added.Compare(b.Added); c != 0 {
			return c
		}
		return strings.Compare(a.Type+a.Value, b.Type+b.Value)
	})
	return out
}

// sources are the connections to what reports and lists.
func (l *Lab) sources(graph ConnectionSeed) []ConnectionSeed {
	secret := func(vendor, field string) harrier.Secret { return harrier.NewSecret(l.secret(vendor, field)) }
	quick := harrier.ConnectionLimits{Rate: 1000, Burst: 1000, Concurrent: 8}
	alerts := graph
	alerts.Name, alerts.Connector, alerts.Limits = "lab-alerts", "graph_security", quick
	alerts.Settings = map[string]any{"login_url": l.URL(entraName), "tenant_id": l.tenantID()}
	return []ConnectionSeed{
		alerts,
		{Name: "lab-splunk", Connector: splunkName, BaseURL: l.URL(splunkName), Limits: quick, Secrets: map[string]harrier.Secret{"token": secret(splunkName, "token")}},
		{Name: "lab-elastic", Connector: elasticName, BaseURL: l.URL(elasticName), Limits: quick, Secrets: map[string]harrier.Secret{"api_key": secret(elasticName, "api_key")}},
		{Name: "lab-taxii", Connector: taxiiName, BaseURL: l.URL(taxiiName), Limits: quick, Secrets: map[string]harrier.Secret{
			"username": secret(taxiiName, "username"), "password": secret(taxiiName, "password"),
		}},
		{Name: "lab-misp", Connector: mispName, BaseURL: l.URL(mispName), Limits: quick, Secrets: map[string]harrier.Secret{"api_key": secret(mispName, "api_key")}},
	}
}
