// Package triage decides about alerts: what they were, how bad they are, where
// they stand.
//
// It guarantees that a playbook's decision and the result of its step are one
// transaction, and that a decision that was made is not turned into another in
// passing: closing an alert that is closed as something else is a conflict, so
// that a playbook never overrules a person. It opens the alert again first
// where it means to.
//
// Grouping, scoring and enrichment of alerts are not part of it yet.
package triage
