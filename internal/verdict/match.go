package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/organisation"
)

// The labels of a copy.
const (
	exact     = "exact"
	campaign  = "campaign"
	candidate = "candidate"
)

// message is what mail.search tells of a copy.
type message struct {
	Mailbox   string `json:"mailbox"`
	ID        string `json:"id"`
	MessageID string `json:"internet_message_id"`
	Subject   string `json:"subject"`
	From      string `json:"from"`
}

// suspect is a mail that may be a copy of the reported one.
type suspect struct {
	data    map[string]any
	message message
	// mail is nil where only the message is known.
	mail *mail
	// foundBy is how it was found: link, attachment, message_id or sender.
	foundBy string
}

// readSuspects reads candidates in the forms that playbooks have them in: as
// mail.search gives them, as email.parse does, or both with what they were found by.
func readSuspects(list []any) ([]suspect, error) {
	var out []suspect
	for i, v := range list {
		data, _ := v.(map[string]any)
		name := fmt.Sprintf("candidates[%d]", i)
		s := suspect{data: data}
		parsed, _ := data["mail"].(map[string]any)
		switch wrapped, ok := data["message"].(map[string]any); {
		case ok:
			s.data = wrapped
		case data["body_sha256"] != nil: // email.parse names and types its fields otherwise
			s.data, parsed = map[string]any{}, data
		}
		if err := read(name, s.data, &s.message); err != nil {
			return nil, err
		}
		if parsed != nil {
			s.mail = &mail{}
			if err := read(name+".mail", parsed, s.mail); err != nil {
				return nil, err
			}
		}
		s.foundBy, _ = data["found_by"].(string)
		out = append(out, s)
	}
	return out, nil
}

// comparison compares mails with the one that was reported.
type comparison struct {
	reported *mail
	// malicious are links and hashes that were condemned.
	malicious map[string]bool
	profile   *organisation.Profile
	stripped  map[string]bool
	words     map[string]bool
	shingles  map[string]bool
}

// newComparison prepares what is compared with every candidate.
func newComparison(m *mail, condemned []string, p *organisation.Profile) *comparison {
	c := &comparison{reported: m, malicious: map[string]bool{}, profile: p, stripped: map[string]bool{}, words: wordsOf(m.Subject), shingles: shinglesOf(m.Text)}
	for _, v := range condemned {
		c.malicious[v] = true
		if strings.Contains(v, "://") {
			c.malicious[m.strip(v, p)] = true
		}
	}
	for _, l := range m.Links {
		c.stripped[m.strip(l, p)] = true
	}
	return c
}

// label tells what a candidate is to the reported mail, and why.
func (c *comparison) label(s suspect) (label string, why []string) {
	same, differs := c.sameID(s), false
	if s.mail != nil {
		bodies := s.mail.BodySHA256 != "" && c.reported.BodySHA256 != ""
		differs = bodies && s.mail.BodySHA256 != c.reported.BodySHA256
		if bodies && !differs && sameFiles(c.reported, s.mail) && holdsSomething(c.reported) {
			why = append(why, "The same bodies and the same attachments.")
			if same {
				why = append(why, "The same Message-ID.")
			}
			return exact, why
		}
	}
	switch {
	case same && differs:
		why = append(why, "The same Message-ID, which anybody can write, with another body.")
	case same && s.mail != nil && !sameFiles(c.reported, s.mail):
		why = append(why, "The same Message-ID, which anybody can write, with other attachments.")
	case same && c.contradicts(s) != "":
		why = append(why, "The same Message-ID, which anybody can write, but "+c.contradicts(s)+".")
	case same:
		return exact, []string{"The same Message-ID, and nothing that is known of it differs."}
	}
	if shares := c.shares(s); len(shares) > 0 {
		return campaign, append(why, shares...)
	}
	if len(why) == 0 {
		why = append(why, "It was found, and nothing that it shares with the reported mail proves that it belongs to it.")
	}
	return candidate, why
}

// sameID reports whether the inner Message-IDs are the same. One that was made
// up, because the mail has none, is no evidence.
func (c *comparison) sameID(s suspect) bool {
	id := s.message.MessageID
	if s.mail != nil && s.mail.MessageID != "" {
		id = s.mail.MessageID
	}
	id, own := bareID(id), bareID(c.reported.MessageID)
	return id != "" && id == own && !strings.HasSuffix(own, "@missing.invalid")
}

// bareID returns a Message-ID without its brackets.
func bareID(id string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")
}

// contradicts tells what of the metadata is another mail's; "" where nothing is.
func (c *comparison) contradicts(s suspect) string {
	from, subject := s.message.From, s.message.Subject
	if s.mail != nil {
		from, subject = cmp.Or(s.mail.From.Address, from), cmp.Or(s.mail.Subject, subject)
	}
	switch {
	case strings.Contains(from, "@") && !strings.EqualFold(bareAddress(from), c.reported.From.Address) && !missingAddress(c.reported.From.Address):
		return "another sender"
	case subject != "" && c.subjectLike(subject) < 0.5:
		return "another subject"
	}
	return ""
}

