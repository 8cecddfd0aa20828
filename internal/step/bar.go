package step

// What follows is not journaled: an effect that may not begin now is decided
// again when the run is looked at the next time, and everything else goes on.

// barred tells why no effect of a call may begin now.
func (e Env) barred(path string, t Target) string {
	if e.Barred == nil {
		return ""
	}
	return e.Barred(path, t)
}

// bars leaves a step undecided of which an effect may not begin now.
func (d decision) bars(targets []Target) bool {
	for _, t := range targets {
		if why := d.env.barred(d.path, t); why != "" {
			d.block.barred, d.m.barred = true, why
			return true
		}
	}
	return false
}

// barAgain leaves a further attempt undecided.
func (m *Machine) barAgain(call callKey, why string) {
	if m.barredCalls == nil {
		m.barredCalls = map[callKey]bool{}
	}
	m.barredCalls[call], m.barred = true, why
}

// unbar makes everything that was left undecided ready to be decided.
func (m *Machine) unbar() {
	if m.barred == "" {
		return
	}
	m.barred = ""
	clear(m.barredCalls)
	for _, b := range m.ready {
		b.barred = false
	}
}

// Barred tells why an effect of the run may not begin now; it is empty where
// nothing is held up.
func (m *Machine) Barred() string { return m.barred }
