// Package risk adds up what is held against hosts and users, so that many
// alerts of which none is worth a look can together be worth one.
//
// Each alert contributes to its entities what triage says. A contribution
// fades with a half-life, counted from the time of the event, so that it does
// not matter in which order alerts come. One rule can contribute only so much,
// however often it fires; distinct tactics and distinct sources raise the
// whole. Crossing the threshold opens one case that lists the contributions;
// it takes what comes after, and there is no second one until the risk has
// fallen well below the threshold, or much has come after the case was closed.
//
// It guarantees that a contribution is counted once for an alert, an entity
// and a rule: judging an alert again replaces what it contributed, in the
// transaction of the judgement.
//
// Limits: contributions of one rule are added up by day, and fade from their
// mean moment; that differs from the exact sum by less than 1 %. What is older
// than ten half-lives is forgotten.
package risk
