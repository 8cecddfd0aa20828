// Package pull asks products for what is new, where they do not send it.
//
// It guarantees: how far a source was read, what was read and the names by which
// it is known again are one change, so that a crash neither loses an event nor
// takes it twice; each question looks back some time, because products are late;
// a window is read to its end before the next begins, however many pages and
// crashes it takes; after an outage the gap is read too, and what is old by then
// is marked, so that nobody is woken by it.
package pull
