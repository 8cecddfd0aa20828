// Package mapping makes findings of what sources deliver. A mapping is one YAML
// file that says, for one product's format, how it is recognised and where
// things stand in it; content/mappings/README.md is its language.
//
// Mappings are read strictly and completely before the first event, so a bad
// one is a problem with a place in a file and never a lost alert. Of an event
// they need nothing: what is not there is left out, and what has no id gets one
// of its content. An event becomes findings, or nothing where it holds no
// alert, or it is refused with a reason for people; it never becomes half of
// what it holds.
//
// Events are hostile: their size, depth, number of values and number of alerts
// are bounded, and so is the work of each expression.
package mapping
