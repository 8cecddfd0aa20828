package intel

import (
	"container/list"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// key names an answer: whose, of which source, to what.
type key struct {
	tenant     harrier.TenantID
	connection harrier.ConnectionID
	// action and revision tell one state of a source from another.
	action, revision string
	value            string
}

// cache keeps a bounded number of answers; those used longest ago go first.
type cache struct {
	size int

	mu     sync.Mutex // guards what follows
	places map[key]*list.Element
	// order holds *kept, the last used first.
	order *list.List
}

// kept is an answer under its name.
type kept struct {
	key    key
	answer Answer
}

func newCache(size int) *cache {
	return &cache{size: size, places: map[key]*list.Element{}, order: list.New()}
}

// get returns an answer that holds still.
func (c *cache) get(k key, now time.Time) (Answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	place := c.places[k]
	if place == nil {
		return Answer{}, false
	}
	one, ok := place.Value.(*kept)
	if !ok || !now.Before(one.answer.Until) {
		c.drop(place)
		return Answer{}, false
	}
	c.order.MoveToFront(place)
	return one.answer, true
}

// put keeps an answer until its time is over. One that was given later stays.
func (c *cache) put(k key, a Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if place := c.places[k]; place != nil {
		if one, ok := place.Value.(*kept); ok && one.answer.At.After(a.At) {
			return
		}
		c.drop(place)
	}
	c.places[k] = c.order.PushFront(&kept{k, a})
	for c.order.Len() > c.size {
		c.drop(c.order.Back())
	}
}

// drop forgets an answer. The caller holds mu.
func (c *cache) drop(place *list.Element) {
	if one, ok := c.order.Remove(place).(*kept); ok {
		delete(c.places, one.key)
	}
}
