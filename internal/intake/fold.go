package intake

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// How long alerts that are alike fold into one.
const (
	// openFolds is how long after the last of them an open alert takes more in.
	openFolds = 24 * time.Hour
	// closedFolds is how long after its closing a benign alert counts repeats silently.
	closedFolds = 30 * 24 * time.Hour
	// surge is by how much the rate of what was closed as benign must rise for
	// it to be looked at again.
	surge = 10
	// surgeLeast is how many within burstWindow a surge has at least.
	surgeLeast  = 20
	burstWindow = time.Hour
)

// outcome is what a finding is to what is known already.
type outcome int

// The outcomes.
const (
	create    outcome = iota // nothing is known of it: an alert
	duplicate                // exactly this is known
	outdated                 // a newer state of it is known
	change                   // a newer state of a known alert
	fold                     // a repeat that tells nothing new
	rise                     // a repeat that tells more of an open alert
	reopen                   // a repeat for which a closed alert is looked at again
)

// judged reports whether an outcome needs a judgement.
func (o outcome) judged() bool { return o == create || o == change || o == rise || o == reopen }

// weigh compares a finding with the alert that is known: of its source's id,
// or else the newest that is alike.
func weigh(a harrier.Alert, known bool, it *item, now time.Time) outcome {
	switch {
	case !known:
		return create
	case a.Source == it.event.Source && a.ExternalID == it.finding.ExternalID:
		return weighVersions(a, it)
	case it.repeat:
		return duplicate // the id was folded into this alert before
	case it.fingerprint == "" || a.Fingerprint != it.fingerprint:
		return create
	}
	more := worse(it.finding.Severity, a.Severity) || a.Observed && !it.observed() || tellsMore(a, it)
	if a.Status != "closed" {
		switch {
		case now.Sub(last(a)) > openFolds:
			return create
		case more:
			return rise
		}
		return fold
	}
	switch {
	case a.Disposition != "benign" && a.Disposition != "false_positive" || now.Sub(a.ClosedAt) > closedFolds:
		return create
	case more || surges(a, now):
		return reopen
	}
	return fold
}

// weighVersions compares two states of one alert of a source.
func weighVersions(a harrier.Alert, it *item) outcome {
	f := it.finding
	switch {
	case a.Digest == it.digest:
		return duplicate
	case f.Version.IsZero() || a.Version.IsZero() || f.Version.After(a.Version):
		return change
	}
	return outdated
}

// last is when an alert was last seen.
func last(a harrier.Alert) time.Time {
	if a.SeenAt.IsZero() {
		return a.CreatedAt
	}
	return a.SeenAt
}

// worse reports whether a severity is higher than another.
func worse(one, other string) bool {
	return slices.Index(severities(), one) < slices.Index(severities(), other)
}

// tellsMore reports whether a finding has entities, or observables that are
// known to be bad, that an alert has not: no repeat hides them.
func tellsMore(a harrier.Alert, it *item) bool {
	if len(it.finding.Entities) == 0 && len(it.bad) == 0 {
		return false
	}
	var has harrier.Finding
	if json.Unmarshal(a.Finding, &has) != nil {
		return true
	}
	return slices.ContainsFunc(it.finding.Entities, func(e harrier.Entity) bool {
		return !slices.ContainsFunc(has.Entities, func(h harrier.Entity) bool { return h.Type == e.Type && h.Key == e.Key })
	}) || slices.ContainsFunc(it.bad, func(o harrier.Observable) bool {
		return !slices.ContainsFunc(has.Observables, func(h harrier.Observable) bool { return h.Type == o.Type && h.Value == o.Value })
	})
}

// surges reports whether one more repeat makes the rate of a closed alert many
// times what it was.
func surges(a harrier.Alert, now time.Time) bool {
	a = counted(a, now)
	hours := max(1, now.Sub(a.CreatedAt).Hours())
	usual := float64(a.Repeats+1-a.Burst) / hours
	return a.Burst >= surgeLeast && float64(a.Burst) >= surge*max(usual, 1)
}

// counted is an alert with one more repeat.
func counted(a harrier.Alert, now time.Time) harrier.Alert {
	a.Repeats++
	a.SeenAt = now
	if now.Sub(a.BurstAt) > burstWindow {
		a.Burst, a.BurstAt = 0, now
	}
	a.Burst++
	return a
}

// withCounts is an alert with what another state of it has counted of repeats.
func withCounts(a, of harrier.Alert) harrier.Alert {
	a.Repeats, a.SeenAt, a.Burst, a.BurstAt = of.Repeats, of.SeenAt, of.Burst, of.BurstAt
	return a
}

// fingerprint is the same for findings of a source that are alike: of the same
// rule about the same thing.
func fingerprint(source harrier.SourceID, f harrier.Finding) string {
	rule := cmp.Or(f.Rule.ID, f.Rule.Name, withoutNumbers(f.Title))
	about := mainEntity(f.Entities)
	sum := sha256.Sum256([]byte(source.String() + "\x00" + rule + "\x00" + string(about.Type) + "\x00" + about.Key))
	return hex.EncodeToString(sum[:16])
}

// lineOf is what findings must share to be settled in the order in which they
// were taken: the thing that they are most about, whichever source and rule tells
// of it. Those about nothing share their fingerprint.
func lineOf(tenant harrier.TenantID, it *item) string {
	about := mainEntity(it.finding.Entities)
	if about.Key == "" {
		return it.fingerprint
	}
	return tenant.String() + "\x00" + string(about.Type) + "\x00" + about.Key
}

// mainEntity is what a finding is most about.
func mainEntity(entities []harrier.Entity) harrier.Entity {
	roles := []string{"affected", "target", "actor", "destination", "source"}
	types := []harrier.EntityType{harrier.HostEntity, harrier.UserEntity, harrier.MailboxEntity, harrier.ResourceEntity, harrier.AddressEntity}
	rank := func(e harrier.Entity) int {
		role := slices.Index(roles, e.Role)
		if role < 0 {
			role = len(roles)
		}
		kind := slices.Index(types, e.Type)
		if kind < 0 {
			kind = len(types)
		}
		return role*10 + kind
	}
	if len(entities) == 0 {
		return harrier.Entity{}
	}
	return slices.MinFunc(entities, func(a, b harrier.Entity) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.Key, b.Key))
	})
}

// withoutNumbers is a title with what counts in it taken out.
func withoutNumbers(title string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return -1
		}
		return c
	}, title)
}

// digest tells two states of a finding apart.
func digest(f harrier.Finding) (string, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return "", harrier.Errorf(harrier.Invalid, "what the mapping made of the event is not JSON: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}
