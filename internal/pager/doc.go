// Package pager tells people what cannot wait, and the rest in digests: it
// decides whom a notification goes to, by which channels, and when it is
// repeated, climbs to others, or is done.
//
// It guarantees that what was accepted is told or is shown to have reached
// nobody: a notification is a row with a due time, each attempt to deliver it a
// row and a run of the engine that are committed together, so that no crash
// loses one or sends one twice. An attempt whose outcome is unknown is not
// repeated; the next channel is tried instead, because a person who is told
// twice loses less than one who is not told.
//
// What is sent, and its journal, retries and audit, are those of the engine
// ([Starter]); who is on call is the rota's.
package pager
