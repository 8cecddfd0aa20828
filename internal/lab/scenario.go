package lab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Scenario is a small company before anything was done: who works there, what
// lies in their mailboxes, and what the world knows. Its zero value has twenty
// mailboxes with ordinary mail.
type Scenario struct {
	// Domain is the company's mail domain, corp.example where it is empty.
	Domain string `json:"domain,omitempty"`
	// Mailboxes is how many people have one: 20 where it is 0.
	Mailboxes int `json:"mailboxes,omitempty"`
	// Ordinary is how many mails each of them has that nobody must touch: 6
	// where it is 0, none where it is -1.
	Ordinary int `json:"ordinary,omitempty"`
	// Reported is the mail that somebody reported; nil leaves it out.
	Reported *Reported `json:"reported,omitempty"`
	// Also are further mails of the same attack, each with its recipients; what
	// the world thinks is told by Reported and Intel.
	Also []Reported `json:"also,omitempty"`
	// Intel lists what is known beside the reported mail.
	Intel []Knowledge `json:"intel,omitempty"`
	// Looks is how often a sandbox is asked for an analysis before it has ended,
	// beside the time that whoever asks leaves between.
	Looks int `json:"looks,omitempty"`
	// Aliases are those of the firewall: harrier_blocked where there are none.
	Aliases []string `json:"aliases,omitempty"`
	// Channels are those of the chat that the bot is in: soc where there are none.
	Channels []string `json:"channels,omitempty"`
	// VIPs are the addresses of those whom the company protects most: the last
	// two who have a mailbox where there are none.
	VIPs []string `json:"vips,omitempty"`
	// Partners are those outside with whom mail is exchanged.
	Partners []Partner `json:"partners,omitempty"`
	// Disabled are the addresses of accounts that may not sign in.
	Disabled []string `json:"disabled,omitempty"`
	// Isolated are the addresses of those whose machine is cut off from the network.
	Isolated []string `json:"isolated,omitempty"`
	// Stolen lists the accounts that somebody else has used.
	Stolen []Stolen `json:"stolen,omitempty"`
	// Tickets are the titles of those that are open.
	Tickets []string `json:"tickets,omitempty"`
	// Clicks tells who and what has followed links.
	Clicks []Click `json:"clicks,omitempty"`
}

// Reported is a mail that was reported, as far as it is known. What is missing
// is taken from MIME's header.
type Reported struct {
	MIME        []byte    `json:"mime,omitempty"`
	MessageID   string    `json:"message_id,omitempty"`
	Subject     string    `json:"subject,omitempty"`
	From        string    `json:"from,omitempty"`
	FromName    string    `json:"from_name,omitempty"`
	Received    time.Time `json:"received,omitzero"`
	Text        string    `json:"text,omitempty"`
	Links       []string  `json:"links,omitempty"`
	Attachments []File    `json:"attachments,omitempty"`
	// IP is the address that delivered it.
	IP string `json:"ip,omitempty"`
	// Verdict is what the world thinks of its links, of everything on their
	// hosts and of its attachments; empty means that nothing is known.
	Verdict string `json:"verdict,omitempty"`
	// SenderVerdict is the same for the sender's domain and for IP.
	SenderVerdict string `json:"sender_verdict,omitempty"`
	// Family is the malware that the links lead to and the attachments are.
	Family string `json:"family,omitempty"`
	// Recipients have a copy each; where there are none, the first Copies mailboxes do.
	Recipients []string `json:"recipients,omitempty"`
	// Copies is how many mailboxes have a copy: 5 where it is 0.
	Copies int `json:"copies,omitempty"`
	// Opened are the recipients who have read theirs: every third where it is nil.
	Opened []string `json:"opened,omitempty"`
}

// File is an attachment.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	// On are the addresses of those on whose machines it was seen.
	On []string `json:"on,omitempty"`
}

// Seed makes the world a scenario, forgetting what was there and what was done.
// Faults, credentials and addresses stay. A scenario that makes no sense is
// Invalid and changes nothing.
func (l *Lab) Seed(s Scenario) error {
	s = s.filled()
	if err := s.complete(l.config.Now()); err != nil {
		return err
	}
	knowledge, err := s.knowledge(l.config.Now().UTC())
	if err != nil {
		return err
	}
	l.forget()
	return l.world.update(l.config.Now(), func(e *edit) {
		e.reset()
		l.seedPeople(e, s)
		l.seedAccounts(e, s)
		l.seedOrdinary(e, s)
		l.seedPartners(e, s)
		l.seedStolen(e, s)
		l.seedClicks(e, s)
		l.seedDevices(e, s)
		l.seedTickets(e, s)
		l.seedReported(e, s.Reported)
		for i := range s.Also {
			l.seedReported(e, &s.Also[i])
		}
		e.learn(knowledge)
		e.put(looksTable, "analyses", s.Looks)
		for _, name := range s.Aliases {
			e.put(aliasTable, name, alias{UUID: uuid(name), Name: name, Type: "host"})
		}
		for i, name := range s.Channels {
			c := channel{ID: fmt.Sprintf("C0LAB%04d", i+1), Name: name, Member: true}
			e.put(channelTable, c.ID, c)
			first := post{TS: fmt.Sprintf("%d.%06d", e.line.At.Add(-time.Hour).Unix(), i), Text: "harrier has joined the channel"}
			e.put(postTable(c.ID), first.TS, first)
		}
	})
}

