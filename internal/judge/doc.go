// Package judge is triage as code: rules in YAML and CEL that look at an alert
// and at what is known about it, and come to a decision with its proof.
//
// Rules only say what speaks for what. What must never go wrong is held here,
// in code, whatever rules say:
//
//   - What failed to answer never lowers the severity that the source gave, and
//     nothing is closed on half a picture.
//   - What is known to be bad is never lowered, hidden or closed.
//   - A criticality or a test environment that is unknown or out of date is
//     never taken for harmless.
//   - "Test" never lowers production's credentials, nor what moves from a test
//     environment to production.
//   - Only a rule with an expiry closes an alert by itself.
//   - A rule that cannot be evaluated hides nothing: people look.
//
// Judging is pure: the same rules, subject and time give the same decision.
package judge
