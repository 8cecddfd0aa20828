package lab

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Partner is somebody outside with whom mail was exchanged in the weeks before.
type Partner struct {
	Address string `json:"address"`
	Name    string `json:"name,omitempty"`
	// Sent is how many mails the company wrote to them, Received how many came.
	Sent     int `json:"sent,omitempty"`
	Received int `json:"received,omitempty"`
}

// Stolen is an account that somebody else has signed in to, and what they left
// behind. What is missing is filled in.
type Stolen struct {
	// User is the address of the account.
	User string `json:"user"`
	// At is when the thief signed in: 20 minutes ago where it is zero.
	At time.Time `json:"at,omitzero"`
	// IP and Country are where the sign-in came from.
	IP      string `json:"ip,omitempty"`
	Country string `json:"country,omitempty"`
	// Phone is the number that the thief registered as a second factor.
	Phone string `json:"phone,omitempty"`
	// ForwardTo is where the thief's inbox rule sends mail.
	ForwardTo string `json:"forward_to,omitempty"`
	// Application was given the right to read mail.
	Application string `json:"application,omitempty"`
	// Leaves says what the thief left: mfa, rule, grant. All where it is nil.
	Leaves []string `json:"leaves,omitempty"`
}

// left reports whether the thief left a thing behind.
func (s Stolen) left(thing string) bool { return s.Leaves == nil || slices.Contains(s.Leaves, thing) }

// filled returns the account with its defaults.
func (s Stolen) filled(now time.Time) Stolen {
	s.User = fold(s.User)
	s.IP, s.Country = cmp.Or(s.IP, "198.51.100.77"), cmp.Or(s.Country, "NL")
	s.Phone = cmp.Or(s.Phone, "+31 6 97010001")
	s.ForwardTo = cmp.Or(s.ForwardTo, "collector@drop.example")
	s.Application = cmp.Or(s.Application, "Mail Backup Pro")
	if s.At.IsZero() {
		s.At = now.Add(-20 * time.Minute)
	}
	return s
}

// employ gives the nth person of the company a place in it. People speak four
// languages; their numbers are of the ranges that are kept free for fiction.
func (s Scenario) employ(n int, u user, now time.Time) user {
	languages := []string{"en-GB", "de-DE", "fr-FR", "en-US"}
	phones := []string{"+44 20 7946 0%03d", "+49 30 23125 %03d", "+33 1 99 00 %04d", "+1 202 555 0%03d"}
	departments := []string{"Finance", "Sales", "Engineering", "Human Resources"}
	u.Language, u.Phone = languages[n%4], fmt.Sprintf(phones[n%4], 100+n%100)
	u.Department, u.Title = departments[n%4], "Specialist"
	u.Created, u.PasswordChanged = now.AddDate(-2, 0, -n%300), now.AddDate(0, -2, -n%20)
	u.Disabled = slices.ContainsFunc(s.Disabled, func(a string) bool { return fold(a) == fold(u.Mail) })
	u.Sessions = !u.Disabled
	head := n / 8 * 8
	if n == head {
		u.Title = "Head of " + u.Department
	} else {
		u.Manager = s.person(head).Address
	}
	for i, title := range []string{"Chief Executive Officer", "Chief Financial Officer"} {
		switch {
		case i >= len(s.VIPs):
		case fold(s.VIPs[i]) == fold(u.Mail):
			u.Title, u.Department, u.Manager = title, "Board", ""
		case i == 0 && n == head:
			u.Manager = s.VIPs[0]
		}
	}
	return u
}

// seedAccounts gives everybody a place, groups, ways to prove themselves and a
// sign-in of this morning. The first of the VIPs' neighbours administers the
// directory.
func (l *Lab) seedAccounts(e *edit, s Scenario) {
	now := e.line.At.Truncate(time.Second)
	staff := group{ID: uuid("group/All Staff"), Name: "All Staff"}
	vips := group{ID: uuid("group/Executives"), Name: "Executives"}
	admins := group{ID: uuid("role/Global Administrator"), Name: "Global Administrator", Role: true}
	e.put(groupTable, uuid("group/Credential Theft"), group{ID: uuid("group/Credential Theft"), Name: "Credential Theft"})
	for i := range s.Mailboxes {
		address := s.person(i).Address
		u, _ := findUser(e, address)
		u = s.employ(i, u, now)
		e.put(usersTable, fold(address), u)
		staff.Members = append(staff.Members, u.ID)
		if slices.ContainsFunc(s.VIPs, func(a string) bool { return fold(a) == u.Mail }) {
			vips.Members = append(vips.Members, u.ID)
		}
		l.seedSignIn(e, i, u)
	}
	if admin, ok := findUser(e, s.person(max(0, s.Mailboxes-3)).Address); ok {
		admins.Members = []string{admin.ID}
	}
	for _, g := range []group{staff, vips, admins} {
		e.put(groupTable, g.ID, g)
	}
	if soc, ok := findUser(e, operations+s.Domain); ok {
		soc.Language, soc.Title, soc.Department, soc.Created = "en-GB", "Shared mailbox", "Security", now.AddDate(-3, 0, 0)
		e.put(usersTable, fold(soc.Mail), soc)
	}
	app := application{ID: uuid("application/Expenses"), Name: "Expenses"}
	e.put(applicationTable, app.ID, app)
}

