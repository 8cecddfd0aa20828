// Package enrich makes the picture of a finding: who and what it is about, what
// everybody who can be asked thinks of its observables, and what came before.
//
// It guarantees that a picture is there at its deadline whatever vendors do.
// What was not answered by then is told as missing, never taken for harmless,
// and goes on: a row that is committed with the alert has it asked again, after
// a crash too, and whoever judges is called on arrival ([Hook]). A vendor's
// failure is never an error of a picture.
//
// What is asked leaves the organisation, so addresses and names of its own,
// what is marked TLP:RED or PAP:RED, the names of recipients in links and the
// links that act for one reader do not; see [Outgoing].
//
// Vendors allow few calls. The same question is asked once for all alerts that
// want to know, answers are kept as long as they hold (package intel), the more
// severe alert is served first, and a share of each day's calls is kept from
// those that are less severe.
package enrich
