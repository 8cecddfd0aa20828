package email

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"github.com/harrier-soar/harrier/internal/hostname"
	"github.com/harrier-soar/harrier/internal/organisation"
)

// imitated is a domain that others imitate.
type imitated struct {
	domain, label, shape string // label is the name that was registered, shape what it looks like
	// brand domains are known under many endings, and to many senders.
	brand bool
}

// imitable returns what a mail may pretend to be from, for one organisation.
func (r Reading) imitable() []imitated {
	var list []imitated
	seen := map[string]bool{}
	add := func(domains []string, brand bool) {
		const most = 500
		for _, domain := range domains {
			name, ok := hostname.ASCII(strings.TrimSpace(domain))
			registered := hostname.Registered(name)
			if !ok || seen[registered] || len(list) >= most {
				continue
			}
			seen[registered] = true
			label, _, _ := strings.Cut(registered, ".")
			label = strings.ToLower(shownLabel(label))
			if utf8.RuneCountInString(label) < 4 {
				continue // too many names look like it
			}
			list = append(list, imitated{domain: registered, label: label, shape: bareShape(label), brand: brand})
		}
	}
	add(r.org.OwnDomains, false)
	if r.own != "" {
		add([]string{r.own}, false)
	}
	add(r.org.PartnerDomains, false)
	if r.org.Brands != nil {
		add(r.org.Brands, true)
	} else {
		add(DefaultBrands(), true)
	}
	return list
}

// lookalike reports which of the imitated domains a domain looks like, and how.
func lookalike(domain string, list []imitated) (target, how string, ok bool) {
	registered := hostname.Registered(domain)
	if !strings.Contains(registered, ".") || organisation.FreemailProvider(registered) || related(registered) {
		return "", "", false
	}
	label, _, _ := strings.Cut(registered, ".")
	label = strings.ToLower(shownLabel(label))
	looks := bareShape(label)
	for _, t := range list {
		if t.domain == registered {
			return "", "", false
		}
	}
	for _, t := range list {
		if how := t.resembles(domain, label, looks); how != "" {
			return t.domain, how, true
		}
	}
	return "", "", false
}

// resembles says how a name imitates t; empty where it does not.
func (t imitated) resembles(domain, label, looks string) string {
	shortest := 5
	if t.brand {
		shortest = 6
	}
	length := utf8.RuneCountInString(t.label)
	switch {
	case label == t.label:
		if _, registry := publicsuffix.PublicSuffix(domain); t.brand && registry {
			return "" // brands are under many endings
		}
		return "the same name under another ending"
	case looks == t.shape:
		return "letters that look alike"
	case t.within(domain, label):
		return "words added to the name"
	case length >= shortest && typo(label, t.label, typoLimit(length)):
		return "almost the same letters"
	}
	return ""
}

// bareShape is the shape of a label without its hyphens, which readers skip.
func bareShape(label string) string { return strings.ReplaceAll(shape(label), "-", "") }

// typoLimit says how many slips are still taken for an imitation.
func typoLimit(length int) int {
	if length >= 9 {
		return 2
	}
	return 1
}

// within reports whether the name stands among others in a host: as a word
// between hyphens, as a name in front of somebody else's domain, or grown
// together with a word that senders of such mails like.
func (t imitated) within(domain, label string) bool {
	for part := range strings.FieldsFuncSeq(domain, func(r rune) bool { return r == '.' || r == '-' }) {
		if part == t.label && len(t.label) >= 5 && (!t.brand || distinctive(t.label)) {
			return true
		}
	}
	for _, rest := range []string{strings.TrimPrefix(label, t.label), strings.TrimSuffix(label, t.label)} {
		if rest != label && luringWord(strings.Trim(rest, "-0123456789")) {
			return true
		}
	}
	return false
}

// luringWord reports whether a word is one that is added to names.
func luringWord(s string) bool {
	switch s {
	case "secure", "security", "login", "logon", "signin", "support", "account", "accounts", "verify", "verification", "mail", "email", "webmail", "online", "service", "services",
		"team", "billing", "invoice", "payment", "payments", "pay", "portal", "sso", "auth", "id", "update", "help", "helpdesk", "info", "group", "gmbh", "inc", "corp", "llc", "ltd",
		"hr", "it", "admin", "alert", "alerts", "notice", "docs", "file", "files", "share", "cloud", "app", "web", "net", "com", "customer", "client", "bank", "my", "the", "us", "uk", "eu", "de":
		return true
	}
	return false
}

// typo reports whether at most so many slips of a typist make b of a: letters
// swapped, left out, doubled, or hit beside. A letter far away counts twice.
func typo(a, b string, most int) bool {
	x, y := []rune(a), []rune(b)
	const longest = 63
	if len(x) > longest || len(y) > longest || len(x)-len(y) > most || len(y)-len(x) > most {
		return false
	}
	var before, above, row [longest + 1]int
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 2
			switch {
			case x[i-1] == y[j-1]:
				cost = 0
			case beside(x[i-1], y[j-1]):
				cost = 1
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1) //nolint:gosec // j is from 2 to 63 here
			}
		}
		before, above = above, row
	}
	return above[len(y)] <= most
}

// beside reports whether two keys are next to each other.
func beside(a, b rune) bool {
	for _, row := range []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop"} {
		i, j := strings.IndexRune(row, a), strings.IndexRune(row, b)
		if i >= 0 && j >= 0 && (i-j == 1 || j-i == 1) {
			return true
		}
	}
	return false
}

// related reports whether a domain belongs to a brand whose name it holds.
func related(domain string) bool {
	switch domain {
	case "office365.com", "microsoftonline.com", "microsoft365.com", "microsoftstream.com", "outlook.office.com", "googlemail.com", "googleapis.com", "googleusercontent.com",
		"amazonaws.com", "amazonses.com", "amazonpay.com", "amazon-adsystem.com", "paypalobjects.com", "paypal-communication.com", "linkedin-ei.com", "facebookmail.com", "icloud-content.com",
		"apple-dns.net", "githubusercontent.com", "dropboxusercontent.com", "dropboxmail.com", "netflix.net", "adobesign.com", "adobecc.com", "zoomgov.com", "slack-edge.com", "slackb.com",
		"spotifycdn.com", "salesforceiq.com", "docusign.net", "ebaystatic.com", "whatsapp.net", "instagram-brand.com", "bookingholdings.com", "dhl-news.com":
		return true
	}
	return false
}

// DefaultBrands returns domains that phishing pretends to be from most.
func DefaultBrands() []string {
	return []string{
		"microsoft.com", "office.com", "outlook.com", "sharepoint.com", "onedrive.com", "google.com", "gmail.com", "apple.com", "icloud.com", "amazon.com", "paypal.com",
		"facebook.com", "instagram.com", "linkedin.com", "whatsapp.com", "netflix.com", "docusign.com", "adobe.com", "dropbox.com", "wetransfer.com", "salesforce.com",
		"github.com", "slack.com", "okta.com", "zoom.us", "fedex.com", "usps.com", "royalmail.com", "laposte.fr", "hermesworld.com", "booking.com", "airbnb.com", "spotify.com",
		"ebay.com", "coinbase.com", "binance.com", "metamask.io", "americanexpress.com", "mastercard.com", "bankofamerica.com", "wellsfargo.com", "santander.com", "barclays.co.uk",
		"hsbc.com", "sparkasse.de", "postbank.de", "commerzbank.de", "deutsche-bank.de", "bnpparibas.com", "creditagricole.fr", "rabobank.nl", "stripe.com", "godaddy.com",
	}
}
