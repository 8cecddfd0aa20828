package mute

import (
	"fmt"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/picture"
)

// Note writes into a picture which maintenance covers its entities.
func Note(p *picture.Picture, applied []Applied) {
	for i := range p.Entities {
		e := &p.Entities[i]
		for _, a := range applied {
			if a.Verb == Maintenance && (len(a.On) == 0 || names(a.On, e)) {
				e.Maintenance = a.Reason
			}
		}
	}
}

// names reports whether a mute matched an entity, or what it stood for.
func names(on []string, e *picture.Entity) bool {
	for _, name := range on {
		if name == string(e.Type)+" "+e.Key || e.As != nil && name == string(e.As.Type)+" "+e.As.Key {
			return true
		}
	}
	return false
}

// Apply does to a decision what applies to its alert, and says so in the proof.
// What guards the decision guards it from mutes too.
func Apply(d *picture.Decision, applied []Applied) {
	for _, a := range applied {
		if a.Effect == Collect || a.Effect == Discount {
			continue
		}
		effect := a.Effect
		if len(d.Guards) > 0 && effect != Annotate {
			effect, a.Overruled = Annotate, d.Guards[0]
		}
		line := picture.Line{
			Stage: "mute", Rule: a.Mute.String(),
			Says: fmt.Sprintf("%s by %s until %s: %s", a.Verb, a.Owner, a.Until.UTC().Format("2006-01-02 15:04Z"), a.Reason),
		}
		switch {
		case a.Overruled != "":
			line.Says += "; it hides nothing here: " + a.Overruled
		case d.Mute != "": // a stronger one was applied
		case effect == Hide:
			// What people agreed is noise adds up against nobody.
			d.Mute, d.Risk, line.Set = string(a.Verb)+" "+a.Mute.String(), nil, lower(d, picture.ToLog)
		case effect == Quiet:
			d.Mute, line.Set = string(a.Verb)+" "+a.Mute.String(), lower(d, picture.ToQueue)
		}
		d.Proof = append(d.Proof, line)
	}
}

// lower gives a decision a route that follows less, and tells what it set.
func lower(d *picture.Decision, to string) map[string]string {
	order := map[string]int{picture.ToClose: 0, picture.ToLog: 1, picture.ToQueue: 2, picture.ToCase: 3, picture.Escalate: 4}
	if order[d.Route] <= order[to] {
		return nil
	}
	d.Route, d.Priority = to, 4
	return map[string]string{"route": to}
}

// ClosedBy returns the rule that closed an alert by a decision, if one did.
func ClosedBy(d picture.Decision) (rule string, ok bool) {
	if d.Route != picture.ToClose || d.Disposition == "" {
		return "", false
	}
	for _, line := range d.Proof {
		if line.Set["disposition"] == d.Disposition {
			rule = line.Rule // the last one stands
		}
	}
	return rule, rule != ""
}

// Check takes a closing back that a rule may not do now, and says so in the proof.
func (c *Closers) Check(tenant harrier.TenantID, d *picture.Decision, rule Closing, now time.Time) {
	why, may := c.MayClose(tenant, rule, now)
	if may {
		return
	}
	d.Disposition, d.Route, d.Priority = "", picture.ToQueue, max(d.Priority, 3)
	d.Proof = append(d.Proof, picture.Line{Stage: "closing", Rule: rule.Rule, Says: "It is not closed: " + why, Set: map[string]string{"route": picture.ToQueue}})
}
