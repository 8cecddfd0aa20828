package indicator

import "sync"

// names keeps each text once and calls it by a number; 0 is the empty text.
type names struct {
	mu     sync.RWMutex // guards what follows
	places map[string]uint32
	texts  []string
	bytes  int
}

// maxNameBytes bounds the texts that are kept; what comes after that has no
// name in memory, and in the store still.
const maxNameBytes = 16 << 20

func newNames() *names { return &names{places: map[string]uint32{"": 0}, texts: []string{""}} }

func (n *names) number(text string) uint32 {
	n.mu.RLock()
	place, ok := n.places[text]
	n.mu.RUnlock()
	if ok {
		return place
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if place, ok = n.places[text]; ok {
		return place
	}
	if n.bytes += len(text) + 40; n.bytes > maxNameBytes {
		return 0
	}
	place = uint32(len(n.texts))
	n.texts = append(n.texts, text)
	n.places[text] = place
	return place
}

func (n *names) text(place uint32) string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.texts[place]
}
