// Package noise reads what a team says about noise: how risk adds up, what
// makes alerts one case, and how precise rules must be that close alerts.
//
// What a file does not say is as it ships. A file that is wrong is an error
// with every mistake, its place and its fix.
package noise

import (
	"cmp"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/correlate"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/risk"
)

// FileName is the file in the data directory.
const FileName = "noise.yaml"

// Settings is what a team says about noise.
type Settings struct {
	Risk        risk.Policy
	Correlation correlate.Policy
	// Closing holds for every rule that closes alerts, and Rules for some.
	Closing mute.Closing
	Rules   map[string]mute.Closing
}

// Default is what holds where nothing is said.
func Default() Settings {
	return Settings{Risk: risk.DefaultPolicy(), Correlation: correlate.DefaultPolicy(), Rules: map[string]mute.Closing{}}
}

// Of fills in what is said of a rule that closes alerts.
func (s Settings) Of(rule mute.Closing) mute.Closing {
	own := s.Rules[rule.Rule]
	rule.Threshold = cmp.Or(own.Threshold, s.Closing.Threshold)
	rule.MinReviews = cmp.Or(own.MinReviews, s.Closing.MinReviews)
	rule.Sample = cmp.Or(own.Sample, s.Closing.Sample)
	rule.MinSample = cmp.Or(own.MinSample, s.Closing.MinSample)
	return rule
}

// Read reads a file. All problems come at once; the settings are not to be
// used where one of them is an error.
func Read(name string, source []byte) (Settings, document.Problems) {
	r, s := reader{document.Read(name, source)}, Default()
	root := r.File.Root
	if root == nil {
		return s, r.Problems
	}
	r.root(root, &s)
	if r.Problems.Err() == nil {
		r.whole(root.Get("risk"), s.Risk.Check())
		r.whole(root.Get("correlation"), s.Correlation.Check())
	}
	return s, r.Problems
}
