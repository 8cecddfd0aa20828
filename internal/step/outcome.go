package step

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// The defaults of retries.
const (
	defaultAttempts = 5
	defaultBase     = time.Second
	defaultMax      = 5 * time.Minute
	maxProbes       = 5
)

// Finish records what came of a call. An answer to something that was given
// up meanwhile is ignored, unless it tells of an effect.
func (m *Machine) Finish(c Call, out Outcome, env Env) {
	delete(m.issued, c.key())
	begin, ok := m.rider(&c)
	if !ok {
		return
	}
	switch {
	case c.Probe:
		m.finishProbe(c, out, env)
	case out.Pending != nil:
		m.record(env.Now, ActionPending{
			Path: c.Path, To: c.Target.Connection, Begin: begin, Attempt: c.Attempt,
			State: out.Pending.State, At: later(env, max(out.Pending.After, 100*time.Millisecond)),
		})
	case out.Failure == nil:
		m.record(env.Now, m.succeeded(&c, begin, out.Output, "call"))
	case out.Unknown && c.Effectful() && m.run.Mode != harrier.Replay:
		m.finishUnknown(c, *out.Failure, env)
	case m.doubted(c):
		m.finishDoubted(c, out, env)
	default:
		m.record(env.Now, ActionFailed{
			Path: c.Path, To: c.Target.Connection, Begin: begin, Attempt: c.Attempt,
			Failure: *out.Failure, RetryAt: m.retryAt(c, out, env), Epoch: m.epochOf(&c),
		})
	}
}

// rider returns the Begin that the next event of a call must carry, or nil
// where the node exists. ok is false where nobody waits for the outcome.
func (m *Machine) rider(c *Call) (begin *Begin, ok bool) {
	if n := m.nodes[c.Path]; n != nil && n.action != nil {
		k := n.call(c.Target.Connection)
		return nil, k != nil && !n.Status.Ended() && !k.status.ended()
	}
	for _, b := range m.ready {
		if b.prepared != nil && b.isNext(c.Path) {
			return &b.prepared.begin, true
		}
	}
	return nil, false
}

// Local returns the event of a local action's success, which the driver
// commits in the transaction of the action and then applies. ok is false
// where the action was given up.
func (m *Machine) Local(c Call, output map[string]any) (body Body, ok bool) {
	begin, ok := m.rider(&c)
	if !ok {
		return nil, false
	}
	return m.succeeded(&c, begin, output, "local"), true
}

// succeeded is the event of a success.
func (m *Machine) succeeded(c *Call, begin *Begin, output map[string]any, by string) ActionSucceeded {
	out, _ := Canonical(output).(map[string]any)
	if by == "call" {
		by = ""
	}
	ev := ActionSucceeded{Path: c.Path, To: c.Target.Connection, Begin: begin, Attempt: c.Attempt, Output: out, By: by, Epoch: m.epochOf(c)}
	if m.unchanged(c, out) {
		ev.Output, ev.Same = nil, true
	}
	return ev
}

// epochOf is the epoch of a call's intent; zero where it has none.
func (m *Machine) epochOf(c *Call) int {
	if n := m.nodes[c.Path]; n != nil {
		return n.call(c.Target.Connection).epoch
	}
	return 0
}

// retryAt is when a failed call is made again, or zero.
func (m *Machine) retryAt(c Call, out Outcome, env Env) time.Time {
	policy := m.policy(c)
	if !out.Retryable || c.Attempt >= policy.Attempts || m.givenUp(c.Path) {
		return time.Time{}
	}
	at := later(env, max(backoff(policy, c.Attempt, env.Jitter()), out.After))
	if !c.Deadline.IsZero() && at.After(c.Deadline) {
		return time.Time{}
	}
	return at
}

// policy is the retry policy of a call: the step's, the action's or the default.
func (m *Machine) policy(c Call) schema.Retry {
	p := schema.Retry{Attempts: defaultAttempts, Base: defaultBase, Max: defaultMax}
	for _, r := range []*schema.Retry{c.Spec.Retry, m.stepRetry(c.Path)} {
		if r == nil {
			continue
		}
		if r.Attempts > 0 {
			p.Attempts = r.Attempts
		}
		if r.Base > 0 {
			p.Base = r.Base
		}
		if r.Max > 0 {
			p.Max = r.Max
		}
	}
	return p
}

// stepRetry is the policy written on a step; one on a loop is that of each item.
func (m *Machine) stepRetry(path string) *schema.Retry {
	s, b := m.stepAt(path)
	if s == nil {
		return nil
	}
	if s.Retry == nil && b.single() {
		return b.owner.Step.Retry
	}
	return s.Retry
}

// stepAt returns the step of a path that has begun or is prepared.
func (m *Machine) stepAt(path string) (*playbook.Step, *block) {
	if n := m.nodes[path]; n != nil {
		return n.Step, n.block
	}
	for _, b := range m.ready {
		if b.isNext(path) {
			return b.next(), b
		}
	}
	return nil, nil
}

