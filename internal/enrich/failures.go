package enrich

import (
	"time"

	"github.com/harrier-soar/harrier/connector"
)

// failures remembers for a while what could not be answered.
type failures map[askKey]failure

// failure is why there was no answer to alerts of a lane.
type failure struct {
	err   *connector.Error
	lane  int
	until time.Time
}

const mostFailures = 20_000

// get returns why there was no answer a moment ago. What was refused to a less
// severe alert may be answered to a more severe one.
func (f failures) get(k askKey, lane int, now time.Time) *connector.Error {
	one, ok := f[k]
	switch {
	case !ok:
		return nil
	case !now.Before(one.until):
		delete(f, k)
		return nil
	case lane < one.lane:
		return nil
	}
	return one.err
}

// put remembers a failure. Where there are too many, some are forgotten.
func (f failures) put(k askKey, lane int, err *connector.Error, now time.Time) {
	if len(f) >= mostFailures {
		for old := range f {
			if delete(f, old); len(f) < mostFailures/2 {
				break
			}
		}
	}
	f[k] = failure{err, lane, now.Add(failureHolds(err))}
}

// failureHolds is for how long the same would fail again, as far as one knows.
func failureHolds(err *connector.Error) time.Duration {
	const least, most = 15 * time.Second, 15 * time.Minute
	switch err.Class {
	case connector.NotFound:
		return 15 * time.Minute
	case connector.Denied, connector.Drift:
		return 5 * time.Minute
	case connector.Invalid:
		return time.Hour
	case connector.Limited, connector.Unavailable, connector.Unknown:
	}
	return min(max(err.After, least), most)
}
