// Package door is where other systems bring what they have to report: one
// webhook for each source, with the way to prove itself that the source
// declares, and the place where people set sources up.
//
// It guarantees: a sender that is not who the source declares is told nothing,
// not even whether the source exists; what is answered with 2xx is committed
// (G1); a delivery that names itself is taken once, however often it is sent or
// replayed (G2); a body is bounded in size, in time and in what it unpacks to
// before anybody reads it; and a source that floods, or is slow, uses up its own
// share and not that of others (G11).
//
// It does not understand what it takes: mappings do, later. It fetches nothing,
// whatever a body asks for.
package door
