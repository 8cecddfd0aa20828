// Package exposure tells whom a mail has reached and what they did with it: who
// opened it, who followed its links, who sent something to the page behind them.
//
// What machines do is not what people do: scanners, link previews, the security
// team and whoever reported the mail are left out, each with the reason. One
// thing is never left out: that a person sent something to the page. Whoever
// typed a password and then reported the mail has lost it all the same.
package exposure

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Copy is a copy of the mail in a mailbox.
type Copy struct {
	Mailbox  string    `json:"mailbox"`
	Read     bool      `json:"read"`
	Received time.Time `json:"received"`
}

// Click is one time that a link was followed.
type Click struct {
	User      string    `json:"user"`
	URL       string    `json:"url"`
	At        time.Time `json:"at"`
	Allowed   *bool     `json:"allowed"`
	Submitted bool      `json:"submitted"`
	IP        string    `json:"ip"`
	UserAgent string    `json:"user_agent"`
	Host      string    `json:"host"`
}

// Group is those whose openings and clicks are not a victim's.
type Group struct {
	Addresses  []string `json:"addresses"`
	UserAgents []string `json:"user_agents"`
	Networks   []string `json:"networks"`
}

// Question is what is known about a mail and its readers.
type Question struct {
	Copies []Copy  `json:"copies"`
	Clicks []Click `json:"clicks"`
	// Analysts and Scanners are the organisation's own.
	Analysts, Scanners Group `json:"-"`
	// Reporters are those who reported the mail.
	Reporters []string `json:"-"`
}

// Person is somebody whom the mail has reached.
type Person struct {
	User string
	At   time.Time
	URL  string
	// Host is the machine that it happened on, where it is known.
	Host string
	// Stopped tells that the page was not reached.
	Stopped bool
	// Reported tells that the person has reported the mail.
	Reported bool
}

// Excluded is an opening or a click that does not count, and why.
type Excluded struct{ User, URL, Why string }

// Exposure is what the mail has done. Each person is in each list once, with
// what came first.
type Exposure struct {
	Reached   int
	Opened    []Person
	Clicked   []Person
	Submitted []Person
	Excluded  []Excluded
}

// Of tells whom a mail has reached. The order of all lists is that of names.
func Of(q Question) Exposure {
	j := judge{q: q, reporters: lower(q.Reporters), analysts: lower(q.Analysts.Addresses)}
	e := Exposure{}
	mailboxes := map[string]bool{}
	for _, c := range q.Copies {
		user := strings.ToLower(c.Mailbox)
		mailboxes[user] = true
		switch why := j.insider(user); {
		case !c.Read:
		case why != "":
			e.Excluded = append(e.Excluded, Excluded{User: user, Why: why})
		default:
			e.Opened = append(e.Opened, Person{User: user, At: c.Received})
		}
	}
	e.Reached = len(mailboxes)
	for _, c := range q.Clicks {
		j.click(&e, c)
	}
	e.Opened, e.Clicked, e.Submitted = once(e.Opened), once(e.Clicked), once(e.Submitted)
	slices.SortStableFunc(e.Excluded, func(a, b Excluded) int { return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.URL, b.URL)) })
	e.Excluded = slices.Compact(e.Excluded)
	return e
}

// judge decides what counts.
type judge struct {
	q                   Question
	reporters, analysts []string
}

// insider says why a person's opening does not count, or "".
func (j judge) insider(user string) string {
	switch {
	case slices.Contains(j.analysts, user):
		return "belongs to the security team"
	case slices.Contains(j.reporters, user):
		return "has reported the mail"
	}
	return ""
}

// click sorts a click in.
func (j judge) click(e *Exposure, c Click) {
	user := strings.ToLower(strings.TrimSpace(c.User))
	p := Person{User: user, At: c.At, URL: c.URL, Host: c.Host, Stopped: c.Allowed != nil && !*c.Allowed, Reported: slices.Contains(j.reporters, user)}
	why := j.machine(c)
	if why == "" && c.Submitted && !slices.Contains(j.analysts, user) {
		e.Submitted = append(e.Submitted, p)
		e.Clicked = append(e.Clicked, p)
		return
	}
	if why == "" {
		why = j.insider(user)
	}
	if why != "" {
		e.Excluded = append(e.Excluded, Excluded{User: user, URL: c.URL, Why: why})
		return
	}
	e.Clicked = append(e.Clicked, p)
}

// machine says why a click is not a person's, or "".
func (j judge) machine(c Click) string {
	agent := strings.ToLower(c.UserAgent)
	for _, own := range [][]string{j.q.Scanners.UserAgents, j.q.Analysts.UserAgents} {
		for _, part := range own {
			if part != "" && strings.Contains(agent, strings.ToLower(part)) {
				return "its program is called " + part
			}
		}
	}
	for _, part := range machines() {
		if strings.Contains(agent, part) {
			return "a program that looks at links by itself (" + part + ")"
		}
	}
	if ip, err := netip.ParseAddr(c.IP); err == nil {
		for _, group := range []Group{j.q.Scanners, j.q.Analysts} {
			for _, network := range group.Networks {
				if within(ip.Unmap(), network) {
					return "came from " + network
				}
			}
		}
	}
	return ""
}

// within reports whether an address is in a network, or is that address.
func within(ip netip.Addr, network string) bool {
	if prefix, err := netip.ParsePrefix(network); err == nil {
		return prefix.Contains(ip)
	}
	one, err := netip.ParseAddr(network)
	return err == nil && one.Unmap() == ip
}

// machines lists parts of the names of programs that follow links without a
// person, in lower case: gateways that scan, chats and mail programs that show
// previews, and libraries.
func machines() []string {
	return []string{
		"safelinks", "ms-office existence", "microsoft office existence", "msoffice", "skypeuripreview", "microsoftpreview", "bingpreview", "bingbot",
		"teams", "slackbot", "slack-imgproxy", "telegrambot", "whatsapp", "facebookexternalhit", "twitterbot", "linkedinbot", "discordbot",
		"googleimageproxy", "google-safety", "googlebot", "via ggpht.com", "yahoomailproxy", "mimecast", "proofpoint", "barracuda", "cloudmark",
		"symantec", "messagelabs", "trendmicro", "fortinet", "fireeye", "urlscan", "virustotal", "headlesschrome", "phantomjs",
		"python-requests", "go-http-client", "curl/", "wget/", "okhttp", "java/", "libwww", "apache-httpclient",
	}
}

// once keeps of each person what came first, in the order of names.
func once(list []Person) []Person {
	slices.SortStableFunc(list, func(a, b Person) int { return cmp.Or(cmp.Compare(a.User, b.User), a.At.Compare(b.At)) })
	return slices.CompactFunc(list, func(a, b Person) bool { return a.User == b.User })
}

func lower(list []string) []string {
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = strings.ToLower(strings.TrimSpace(one))
	}
	return out
}
