package casework

import (
	"encoding/json"
	"slices"

	"github.com/harrier-soar/harrier"
)

// memory is what a case remembers beside what people read.
type memory struct {
	// Run is the run that opened the case.
	Run harrier.RunID `json:"run,omitzero"`
	// Verdict is what the case came to: malicious, benign or inconclusive.
	Verdict string `json:"verdict,omitempty"`
	// Contained tells that what the case is about can do no more harm.
	Contained bool `json:"contained,omitempty"`
	// Told lists, by person, what each was told.
	Told map[string][]string `json:"told,omitempty"`
}

// maxTold bounds how many people a case remembers.
const maxTold = 10_000

// memoryOf reads what a case remembers.
func memoryOf(c harrier.Case) (m memory, err error) {
	if len(c.Data) == 0 {
		return m, nil
	}
	if err := json.Unmarshal(c.Data, &m); err != nil {
		return m, harrier.Errorf(harrier.Internal, "read what case %s remembers: %w", c.ID, err)
	}
	return m, nil
}

// encode is the memory as it is stored.
func (m memory) encode() (json.RawMessage, error) {
	data, err := json.Marshal(m)
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "encode what a case remembers: %w", err)
	}
	return data, nil
}

// remember changes what a case remembers, not yet in the store.
func remember(c *harrier.Case, change func(*memory)) error {
	m, err := memoryOf(*c)
	if err != nil {
		return err
	}
	change(&m)
	c.Data, err = m.encode()
	return err
}

// tell notes that a person was told something; first is false where they had
// been, or where the case remembers as many people as it can.
func (m *memory) tell(person, notice string) (first bool) {
	if slices.Contains(m.Told[person], notice) || len(m.Told) >= maxTold && m.Told[person] == nil {
		return false
	}
	if m.Told == nil {
		m.Told = map[string][]string{}
	}
	m.Told[person] = append(m.Told[person], notice)
	return true
}