// Mark remembers the world as it is. What it returns brings that world back, as
// often as it is called, forgetting what was done, at a fraction of what Seed and
// doing everything once more would cost.
func (l *Lab) Mark() (back func() error) {
	var kept []cell
	l.world.view(func(e *edit) {
		for table, rows := range e.world.tables {
			for key, value := range rows {
				kept = append(kept, cell{Table: table, Key: key, Value: value})
			}
		}
	})
	return func() error {
		l.forget()
		return l.world.update(l.config.Now(), func(e *edit) {
			e.line = record{At: e.line.At, Reset: true, Cells: kept}
			e.world.apply(e.line)
		})
	}
}

// filled returns the scenario with its defaults.
func (s Scenario) filled() Scenario {
	s.Domain = orElse(s.Domain, "corp.example")
	if s.Mailboxes == 0 {
		s.Mailboxes = 20
	}
	if s.Ordinary == 0 {
		s.Ordinary = 6
	}
	if len(s.Aliases) == 0 {
		s.Aliases = []string{"harrier_blocked"}
	}
	if len(s.Channels) == 0 {
		s.Channels = []string{"soc"}
	}
	return s
}

// complete checks the scenario and fills in what the reported mail says of itself.
func (s *Scenario) complete(now time.Time) error {
	if s.Mailboxes < 1 || s.Mailboxes > 100_000 || s.Ordinary < -1 || s.Ordinary > 1000 {
		return harrier.Errorf(harrier.Invalid, "a scenario has 1 to 100000 mailboxes with up to 1000 ordinary mails each")
	}
	if err := s.known(); err != nil {
		return err
	}
	for _, c := range s.Clicks {
		if _, err := c.checked(*s, now); err != nil {
			return err
		}
	}
	if s.Looks < 0 || s.Looks > 1000 {
		return harrier.Errorf(harrier.Invalid, "a sandbox is asked up to 1000 times in vain, not %d", s.Looks)
	}
	if s.Reported == nil {
		return nil
	}
	r := *s.Reported
	if err := r.complete(now); err != nil {
		return err
	}
	if len(r.Recipients) == 0 {
		if r.Copies == 0 {
			r.Copies = 5
		}
		for i := range min(r.Copies, s.Mailboxes) {
			r.Recipients = append(r.Recipients, s.person(i).Address)
		}
	}
	s.Reported = &r
	return nil
}

// known checks the addresses that the scenario names, and fills in who the VIPs are.
func (s *Scenario) known() error {
	own := map[string]bool{}
	for i := range s.Mailboxes {
		own[s.person(i).Address] = true
	}
	if len(s.VIPs) == 0 {
		for i := range min(2, s.Mailboxes) {
			s.VIPs = append(s.VIPs, s.person(s.Mailboxes-1-i).Address)
		}
	}
	for _, address := range s.VIPs {
		if !own[fold(address)] {
			return harrier.Errorf(harrier.Invalid, "the VIP %s has no mailbox in the scenario", address)
		}
	}
	for _, address := range slices.Concat(s.Disabled, s.Isolated) {
		if !own[fold(address)] {
			return harrier.Errorf(harrier.Invalid, "disabled and isolated name %s, who has no mailbox in the scenario", address)
		}
	}
	for _, account := range s.Stolen {
		if !own[fold(account.User)] {
			return harrier.Errorf(harrier.Invalid, "the stolen account %s has no mailbox in the scenario", account.User)
		}
	}
	for _, p := range s.Partners {
		if !strings.Contains(p.Address, "@") || p.Sent < 0 || p.Received < 0 || p.Sent+p.Received > 1000 {
			return harrier.Errorf(harrier.Invalid, "a partner has a mail address and up to 1000 mails, not %q with %d and %d", p.Address, p.Sent, p.Received)
		}
	}
	return nil
}

// The people of a scenario are called by these.
const (
	givenNames  = "Alice Bob Carol David Erin Frank Grace Heidi Ivan Judy"
	familyNames = "Archer Baker Carter Draper Fisher Glover Hunter Mason"
)

// person returns the nth person of a scenario.
func (s Scenario) person(n int) person {
	given, family := strings.Fields(givenNames), strings.Fields(familyNames)
	first, last := given[n%len(given)], family[n/len(given)%len(family)]
	local := fold(first) + "." + fold(last)
	if round := n / (len(given) * len(family)); round > 0 {
		local += strconv.Itoa(round + 1)
	}
	return person{Name: first + " " + last, Address: local + "@" + s.Domain}
}

// operations is the local part of the mailbox that the security team sends from.
const operations = "soc@"

func (l *Lab) seedPeople(e *edit, s Scenario) {
	add := func(p person) {
		e.put(usersTable, fold(p.Address), user{ID: uuid(p.Address), Name: p.Name, Mail: fold(p.Address)})
		addFolders(e, p.Address)
	}
	for i := range s.Mailboxes {
		add(s.person(i))
	}
	add(person{Name: "Security Operations", Address: operations + s.Domain})
	if s.Reported == nil {
		return
	}
	for _, address := range s.Reported.Recipients {
		if _, ok := findUser(e, address); !ok {
			add(person{Name: address, Address: address})
		}
	}
}