// subjectLike is how much a subject is like that of the reported mail, from 0 to 1.
func (c *comparison) subjectLike(subject string) float64 {
	if subject != "" && strings.EqualFold(strings.TrimSpace(subject), strings.TrimSpace(c.reported.Subject)) {
		return 1
	}
	return likeness(wordsOf(subject), c.words)
}

// bareAddress returns an address without the name before it.
func bareAddress(from string) string {
	if i := strings.LastIndexByte(from, '<'); i >= 0 {
		from = from[i+1:]
	}
	return strings.Trim(from, "<> ")
}

// sameFiles reports whether two mails carry the same files.
func sameFiles(a, b *mail) bool { return slices.Equal(hashesOf(a), hashesOf(b)) }

// hashesOf are the hashes of the files of a mail, sorted.
func hashesOf(m *mail) []string {
	var out []string
	for _, a := range m.Attachments {
		out = append(out, strings.ToLower(a.SHA256))
	}
	slices.Sort(out)
	return out
}

// holdsSomething reports whether equality means something: empty mails are all equal.
func holdsSomething(m *mail) bool {
	return strings.TrimSpace(m.Text) != "" || len(m.Links)+len(m.Attachments) > 0
}

// shares lists what makes a mail one of the same campaign.
func (c *comparison) shares(s suspect) []string {
	var out []string
	if s.foundBy == "link" && c.condemnedLink() {
		out = append(out, "It was found by a malicious link.")
	}
	if s.foundBy == "attachment" && len(c.reported.Attachments) > 0 {
		out = append(out, "It was found by the hash of an attachment.")
	}
	if s.mail == nil {
		return out
	}
	m := s.mail
	for _, l := range m.Links {
		// Recipients of the copy are others: what names them is taken off both.
		stripped := m.strip(l, c.profile)
		if c.malicious[l] || c.malicious[stripped] && c.stripped[stripped] || c.malicious[hostOf(l)] && !c.profile.SharedHost(hostOf(l)) {
			out = append(out, "It holds the malicious link "+defang(l)+".")
			break
		}
	}
	for _, a := range m.Attachments {
		if a.SHA256 != "" && (c.malicious[a.SHA256] || !passive(a.Type) && slices.Contains(hashesOf(c.reported), strings.ToLower(a.SHA256))) {
			out = append(out, fmt.Sprintf("It carries the same file %q.", clip(a.Name, 100)))
			break
		}
	}
	if by := c.sameInfrastructure(m); by != "" {
		switch {
		case c.subjectLike(m.Subject) >= 0.6:
			out = append(out, "It was sent "+by+", with a similar subject.")
		case likeness(shinglesOf(m.Text), c.shingles) >= 0.5:
			out = append(out, "It was sent "+by+", with a similar text.")
		}
	}
	return out
}

// condemnedLink reports whether a link of the reported mail is malicious.
func (c *comparison) condemnedLink() bool {
	return slices.ContainsFunc(c.reported.Links, func(l string) bool {
		return c.malicious[l] || c.malicious[c.reported.strip(l, c.profile)] || c.malicious[hostOf(l)]
	})
}

// sameInfrastructure tells by what two mails were sent from the same place. What
// strangers share is none: servers of freemail providers and of partners.
func (c *comparison) sameInfrastructure(m *mail) string {
	if ip := m.origin(); ip.IsValid() && ip == c.reported.origin() {
		return "by the same server " + ip.String()
	}
	for _, pair := range [][2]string{{m.Authentication.DKIMDomain, c.reported.Authentication.DKIMDomain}, {domainOf(m.ReturnPath), domainOf(c.reported.ReturnPath)}} {
		if d := pair[0]; d != "" && strings.EqualFold(d, pair[1]) && !c.profile.Freemail(d) && !c.profile.SharedHost(d) && !c.profile.Own(d) {
			return "from " + defang(d)
		}
	}
	return ""
}

// wordsOf are the words of a subject, without the marks of answers.
func wordsOf(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(clip(s, 1000)), notInWord) {
		switch w {
		case "re", "aw", "fw", "fwd", "wg", "tr", "antw", "rv", "sv", "vs":
		default:
			out[w] = true
		}
	}
	return out
}

// shinglesOf are the runs of three words of a text.
func shinglesOf(s string) map[string]bool {
	words := strings.FieldsFunc(strings.ToLower(clip(s, 16<<10)), notInWord)
	out := map[string]bool{}
	for i := 0; i+3 <= len(words); i++ {
		out[strings.Join(words[i:i+3], " ")] = true
	}
	return out
}

// notInWord reports whether a character separates words. Digits do: they are
// what differs between mails of a campaign.
func notInWord(r rune) bool {
	return r < 'a' && r != '\'' || r > 'z' && r < 0xaa
}

// likeness is how much of two sets is common, from 0 to 1.
func likeness(a, b map[string]bool) float64 {
	common := 0
	for w := range a {
		if b[w] {
			common++
		}
	}
	if all := len(a) + len(b) - common; all > 0 {
		return float64(common) / float64(all)
	}
	return 0
}
