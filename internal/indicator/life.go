package indicator

import (
	"math"
	"time"

	"github.com/harrier-soar/harrier/internal/feed"
)

// Life says how indicators of a type age.
type Life struct {
	// Half is how long it takes until half of the confidence is left; zero is for ever.
	Half time.Duration
	// Lasts is when one ends that its feed gives no end, counted from when it was
	// last seen.
	Lasts time.Duration
}

const day = 24 * time.Hour

// Lifes returns how indicators age, by type: addresses and links change hands
// within weeks, names within months, and what a hash names never changes.
func Lifes() map[string]Life {
	all := map[string]Life{}
	for _, name := range feed.Types() {
		all[name] = lifeOf(kindOf(name))
	}
	return all
}

// lifeOf is how indicators of a kind age.
func lifeOf(k kind) Life {
	switch k {
	case kindIP, kindCIDR, kindURL:
		return Life{30 * day, 90 * day}
	case kindDomain, kindBelow, kindEmail:
		return Life{60 * day, 180 * day}
	case kindHash, kindCVE:
		return Life{0, 5 * 365 * day}
	case kindFileName, kindFilePath, kindRegistryKey, kindUserAgent, kindOther:
	}
	return Life{180 * day, 365 * day}
}

// The scores at which an indicator is malicious, and below which it is told no more.
const (
	maliciousAt = 50
	toldAt      = 10
)

// decayed is what is left of a confidence after an age.
func (l Life) decayed(confidence float64, age time.Duration) float64 {
	if l.Half <= 0 || age <= 0 {
		return confidence
	}
	return confidence * math.Exp2(-float64(age)/float64(l.Half))
}
