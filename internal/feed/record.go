package feed

import "time"

// Record is one value that a feed lists, with what it says about it.
type Record struct {
	// Type is ip, cidr, domain, url, hash, email, file_name, file_path,
	// registry_key, user_agent or cve.
	Type string
	// Value is in the spelling of [Spell].
	Value string
	// ID is how the feed knows it again; often empty.
	ID string
	// Name is what it belongs to, such as a family of malware.
	Name string
	// Verdict is malicious, suspicious or benign.
	Verdict string
	// Partial tells that the feed asks for more than this value; a match is
	// suspicious at most.
	Partial bool
	// Confidence is from 1 to 100; 0 where the feed tells none.
	Confidence int
	// Reliability is a grade of the Admiralty code that the feed gives this
	// record; often empty.
	Reliability string
	// TLP is RED, AMBER+STRICT, AMBER, GREEN or CLEAR, and PAP RED, AMBER,
	// GREEN or CLEAR; empty where the feed tells none.
	TLP, PAP string
	Tags     []string
	// Phases are those of a kill chain, as chain:phase.
	Phases []string
	Link   string
	// From and Until say when it holds, First and Last when it was seen; zero
	// where the feed does not tell.
	From, Until, First, Last time.Time
	// Revoked tells that the feed takes it back.
	Revoked bool
}

// The verdicts of records.
const (
	Malicious  = "malicious"
	Suspicious = "suspicious"
	Benign     = "benign"
)

// The bounds of what a record may hold.
const (
	maxTags  = 20
	maxText  = 200
	maxValue = 4096
)

// tidy bounds what a feed says, so that one record cannot fill the memory.
func (r *Record) tidy() {
	r.ID, r.Name, r.Link = cut(r.ID, maxText), cut(r.Name, maxText), cut(r.Link, 2000)
	r.Tags, r.Phases = tidyAll(r.Tags), tidyAll(r.Phases)
	if r.Verdict == "" {
		r.Verdict = Malicious
	}
	r.Confidence = min(max(r.Confidence, 0), 100)
	for _, t := range []*time.Time{&r.From, &r.Until, &r.First, &r.Last} {
		*t = sane(*t)
	}
}

// sane drops times that no clock of our time shows.
func sane(t time.Time) time.Time {
	if t.Year() < 1990 || t.Year() > 2200 {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}

func tidyAll(list []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, one := range list {
		if one = cut(one, maxText); one != "" && !seen[one] && len(out) < maxTags {
			seen[one] = true
			out = append(out, one)
		}
	}
	return out
}
