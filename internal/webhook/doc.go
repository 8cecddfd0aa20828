// Package webhook tells other people's programs of changes, by messages that are
// signed as Standard Webhooks say (webhook-id, webhook-timestamp and
// webhook-signature; secrets whsec_…).
//
// It guarantees that what was committed while somebody subscribed to it is told
// at least once, always with the same id, also after a kill: the message is a row
// that is written with the change. Messages about one thing arrive in the order
// of its changes. What is not taken is sent again for days, ever more seldom; who
// takes nothing for three days is told nothing more, and people hear of it.
//
// A subscription sees what its owner sees at the time of sending: nothing of a
// restricted case whose member they are not, and of what is labelled above its
// TLP the id alone.
package webhook
