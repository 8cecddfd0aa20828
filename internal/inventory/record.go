package inventory

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// The sources that are no import.
const (
	// ByHand is what people set.
	ByHand = "manual"
	// Organisation is what organisation.yaml says.
	Organisation = "organisation"
)

// Record is what one source says of one machine or person. What it does not
// tell is empty; false is not told.
type Record struct {
	// Kind is host or user.
	Kind   harrier.EntityType `json:"-"`
	Source string             `json:"-"`
	// Key is how the source knows it again.
	Key string `json:"-"`
	// Name is what people call it.
	Name string `json:"name,omitempty"`
	// Names are its others: of a host those in the network, of a user the
	// accounts, as in alice or CORP\alice.
	Names []string `json:"names,omitempty"`
	// Addresses are those that are its own for good; the others are leases.
	Addresses []netip.Addr `json:"addresses,omitempty"`
	MACs      []string     `json:"macs,omitempty"`
	// IDs are those of other products, by their name: edr, cmdb, sid.
	IDs map[string]string `json:"ids,omitempty"`
	OS  string            `json:"os,omitempty"`
	// UPN is the log-in name of a user, Mail are the addresses.
	UPN        string   `json:"upn,omitempty"`
	Mail       []string `json:"mail,omitempty"`
	Employee   string   `json:"employee,omitempty"`
	Department string   `json:"department,omitempty"`
	Manager    string   `json:"manager,omitempty"`
	// Criticality is critical, high, medium or low, since CriticalityAt and to be
	// looked at again by ReviewBy.
	Criticality   string    `json:"criticality,omitempty"`
	CriticalityAt time.Time `json:"criticality_at,omitzero"`
	ReviewBy      time.Time `json:"review_by,omitzero"`
	// Overrules tells that the criticality holds against that of every other
	// source until its review. Only people say that.
	Overrules   bool     `json:"overrules,omitempty"`
	Environment string   `json:"environment,omitempty"`
	Owner       string   `json:"owner,omitempty"`
	VIP         bool     `json:"vip,omitempty"`
	Privileged  bool     `json:"privileged,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	// Seen is when the source last said so, Gone since when it no longer does.
	Seen time.Time `json:"-"`
	Gone time.Time `json:"-"`
}

// Source is somebody who tells of hosts or users.
type Source struct {
	Name string
	Kind harrier.EntityType
	// Rank is whose word holds where sources differ about what is neither better
	// nor worse, such as an owner: the lowest.
	Rank int
	// ImportedAt is when it last told all that it knows.
	ImportedAt time.Time
}

const (
	rankByHand       = 0
	rankOrganisation = 10
	// DefaultRank is that of a source that was given none.
	DefaultRank = 50

	// maxRecords bounds what one tenant's index holds in memory.
	maxRecords = 300_000
	// maxText bounds one value, and maxList how many of a kind a record has.
	maxText, maxList = 512, 64
)

// canonical returns the record with every value in its one spelling, or says
// what is wrong with it.
func (r Record) canonical() (Record, error) {
	r.Name, r.OS = clean(r.Name), clean(r.OS)
	r.Owner, r.Department, r.Manager, r.Employee = clean(r.Owner), clean(r.Department), clean(r.Manager), clean(r.Employee)
	r.UPN = strings.ToLower(clean(r.UPN))
	r.Names, r.Mail, r.Tags = listed(r.Names, nameSpelling), listed(r.Mail, strings.ToLower), listed(r.Tags, strings.ToLower)
	r.MACs = listed(r.MACs, func(m string) string { mac, _ := ParseMAC(m); return mac })
	ids := make(map[string]string, len(r.IDs))
	for name, id := range r.IDs {
		if name, id = strings.ToLower(clean(name)), clean(id); name != "" && id != "" && len(ids) < maxList {
			ids[name] = id
		}
	}
	r.IDs = nil
	if len(ids) > 0 {
		r.IDs = ids
	}
	slices.SortFunc(r.Addresses, netip.Addr.Compare)
	if r.Kind == harrier.UserEntity && isSID(r.IDs["sid"]) {
		r.IDs["sid"] = strings.ToUpper(r.IDs["sid"])
	}
	r.Addresses = slices.Compact(r.Addresses)
	r.Addresses = r.Addresses[:min(len(r.Addresses), maxList)]
	r.Environment = environment(clean(r.Environment))
	if r.Key = clean(r.Key); r.Key == "" {
		r.Key = r.ownKey()
	}
	if r.Key == "" {
		return r, harrier.Errorf(harrier.Invalid, "it has neither a name nor an id by which it could be found again")
	}
	return r, nil
}

// ownKey names a record whose source has no id for it.
func (r Record) ownKey() string {
	if r.Kind == harrier.UserEntity {
		for _, candidates := range [][]string{{r.UPN}, r.Mail, r.Names, {r.IDs["sid"]}, {r.Employee}} {
			if len(candidates) > 0 && candidates[0] != "" {
				return candidates[0]
			}
		}
		return ""
	}
	if key := longest(r.Names); key != "" {
		return key
	}
	if key := nameSpelling(r.Name); key != "" && !strings.ContainsAny(key, " \t") {
		return key
	}
	if len(r.MACs) > 0 {
		return r.MACs[0]
	}
	if len(r.Addresses) > 0 {
		return r.Addresses[0].String()
	}
	return ""
}

// longest is the most exact of some names: a name with its domain says more.
func longest(names []string) string {
	best := ""
	for _, n := range names {
		if strings.Count(n, ".") > strings.Count(best, ".") || best == "" {
			best = n
		}
	}
	return best
}

// clean takes what cannot be seen out of a value and bounds it.
func clean(text string) string {
	text = strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == '\u200b' || c == '\ufeff' || c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069' {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, "\ufffd")))
	for len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	return text
}

// listed returns values in their one spelling, sorted, each once, none empty.
func listed(values []string, spelling func(string) string) []string {
	var out []string
	for _, v := range values {
		if v = spelling(clean(v)); v != "" && len(out) < maxList {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// criticalities lists them from the least.
func criticalities() [4]string { return [4]string{"low", "medium", "high", "critical"} }

// weight orders criticalities; that of an unknown one is 0.
func weight(criticality string) int {
	switch criticality {
	case "low":
		return 1
	case "medium":
		return 2
	case "high":
		return 3
	case "critical":
		return 4
	}
	return 0
}

// ParseCriticality reads a criticality in the words of common inventories. What
// says nothing is empty; ok is false for a word that nobody knows.
func ParseCriticality(text string) (criticality string, ok bool) {
	text = strings.ToLower(clean(text))
	switch text {
	case "", "unknown", "none", "n/a", "-", "undefined", "unclassified", "not set":
		return "", true
	case "critical", "very high", "crown jewel", "tier 0", "tier0", "1 - most critical", "mission critical", "business critical", "extreme":
		return "critical", true
	case "high", "important", "tier 1", "tier1", "2 - somewhat critical":
		return "high", true
	case "medium", "moderate", "normal", "tier 2", "tier2", "3 - less critical":
		return "medium", true
	case "low", "very low", "informational", "minor", "tier 3", "tier3", "4 - not critical":
		return "low", true
	}
	if number, word, found := strings.Cut(text, " - "); found && len(number) == 1 { // 1 - high
		return ParseCriticality(word)
	}
	return "", false
}

// environment is the one word for an environment.
func environment(text string) string {
	text = strings.ToLower(text)
	switch text {
	case "prod", "prd", "live", "productive":
		return "production"
	case "tst", "testing", "qa", "uat":
		return "test"
	case "dev", "devel":
		return "development"
	case "stage", "stg", "preprod", "pre-production", "preproduction":
		return "staging"
	case "unknown", "none", "n/a", "-":
		return ""
	}
	return text
}
