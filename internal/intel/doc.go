// Package intel answers what is known about an observable by asking every
// source that is connected.
//
// It guarantees that a failed look-up never counts as an answer: the verdict is
// the worst of those that were given, and unknown where none was; each source is
// listed with its answer or its failure, beside how many answered and failed.
// Nothing is benign because nobody could be asked: judge by answered and failed,
// not by the verdict alone. Where every source failed, the action fails, so
// that the engine tries again as its class allows; without any source it
// answers unknown by nobody.
//
// Look-ups of the same thing by the same source that are under way are one
// call, and good answers are kept for as long as the source says they hold, one
// of unknown for a quarter of an hour at most. Tenants share neither. Runs that
// record or replay ask by themselves, because their answers belong into, or come
// from, a recording. The cache is in memory and bounded; where a store is given
// answers are kept there too, so that a restart does not ask again.
package intel
