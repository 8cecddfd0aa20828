package watch

import (
	"fmt"
	"time"
)

// Kind is what can be wrong with a feed.
type Kind string

// What can be wrong.
const (
	Silent      Kind = "silent"      // nothing comes that should
	Unreadable  Kind = "unreadable"  // much of what comes is not understood
	Empty       Kind = "empty"       // a poller is answered, with nothing, when there should be something
	Unreachable Kind = "unreachable" // a poller is not answered
	Expiring    Kind = "expiring"    // a credential ends soon
	Ending      Kind = "ending"      // a credential ends in days, or has ended
)

// kinds lists them.
func kinds() []Kind { return []Kind{Silent, Unreadable, Empty, Unreachable, Expiring, Ending} }

// Poll is how a poller stands; zero for sources that are not polled.
type Poll struct {
	// At is when it asked last, and Answered when it was answered last.
	At, Answered time.Time
	// Failures and Empties count in a row.
	Failures, Empties int
	Error             string
}

// Expiry is a credential that ends.
type Expiry struct {
	What string
	At   time.Time
}

// Declared is what a source says about itself, instead of what is learned.
type Declared struct {
	// Every is how often at least something comes; 0 is learned.
	Every time.Duration
	// Off tells that nobody wants to know.
	Off bool
}

// subject is all that is known of a source when it is judged.
type subject struct {
	now      time.Time
	state    *State
	poll     Poll
	expiries []Expiry
	declared Declared
}

const (
	// enough is how many events must be missing before silence means anything.
	enough = 12.0
	// unusual is how many times longer than any before a lull must be.
	unusual = 3.0
	// shortest is the shortest silence that means anything.
	shortest = 15 * time.Minute
	// Of what came in the last hour, so many must not be understood.
	badEvents, badShare = 10, 0.2
	// A poller must have failed so often and so long.
	badPolls, badTime = 3, 15 * time.Minute
	// A credential that ends is told of so long before, and again.
	notice, lastNotice = 14 * 24 * time.Hour, 3 * 24 * time.Hour
)

// wrong tells everything that is wrong with a source, in words.
func (s subject) wrong() map[Kind]string {
	found := map[Kind]string{}
	if s.declared.Off {
		return found
	}
	polled := !s.poll.At.IsZero()
	if text := s.silence(); text != "" {
		if polled && s.poll.Empties > 0 {
			found[Empty] = fmt.Sprintf("it was asked %d times and answered each time, with nothing; %s", s.poll.Empties, text)
		} else {
			found[Silent] = text
		}
	}
	if accepted, bad := s.state.lately(); bad >= badEvents && float64(bad) >= badShare*float64(accepted) {
		found[Unreadable] = fmt.Sprintf("%d of the %d events of the last hour were not understood", bad, accepted)
	}
	since := s.poll.Answered
	if since.Before(s.state.SightAt) {
		since = s.state.SightAt
	}
	if polled && s.poll.Failures >= badPolls && s.now.Sub(since) >= badTime {
		found[Unreachable] = fmt.Sprintf("it has not answered %d times in a row; the last error: %s", s.poll.Failures, s.poll.Error)
	}
	for _, e := range s.expiries {
		if left := e.At.Sub(s.now); left <= lastNotice {
			found[Ending] = fmt.Sprintf("%s ends at %s", e.What, e.At.UTC().Format(time.RFC3339))
		} else if left <= notice {
			found[Expiring] = fmt.Sprintf("%s ends at %s", e.What, e.At.UTC().Format(time.RFC3339))
		}
	}
	return found
}

// silence tells how long nothing came that should have; empty where that is fine.
func (s subject) silence() string {
	since := s.state.LastAt
	if since.Before(s.state.SightAt) { // while nobody looked, or before the first event, nothing counts
		since = s.state.SightAt
	}
	gap := s.now.Sub(since)
	if every := s.declared.Every; every > 0 {
		if gap <= every {
			return ""
		}
		return fmt.Sprintf("nothing has come for %s; it should send every %s", gap.Truncate(time.Minute), every)
	}
	if gap < shortest || s.now.Sub(s.state.FirstAt) < learning {
		return ""
	}
	if s.state.Missing < max(enough, unusual*s.state.Lull) {
		return ""
	}
	return fmt.Sprintf("nothing has come for %s, in which about %.0f events usually come", gap.Truncate(time.Minute), s.state.Missing)
}

// severity is how bad something is.
func (k Kind) severity() string {
	switch k {
	case Silent, Empty, Unreachable, Ending:
		return "high"
	case Unreadable:
		return "medium"
	case Expiring:
		return "low"
	}
	return "medium"
}

// title says what is wrong in a line.
func (k Kind) title(source string) string {
	switch k {
	case Silent:
		return "Source " + source + " has fallen silent"
	case Unreadable:
		return "Source " + source + " sends what is not understood"
	case Empty:
		return "Source " + source + " answers with nothing"
	case Unreachable:
		return "Source " + source + " does not answer"
	case Expiring:
		return "A credential of source " + source + " ends soon"
	case Ending:
		return "A credential of source " + source + " ends in days"
	}
	return "Source " + source + ": " + string(k)
}

// fix says what to do.
func (k Kind) fix(source string) string {
	switch k {
	case Silent:
		return "See that the sender still runs and reaches Harrier: harrier source test " + source + ". If it is quiet by design, say how often it sends at least."
	case Unreadable:
		return "See why: harrier event list --source " + source + " --state quarantined. Mend its mapping, then replay them."
	case Empty:
		return "See that the account may still read alerts, and that the filter of the source is right."
	case Unreachable:
		return "Test its connection: harrier source test " + source + "."
	case Expiring, Ending:
		return "Replace it in time: harrier source rotate " + source + ", or renew the certificate or the token at the vendor."
	}
	return ""
}
