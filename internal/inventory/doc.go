// Package inventory knows the machines and people of the organisation: what
// they are called, how much they matter, to whom they belong, and which of them
// an address meant at a time.
//
// What it knows it was told, by sources: files, directories, and people. Every
// word of every source is kept with its time, and what holds is made from them
// by the rules in merge.go. Nothing is guessed in the harmless direction: what
// nobody says is unknown, what is past its review is stale, and neither is ever
// low. What a source stops telling of is marked as gone and stays.
//
// Reads for triage come from an index in memory, one for each tenant, that is
// replaced as a whole when a change is durable. Address leases stay in the
// database, behind a bounded cache.
package inventory