// givenUp reports whether nothing new may begin at a path.
func (m *Machine) givenUp(path string) bool {
	_, b := m.stepAt(path)
	return b == nil || b.halted
}

// later is a time after now, in the precision in which times are stored.
func later(env Env, d time.Duration) time.Time { return env.Now.Add(d).Truncate(time.Microsecond) }

// backoff is exponential with full jitter.
func backoff(p schema.Retry, attempt int, jitter float64) time.Duration {
	ceiling := p.Base
	for range attempt - 1 {
		if ceiling *= 2; ceiling >= p.Max {
			ceiling = p.Max
			break
		}
	}
	return time.Duration(jitter * float64(ceiling))
}

// finishUnknown records that nobody knows whether the effect is in the world,
// and how that is found out.
func (m *Machine) finishUnknown(c Call, f Failure, env Env) {
	then, at := m.resolution(c, m.nodes[c.Path].call(c.Target.Connection), env)
	m.recordUnknown(c, f, env, settling{then, at})
}

// settling is how and when an unknown outcome is settled.
type settling struct {
	then string
	at   time.Time
}

func (m *Machine) recordUnknown(c Call, f Failure, env Env, by settling) {
	m.record(env.Now, ActionUnknown{
		Path: c.Path, To: c.Target.Connection, Attempt: c.Attempt, Failure: f, Epoch: m.epochOf(&c), Then: by.then, At: by.at,
	})
	if by.then == "ask" {
		m.askOutcome(c, f, env)
	}
}

// doubted reports whether an earlier attempt of the same effect may have done it.
func (m *Machine) doubted(c Call) bool {
	n := m.nodes[c.Path]
	return n != nil && n.action != nil && m.run.Mode != harrier.Replay && n.call(c.Target.Connection).doubt
}

// finishDoubted records a definite failure of an attempt that repeated one
// whose outcome is not known: the effect may be in the world all the same.
func (m *Machine) finishDoubted(c Call, out Outcome, env Env) {
	k := m.nodes[c.Path].call(c.Target.Connection)
	then, at := m.resolution(c, k, env)
	switch {
	case then == "repeat" && out.Retryable:
		if after := later(env, out.After); after.After(at) {
			at = after
		}
	case then == "repeat": // it would be refused again
		then, at = m.lookOrAsk(c, k, env)
	}
	f := *out.Failure
	f.Class, f.Text = "unknown", "an earlier attempt may have done it; the last one failed: "+f.Text
	m.recordUnknown(c, f, env, settling{then, at})
}

// resolution says how an unknown outcome is settled: repeat where that is one
// effect, probe where a read can tell, else ask a person.
func (m *Machine) resolution(c Call, k *call, env Env) (string, time.Time) {
	policy := m.policy(c)
	if m.givenUp(c.Path) {
		return "", time.Time{}
	}
	wait := backoff(policy, c.Attempt, env.Jitter())
	again := c.Attempt < policy.Attempts
	switch c.Spec.Repeat {
	case harrier.Natural:
		if again {
			return "repeat", later(env, wait)
		}
	case harrier.Keyed:
		if again && (c.Spec.KeyTTL == 0 || env.Now.Add(wait).Sub(k.first) < c.Spec.KeyTTL) {
			return "repeat", later(env, wait)
		}
	case harrier.Probed, harrier.Never:
	}
	return m.lookOrAsk(c, k, env)
}

// lookOrAsk settles an unknown outcome without doing it again.
func (m *Machine) lookOrAsk(c Call, k *call, env Env) (string, time.Time) {
	if c.Spec.Probe != nil && k.probes < maxProbes {
		return "probe", later(env, c.Spec.Probe.Settle)
	}
	return "ask", time.Time{}
}

// finishProbe records what a probe told. Not done means that the call is made
// again; a probe that cannot tell is repeated, and at last a person is asked.
func (m *Machine) finishProbe(c Call, out Outcome, env Env) {
	ev := ActionProbed{Path: c.Path, To: c.Target.Connection, Epoch: m.epochOf(&c), Output: map[string]any{}}
	k := m.nodes[c.Path].call(c.Target.Connection)
	ask := false
	switch {
	case out.Failure != nil && k.probes+1 < maxProbes && !m.givenUp(c.Path):
		ev.Failure = out.Failure
		ev.RetryAt = later(env, max(backoff(m.policy(c), k.probes+1, env.Jitter()), out.After, 100*time.Millisecond))
	case out.Failure != nil:
		ev.Failure, ask = out.Failure, true
	case out.Done:
		ev.Done = true
		if found, ok := Canonical(out.Output).(map[string]any); ok && found != nil {
			ev.Output = found
		}
	case k.attempt < m.policy(c).Attempts && !m.givenUp(c.Path):
		ev.RetryAt = env.Now
	}
	m.record(env.Now, ev)
	if ask {
		m.askOutcome(c, Failure{Class: "unknown", Text: "the probe could not settle it"}, env)
	}
}
