// Package notify writes what Harrier tells people: from templates in several
// languages, with values from outside that can neither break out of their place
// nor be clicked.
//
// A template is a YAML file that names its values and holds a subject and a
// body for each language. It is checked when it is loaded: a value that is not
// declared, a language without a body and a template without English are
// problems with a place and a fix. What is sent, to whom and how often is the
// playbook's decision; this package sends nothing.
package notify
