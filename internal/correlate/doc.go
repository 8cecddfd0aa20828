// Package correlate puts alerts into the case that they belong to: the one
// that shares entities and observables with them, near in time.
//
// How near depends on what is shared: an address is somebody else's tomorrow,
// a hash is the same file for ever. Each shared thing has a weight, and a case
// attracts an alert where the weights reach a threshold; which things, and what
// they weigh, is written into the case. What everybody shares says nothing:
// gateways, proxies, domain controllers, resolvers and scanners by the
// inventory's tags, the organisation's own and common domains, what is on an
// allow list, and what is in too many alerts. What is known to be malicious
// counts however often it is seen.
//
// It guarantees that only open cases attract; that a case takes no more than
// its cap of alerts and of time, after which a linked one begins, as it does
// where the case was closed; and that finding a case and joining it are one
// transaction, so that two alerts of one thing never open two cases.
package correlate
