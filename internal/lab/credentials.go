package lab

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// The names of the vendors, as in [Lab.URL].
const (
	entraName      = "entra"
	graphName      = "msgraph"
	virustotalName = "virustotal"
	opnsenseName   = "opnsense"
	slackName      = "slack"
	urlhausName    = "urlhaus"
	threatfoxName  = "threatfox"
	abuseipdbName  = "abuseipdb"
	mimecastName   = "mimecast"
	urlscanName    = "urlscan"
	defenderName   = "defender"
	jiraName       = "jira"
	capeName       = "cape"
	gmailName      = "gmail"
	splunkName     = "splunk"
	elasticName    = "elastic"
	taxiiName      = "taxii"
	mispName       = "misp"
	pagerdutyName  = "pagerduty"
	opsgenieName   = "opsgenie"
	pagehookName   = "pagehook"
	controlName    = "control"
)

// secret returns the credential that a vendor was seeded with. It opens
// nothing but the lab.
func (l *Lab) secret(vendor, field string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%s", l.config.Seed, vendor, field))
	return hex.EncodeToString(sum[:20])
}

// clientID and tenantID are those of the registered application.
func (l *Lab) clientID() string { return uuid(l.secret(entraName, "client_id")) }

func (l *Lab) tenantID() string { return uuid(l.secret(entraName, "tenant_id")) }

// slackToken has the form of a bot token.
func (l *Lab) slackToken() string { return "xoxb-" + l.secret(slackName, "token") }

// same compares credentials in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// uuid formats what seed determines as an identifier of that form.
func uuid(seed string) string {
	b := sha256.Sum256([]byte(seed))
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// opaque returns text without meaning that seed determines, in the alphabet of
// Outlook's identifiers.
func opaque(prefix string, seed ...any) string {
	sum := sha256.Sum256(fmt.Append(nil, seed...))
	return prefix + base64.URLEncoding.EncodeToString(sum[:])
}
