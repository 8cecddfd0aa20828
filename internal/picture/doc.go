// Package picture says what is known about an alert when it is judged: who and
// what it is about as they were then, what is thought of its observables, and
// what came before.
//
// It holds shapes only. Whatever is in it has an age and a source, and what
// could not be found out is told as missing: unknown is never harmless.
package picture
