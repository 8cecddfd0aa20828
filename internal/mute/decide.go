package mute

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Verdict is what a reviewer decides.
type Verdict struct {
	// Verdict is one of [Verdicts].
	Verdict string
	Comment string
}

// Decide ends a review. Where the reviewer does not find the alert harmless it
// is opened again; where that leaves the rule's precision unproven, the rule is
// suspended, all in one transaction. The owner of the rule is Denied.
func (c *Closers) Decide(ctx context.Context, by harrier.Principal, id harrier.ReviewID, v Verdict) (Review, error) {
	if !slices.Contains(Verdicts(), v.Verdict) {
		return Review{}, harrier.Errorf(harrier.Invalid, "%q is no verdict; say %s", v.Verdict, strings.Join(Verdicts(), ", "))
	}
	if len(v.Comment) > maxReason {
		return Review{}, harrier.Errorf(harrier.Invalid, "the comment is longer than %d bytes", maxReason)
	}
	var r Review
	var why string
	err := c.store.Write(ctx, func(tx harrier.Tx) (err error) {
		now := c.now()
		if r, err = c.take(ctx, tx, by, id); err != nil {
			return err
		}
		r.State, r.Verdict, r.Agrees = ReviewDecided, v.Verdict, harmless(v.Verdict) && harmless(r.Disposition)
		r.Reviewer, r.ReviewerName, r.Comment, r.DecidedAt = by.ID, by.Name, strings.TrimSpace(v.Comment), now
		if err := c.store.DecideReview(ctx, tx, r); err != nil {
			return err
		}
		r.Rev++
		about := map[string]any{"rule": r.Rule, "alert": r.Alert, "said": r.Disposition, "verdict": r.Verdict, "agrees": r.Agrees}
		err = harrier.Deed{Action: "review.decide", Target: r.ID.String(), About: about, At: now}.Record(ctx, tx, c.store, by)
		if err != nil {
			return err
		}
		if !r.Agrees {
			if err := c.reopen(ctx, tx, r); err != nil {
				return err
			}
		}
		why, err = c.measure(ctx, tx, r, now)
		return err
	})
	if err == nil && why != "" {
		c.note(ruleKey{r.Tenant, r.Rule}, why)
	}
	return r, err
}

// take returns a review that a person may decide.
func (c *Closers) take(ctx context.Context, tx harrier.Tx, by harrier.Principal, id harrier.ReviewID) (Review, error) {
	r, err := c.store.ReviewIn(ctx, tx, by.Tenant, id)
	if err != nil {
		return r, err
	}
	if r.State != ReviewPending {
		return r, harrier.Errorf(harrier.Conflict, "review %s was decided by %s", id, r.ReviewerName)
	}
	if why := r.bars(by); why != "" {
		return r, harrier.Errorf(harrier.Denied, "%s", why)
	}
	return r, nil
}

// reopen opens the alert again that a rule closed, unless somebody did meanwhile.
func (c *Closers) reopen(ctx context.Context, tx harrier.Tx, r Review) error {
	a, err := c.store.AlertIn(ctx, tx, r.Tenant, r.Alert)
	if err != nil || a.Status != "closed" {
		return err
	}
	a.Status, a.Disposition, a.Reason, a.ClosedAt, a.UpdatedAt = "new", "", "", time.Time{}, r.DecidedAt
	if a.Route == "close" || a.Route == "log" {
		a.Route = "queue"
	}
	if err := c.store.UpdateAlert(ctx, tx, a); err != nil {
		return err
	}
	return c.store.AddAlertChange(ctx, tx, harrier.AlertChange{
		Tenant: r.Tenant, Alert: r.Alert, At: r.DecidedAt, Kind: "reopened",
		Text: "The rule " + r.Rule + " had closed it as " + r.Disposition + "; " + r.ReviewerName + " finds that it was " + r.Verdict,
	})
}

// measure suspends a rule that is not precise enough, and says why.
func (c *Closers) measure(ctx context.Context, tx harrier.Tx, r Review, now time.Time) (string, error) {
	rule, ok, err := c.store.CloserIn(ctx, tx, r.Tenant, r.Rule)
	if err != nil || !ok || !rule.SuspendedAt.IsZero() {
		return "", err
	}
	why, failing := rule.fails()
	if !failing {
		return "", nil
	}
	rule.SuspendedAt, rule.Why = now, why
	return why, c.suspend(ctx, tx, harrier.Principal{ID: harrier.SystemPrincipal, Tenant: r.Tenant, Name: "system"}, rule)
}

// suspend stores a rule that is suspended now.
func (c *Closers) suspend(ctx context.Context, tx harrier.Tx, by harrier.Principal, rule Closer) error {
	if err := c.store.PutCloser(ctx, tx, rule); err != nil {
		return err
	}
	lower, _ := rule.Precision()
	about := map[string]any{"why": rule.Why, "reviewed": rule.Reviewed, "agreed": rule.Agreed, "lower_bound": lower, "threshold": rule.Threshold, "owner": rule.Owner}
	return harrier.Deed{Action: "closer.suspend", Target: rule.Rule, About: about, At: rule.SuspendedAt}.Record(ctx, tx, c.store, by)
}

// Suspend keeps a rule from closing anything more.
func (c *Closers) Suspend(ctx context.Context, by harrier.Principal, rule, why string) error {
	return c.change(ctx, by, naming{rule, why}, func(tx harrier.Tx, row Closer, now time.Time) error {
		row.SuspendedAt, row.Why = now, by.Name+": "+why
		return c.suspend(ctx, tx, by, row)
	})
}

// Resume lets a rule close again that was suspended. Reviews of what it closed
// before do not count any more: whoever resumes it says that it is another now.
func (c *Closers) Resume(ctx context.Context, by harrier.Principal, rule, why string) error {
	return c.change(ctx, by, naming{rule, why}, func(tx harrier.Tx, row Closer, now time.Time) error {
		row.SuspendedAt, row.Why, row.CountsFrom = time.Time{}, "", now
		if err := c.store.PutCloser(ctx, tx, row); err != nil {
			return err
		}
		return harrier.Deed{Action: "closer.resume", Target: rule, About: map[string]any{"why": why}, At: now}.Record(ctx, tx, c.store, by)
	})
}

// naming is a rule that a person changes, and why.
type naming struct{ rule, why string }

// change changes a rule for a person, and brings what is in memory up to date.
func (c *Closers) change(ctx context.Context, by harrier.Principal, n naming, change func(harrier.Tx, Closer, time.Time) error) error {
	if strings.TrimSpace(n.why) == "" || len(n.why) > maxReason {
		return harrier.Errorf(harrier.Invalid, "say why, in at most %d bytes", maxReason)
	}
	err := c.store.Write(ctx, func(tx harrier.Tx) error {
		row, ok, err := c.store.CloserIn(ctx, tx, by.Tenant, n.rule)
		if err != nil {
			return err
		}
		if !ok {
			return harrier.Errorf(harrier.NotFound, "no rule %s has closed anything", n.rule)
		}
		return change(tx, row, c.now())
	})
	if err != nil {
		return err
	}
	return c.Load(context.WithoutCancel(ctx))
}

func (c *Closers) note(k ruleKey, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.suspended[k] = why
}
