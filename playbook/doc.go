// Package playbook is the playbook language: it reads a YAML file, checks it
// against what it may use, and compiles it to a [Plan] that the engine runs.
//
// [Parse] reads the form, [Check] the meaning, [Compile] does both. All that is
// wrong is reported at once, each problem with its place, a caret and a fix.
// After a check succeeds, running the plan cannot meet an unknown kind, name or
// type, an unguarded destroy, or an effect that was not planned when people
// were asked.
//
// The grammar in grammar.go is the only list of keys, kinds and values: the
// parser, the suggestions, [JSONSchema] and [Reference] are made from it.
// [Explain] tells what a plan may do to the world and on which ways nobody is
// asked; [ParseTest] and [Branches] serve the tests beside playbooks.
//
// Limits: 1 MiB a file, 2,000 steps, 20 levels of nesting, 10 levels of calls.
// The package is pure: it opens no file and no connection.
package playbook
