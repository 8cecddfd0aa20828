// Package feed reads lists of what is known to be bad, and of what is known to
// be harmless, in the forms in which others give them away: STIX bundles and
// TAXII answers, MISP events, the tables of abuse.ch, plain lists, files of
// hosts, and the warning lists of MISP.
//
// It guarantees that any bytes, however hostile, are read in memory that has a
// bound, and that nothing is dropped in silence: what names no value that can
// be looked up is counted in the [Report] with the reason. It opens nothing and
// fetches nothing.
//
// What a pattern of STIX means for one value is decided here: of alternatives
// (OR) each is an indicator; of what must come together (AND) each is
// [Record.Partial], except that a hash names a file whatever else is asked of
// it, and that a port or a protocol beside an address only narrows it. Ranges,
// wildcards and negations name no value.
package feed
