// Package exhibits makes evidence of what a run comes upon: the original of a
// mail that somebody forwarded, a file that a mail carries.
//
// Evidence is addressed by its content: the same bytes in the same run are the
// same evidence, so that a step that is repeated makes nothing twice. The bytes
// are durable before the row that names them.
package exhibits