// seedSignIn gives an account a password, an authenticator, a grant that is
// nothing to worry about for every second, and a sign-in.
func (l *Lab) seedSignIn(e *edit, n int, u user) {
	for _, m := range []method{
		{ID: uuid("password/" + u.Mail), Kind: "password"},
		{ID: uuid("authenticator/" + u.Mail), Kind: "microsoftAuthenticator", Detail: "Phone of " + u.Name, Added: u.Created},
	} {
		m.User = u.ID
		e.put(methodTable(u.ID), m.ID, m)
	}
	if n%2 == 0 {
		g := grant{ID: opaque("", "grant/expenses/", u.Mail)[:43], User: u.ID, App: uuid("application/Expenses"), Scopes: []string{"User.Read"}}
		e.put(grantTable, g.ID, g)
	}
	at := e.line.At.Add(-time.Duration(3*60+n%60) * time.Minute).Truncate(time.Second)
	l.addSignIn(e, signInRecord{At: at, User: u, IP: officeIP(n), Country: "GB", App: "Office 365 Exchange Online", Client: "Browser", Agent: browser})
}

// browser is what people's browsers call themselves.
const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0"

// officeIP is the address that the nth person is seen from.
func officeIP(n int) string { return netip.AddrFrom4([4]byte{192, 0, 2, byte(10 + n%200)}).String() }

// addSignIn remembers an attempt to sign in.
func (l *Lab) addSignIn(e *edit, s signInRecord) {
	s.ID = uuid(fmt.Sprint("signin/", s.User.Mail, s.At.UnixNano(), s.IP))
	s.User = user{ID: s.User.ID, Name: s.User.Name, Mail: s.User.Mail}
	e.put(signInTable, s.ID, s)
}

// seedStolen leaves what a thief of accounts leaves: a sign-in from elsewhere,
// a second factor, a rule that forwards what is about payments, and a grant.
func (l *Lab) seedStolen(e *edit, s Scenario) {
	for _, account := range s.Stolen {
		t := account.filled(e.line.At.Truncate(time.Second))
		u, _ := findUser(e, t.User)
		wrong := signInRecord{At: t.At.Add(-time.Minute), User: u, IP: t.IP, Country: t.Country, App: "Office 365 Exchange Online", Client: "Browser",
			Error: 50126, Reason: "Error validating credentials due to invalid username or password.", Risk: "medium"}
		l.addSignIn(e, wrong)
		right := wrong
		right.At, right.Error, right.Reason, right.Risk = t.At, 0, "", "high"
		l.addSignIn(e, right)
		if t.left("mfa") {
			m := method{ID: uuid("stolen phone/" + u.Mail), User: u.ID, Kind: "phone", Detail: t.Phone, Added: t.At.Add(2 * time.Minute)}
			e.put(methodTable(u.ID), m.ID, m)
		}
		if t.left("rule") {
			f := rule{ID: opaque("AQAA", "stolen rule/", u.Mail)[:24], Name: ".", Forward: []string{t.ForwardTo}, Subject: []string{"invoice", "payment"}, Sequence: 1}
			if folder, ok := findFolder(e, u.Mail, "archive"); ok {
				f.MoveTo = folder.ID
			}
			e.put(ruleTable(u.Mail), f.ID, f)
		}
		if t.left("grant") {
			app := application{ID: uuid("application/" + t.Application), Name: t.Application}
			e.put(applicationTable, app.ID, app)
			g := grant{ID: opaque("", "stolen grant/", u.Mail)[:43], User: u.ID, App: app.ID, Scopes: strings.Fields("Mail.Read Mail.ReadWrite offline_access")}
			e.put(grantTable, g.ID, g)
		}
	}
}

// seedPartners exchanges mail with people outside: the oldest two months ago,
// one mail a day to and from one mailbox after the other.
func (l *Lab) seedPartners(e *edit, s Scenario) {
	for _, p := range s.Partners {
		them := person{Name: cmp.Or(p.Name, p.Address), Address: fold(p.Address)}
		for n := range p.Sent + p.Received {
			us := s.person(n % s.Mailboxes)
			m := message{
				MessageID: fmt.Sprintf("<partner.%d.%s>", n, them.Address), Subject: "Order 2026-" + fmt.Sprint(100+n), From: them, To: []person{us},
				Received: e.line.At.AddDate(0, 0, -60).Add(time.Duration(n) * time.Hour).Truncate(time.Second), Text: "As agreed.\n", Read: true,
			}
			in := inbox
			if n < p.Sent {
				m.From, m.To, in = us, []person{them}, sentItems
			}
			l.addMail(e, us.Address, in, m)
		}
	}
}
