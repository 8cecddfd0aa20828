package lab

import "time"

// Effect is one thing that the world saw happen, counted. It is what a checker
// compares with what was acknowledged and with what the database says.
type Effect struct {
	Vendor string `json:"vendor"`
	// Action is what was done, such as message.move or alias.add.
	Action string `json:"action"`
	// Target is what it was done to, by a name that the effect does not change.
	Target string `json:"target"`
	// Key tells apart what was done to one target: the folder that a mail went
	// to, the idempotency key that a message carries. It may be empty.
	Key string `json:"key,omitempty"`
	// Count is how often the vendor carried it out.
	Count int `json:"count"`
	// Changed is how often carrying it out changed anything; a state that is
	// set twice counts 2 and changes 1.
	Changed int       `json:"changed"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
}

// happened is one effect at the moment that it happens.
type happened struct {
	Vendor  string `json:"vendor"`
	Action  string `json:"action"`
	Target  string `json:"target"`
	Key     string `json:"key,omitempty"`
	Changed bool   `json:"changed,omitempty"`
}

// ledger counts effects in the order in which they first happened.
type ledger struct {
	effects []Effect
	index   map[happened]int // by the effect with Changed false
}

func (l *ledger) add(h happened, at time.Time) {
	id := h
	id.Changed = false
	i, ok := l.index[id]
	if !ok {
		if l.index == nil {
			l.index = make(map[happened]int)
		}
		i = len(l.effects)
		l.index[id] = i
		l.effects = append(l.effects, Effect{Vendor: h.Vendor, Action: h.Action, Target: h.Target, Key: h.Key, First: at})
	}
	e := &l.effects[i]
	e.Count++
	e.Last = at
	if h.Changed {
		e.Changed++
	}
}

// Call is one request that a vendor received, and how it was answered.
type Call struct {
	Vendor string    `json:"vendor"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Query  string    `json:"query,omitempty"`
	At     time.Time `json:"at"`
	// Status is what was sent, or 0 where the connection was cut instead.
	Status int `json:"status"`
	// Executed tells whether the vendor carried the request out, which a lost
	// or false answer hides.
	Executed bool `json:"executed"`
	// Fault is the kind of the fault that was injected, if any.
	Fault Kind `json:"fault,omitempty"`
}

// maxCalls bounds how many calls are remembered; the oldest are forgotten.
const maxCalls = 100_000
