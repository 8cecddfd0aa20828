package harrier

// Effect says what an action does to the world. The engine, not the author of
// a playbook, enforces what follows from it.
type Effect string

// The effects, from harmless to irreversible.
const (
	// Read looks at something and changes nothing.
	Read Effect = "read"
	// Disclose gives content, such as a file or a page, to a third party.
	Disclose Effect = "disclose"
	// Notify tells people something.
	Notify Effect = "notify"
	// Record creates or edits records: tickets, comments, indicators.
	Record Effect = "record"
	// Contain changes the defended environment and names its undo.
	Contain Effect = "contain"
	// Destroy changes it irreversibly and always needs an approval.
	Destroy Effect = "destroy"
)

// Effects lists every effect, harmless first.
func Effects() []Effect { return []Effect{Read, Disclose, Notify, Record, Contain, Destroy} }

// Valid reports whether e is one of [Effects].
func (e Effect) Valid() bool { return e.rank() >= 0 }

// Writes reports whether the effect leaves a trace in the world, so that an
// intent must be committed before it and its outcome may be unknown.
func (e Effect) Writes() bool { return e.rank() > 0 }

// rank is the effect's place in [Effects], or -1.
func (e Effect) rank() int {
	switch e {
	case Read:
		return 0
	case Disclose:
		return 1
	case Notify:
		return 2
	case Record:
		return 3
	case Contain:
		return 4
	case Destroy:
		return 5
	}
	return -1
}

// Repeat says how an action may be repeated when its outcome is unknown.
type Repeat string

// The ways to repeat an action.
const (
	// Natural actions set a state: doing them twice is one effect.
	Natural Repeat = "natural"
	// Keyed actions carry an idempotency key that the vendor honours for a time.
	Keyed Repeat = "key"
	// Probed actions have a read that tells whether they happened.
	Probed Repeat = "probe"
	// Never means that only a person may decide to do it again.
	Never Repeat = "never"
)

// Valid reports whether r is a known way to repeat.
func (r Repeat) Valid() bool {
	switch r {
	case Natural, Keyed, Probed, Never:
		return true
	}
	return false
}

// Mode says what a run may do to the world.
type Mode string

// The modes of a run.
const (
	// Live runs act.
	Live Mode = "live"
	// Shadow runs read, and record what they would have done.
	Shadow Mode = "shadow"
	// RecordMode runs act, and keep every exchange for later replay.
	RecordMode Mode = "record"
	// Replay runs take every answer from a recording.
	Replay Mode = "replay"
)

// Valid reports whether m is a known mode.
func (m Mode) Valid() bool {
	switch m {
	case Live, Shadow, RecordMode, Replay:
		return true
	}
	return false
}
