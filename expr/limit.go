package expr

import "time"

// The limits of an evaluation.
const (
	// MaxText is how many bytes a text, or all texts of a result, may have.
	MaxText = 1 << 20
	// MaxItems is how many items a list or a result may have.
	MaxItems = 100_000
	// MaxSource is how many characters an expression or a text with ${{ }} may have.
	MaxSource = 64 << 10
	// maxExpression is how many characters one expression may have.
	maxExpression = 8 << 10
	// maxCost is the work of one evaluation, in CEL's units.
	maxCost = 600_000
	// maxMatched is how many bytes a regular expression may be applied to.
	maxMatched = 64 << 10
	// maxRegex is the size of a compiled regular expression.
	maxRegex = 500
	// maxDepth is how deep results and JSON may nest.
	maxDepth = 64
	// maxTime ends an evaluation whatever it costs. It is generous, because a busy
	// machine must not decide what a playbook does; the cost does.
	maxTime = 5 * time.Second
	// maxCached is how many programs an environment keeps by their text.
	maxCached = 4096
)
