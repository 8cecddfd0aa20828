package indicator

import (
	"math"
	"time"
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
	return map[string]Life{
		"ip": {30 * day, 90 * day}, "cidr": {30 * day, 90 * day}, "url": {30 * day, 90 * day},
		"domain": {60 * day, 180 * day}, "email": {60 * day, 180 * day},
		"hash": {0, 5 * 365 * day}, "cve": {0, 5 * 365 * day},
		"file_name": {180 * day, 365 * day}, "file_path": {180 * day, 365 * day}, "registry_key": {180 * day, 365 * day}, "user_agent": {180 * day, 365 * day},
	}
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
