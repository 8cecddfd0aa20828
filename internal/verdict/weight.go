package verdict

import "github.com/harrier-soar/harrier/internal/email"

// The roles of observables that are weighed.
const (
	roleLink       = email.RoleLink
	roleAttachment = email.RoleAttachment
	roleHop        = email.RoleHop
)

// The bounds of judging. Weights are from 0 to 1.
const (
	// maliciousAt is from where a mail is malicious.
	maliciousAt = 0.7
	// condemnsAt is what one piece of evidence must weigh at least to be the
	// reason why a mail is malicious, and to count as a source.
	condemnsAt = 0.35
	// signalsAtMost is what all that is striking in a mail weighs at most: it is
	// below maliciousAt, because nothing is malicious by its looks alone.
	signalsAtMost = 0.6
	// strongAt is from where something striking keeps a mail from being benign.
	strongAt = 0.3
	// personWeighs is what a person's answer weighs, detonationWeighs what was
	// seen when a file ran or a page was opened.
	personWeighs, detonationWeighs = 0.9, 0.95
	// disputed is how much of a weight is left off where another source, of the
	// best reliability, calls the same thing harmless.
	disputed = 0.3
)

// roleFactor is how much of what is known about an observable is known about the mail.
func roleFactor(role string) float64 {
	switch role {
	case roleLink, roleAttachment:
		return 1
	case email.RoleReplyTo:
		return 0.9
	case email.RoleSender:
		return 0.8
	case email.RoleBody:
		return 0.6 // the text may warn of it
	case roleHop:
		return 0.3 // one address sends for many
	}
	return 0.5 // not in the mail, but found behind something that is
}

// verdictFactor is how bad an opinion is.
func verdictFactor(verdict string) float64 {
	switch verdict {
	case "malicious":
		return 1
	case "suspicious":
		return 0.4
	}
	return 0
}

// reliabilityFactor is how far a source of a grade is believed. One that cannot
// be judged stands between fairly and not usually reliable.
func reliabilityFactor(grade string) float64 {
	switch grade {
	case "A":
		return 1
	case "B":
		return 0.9
	case "C":
		return 0.7
	case "D":
		return 0.4
	case "E":
		return 0.1
	}
	return 0.5
}

// signalWeight is how much a mail is suspected for what is striking about it. A
// signal that this table does not know is strong enough to ask a person.
func signalWeight(code string) float64 {
	switch code {
	case email.SignalNoMessageID, email.SignalMalformed, email.SignalDuplicate, email.SignalSPF, email.SignalDKIM:
		return 0.15
	case email.SignalFromMissing, email.SignalFromSeveral:
		return 0.25
	case email.SignalDMARC, email.SignalCompAuth, email.SignalDisplayName, email.SignalLinkIP, email.SignalBrandName, email.SignalReplyFreemail:
		return 0.35
	case email.SignalLinkText, email.SignalLinkIDN, email.SignalSenderIDN, email.SignalFileType, email.SignalHTMLFile:
		return 0.4
	case email.SignalLinkUserinfo, email.SignalLinkScheme:
		return 0.45
	case email.SignalPasswordForm, email.SignalExecutable, email.SignalBidi, email.SignalPerson, email.SignalLookalikeSender, email.SignalLookalikeLink:
		return 0.5
	case email.SignalDoubleExtension:
		return 0.6
	}
	return strongAt // answers that go elsewhere, lost headers, the words of fraud and all that is new
}

// either combines weights of evidence that is independent.
func either(weights ...float64) float64 {
	not := 1.0
	for _, w := range weights {
		not *= 1 - w
	}
	return 1 - not
}
