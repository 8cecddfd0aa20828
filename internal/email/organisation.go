package email

import (
	"slices"
	"strings"
)

// Organisation is what those who read a mail say about themselves. Everything
// in it is optional; what is not said is not guessed from the mail where an
// attacker could write it.
type Organisation struct {
	// TrustedServers are the names that our own servers write into
	// Authentication-Results, and after "by" into Received.
	TrustedServers []string
	// OwnDomains are ours, PartnerDomains those of known others.
	OwnDomains, PartnerDomains []string
	// Brands are names or domains that mails pretend to be; nil means [DefaultBrands].
	Brands []string
	// People are those in whose name others write.
	People []Person
	// Simulations are the phishing exercises that we ordered.
	Simulations []Simulation
	// Original says that the mail itself is what is judged: nothing inside of it
	// is taken for a reported original.
	Original bool
}

// Person is somebody whose name is abused.
type Person struct {
	Name string
	// Address is theirs; empty means any address under OwnDomains.
	Address string
}

// owns reports whether a domain, or the one it is under, is ours.
func (o Organisation) owns(domain string) bool { return under(domain, o.OwnDomains) }

// under reports whether a domain is one of a list or under one of them.
func under(domain string, list []string) bool {
	return domain != "" && slices.ContainsFunc(list, func(one string) bool {
		one = strings.ToLower(strings.Trim(one, ". "))
		return one != "" && (domain == one || strings.HasSuffix(domain, "."+one))
	})
}

// freemail reports whether anybody can have an address under a domain.
func freemail(domain string) bool {
	switch domain {
	case "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.de", "hotmail.fr", "hotmail.co.uk", "hotmail.it", "live.com", "msn.com",
		"outlook.de", "outlook.fr", "outlook.es", "live.de", "live.fr", "live.nl", "live.co.uk", "passport.com",
		"yahoo.com", "yahoo.de", "yahoo.fr", "yahoo.es", "yahoo.it", "yahoo.co.uk", "yahoo.co.jp", "yahoo.com.br", "yahoo.in", "ymail.com", "rocketmail.com",
		"icloud.com", "me.com", "mac.com", "aol.com", "aim.com", "gmx.de", "gmx.net", "gmx.com", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de",
		"mail.com", "email.com", "proton.me", "protonmail.com", "protonmail.ch", "pm.me", "tutanota.com", "tutanota.de", "tuta.io", "tuta.com", "mail.ru",
		"bk.ru", "list.ru", "inbox.ru", "internet.ru", "yandex.ru", "yandex.com", "ya.ru", "rambler.ru", "ukr.net", "qq.com", "foxmail.com", "163.com", "126.com", "yeah.net",
		"sina.com", "sohu.com", "naver.com", "daum.net", "hanmail.net", "rediffmail.com", "zoho.com", "zohomail.com", "zohomail.eu", "fastmail.com", "fastmail.fm", "hushmail.com",
		"mailfence.com", "posteo.de", "mailbox.org", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "laposte.net", "libero.it", "virgilio.it", "tiscali.it",
		"alice.it", "tin.it", "seznam.cz", "centrum.cz", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "ziggo.nl", "kpnmail.nl", "telenet.be", "skynet.be",
		"comcast.net", "verizon.net", "att.net", "sbcglobal.net", "cox.net", "btinternet.com", "sky.com", "uol.com.br", "bol.com.br", "terra.com.br", "abv.bg":
		return true
	}
	return false
}
