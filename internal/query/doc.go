// Package query reads the one small language in which people say which alerts,
// cases, runs and other things they want to see:
//
//	sev:>=high src:edr -tag:test status:open created:>-7d host:ws-17 "exact words" free words
//
// A query is terms that must all hold. A term is a field with one or more
// values, of which one must fit, or words to be found. A minus before it means
// that it must not hold; OR between terms and brackets around them do what they
// say. What a noun has for fields is a table, see [Fields].
//
// Reading is pure: it knows neither the clock nor who asks, so that "-7d" and
// "me" stay what they are until somebody looks. A query is bounded in length,
// terms and depth, whoever wrote it.
package query
