package judge

import (
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/schema"
)

// roots describes the variables of rules.
func (w *words) roots() {
	w.alert = recordOf(
		str("external_id", "How the source knows it again.", func(s *session) string { return s.subject.Finding.ExternalID }),
		str("title", "Its title.", func(s *session) string { return s.subject.Finding.Title }),
		str("description", "What the source tells.", func(s *session) string { return s.subject.Finding.Description }),
		str("category", "What the mapping says that it is.", func(s *session) string { return s.subject.Finding.Category }),
		str("severity", "critical, high, medium, low or info: what the source says.", func(s *session) string { return severityOf(s.subject.Finding.Severity) }),
		str("status", "What the source says: new, in_progress or closed.", func(s *session) string { return s.subject.Finding.Status }),
		str("disposition", "What the source says that it was.", func(s *session) string { return s.subject.Finding.Disposition }),
		column[session]{"time", moment(), "When it happened.", func(s *session) any { return at(s.subject.Finding.Time) }},
		column[session]{"version", moment(), "When the source last changed it.", func(s *session) any { return at(s.subject.Finding.Version) }},
		column[session]{"rule", w.rule.typ(), "The detection.", func(s *session) any { return w.rule.view(&s.subject.Finding.Rule) }},
		texts("tactics", "Ids of ATT&CK tactics, such as TA0001.", func(s *session) []string { return s.subject.Finding.Tactics }),
		texts("techniques", "Ids of ATT&CK techniques, such as T1566.002.", func(s *session) []string { return s.subject.Finding.Techniques }),
		column[session]{"entities", schema.ListOf(w.named.typ()), "Whom and what it is about; context.entities knows more.", func(s *session) any { return w.named.views(first(s.subject.Finding.Entities)) }},
		column[session]{"observables", schema.ListOf(w.mentioned.typ()), "Values in it; context.observables knows more.", func(s *session) any { return w.mentioned.views(first(s.subject.Finding.Observables)) }},
		str("link", "The source's page about it.", func(s *session) string { return s.subject.Finding.Link }),
		column[session]{"data", schema.TypeOf(schema.Any), "The event in the names of ECS.", func(s *session) any { return facts(s.subject.Finding.Data) }},
		texts("unmapped", "Fields that the mapping knows nothing of.", func(s *session) []string { return s.subject.Finding.Unmapped }),
	)
	w.context = recordOf(
		column[session]{"entities", schema.ListOf(w.entity.typ()), "Whom and what it is about, as they were then.", func(s *session) any { return s.entities }},
		column[session]{"observables", schema.ListOf(w.observable.typ()), "Values with what is thought of them.", func(s *session) any { return s.observables }},
		column[session]{"history", w.history.typ(), "What came before.", func(s *session) any { return w.history.view(&s.subject.Picture.History) }},
		column[session]{"missing", schema.ListOf(w.missing.typ()), "What was asked and not answered.", func(s *session) any { return w.missing.views(first(s.subject.Picture.Missing)) }},
		column[session]{"at", moment(), "When the picture was made.", func(s *session) any { return at(s.subject.Picture.At) }},
	)
	w.known = recordOf(
		column[session]{"bad", schema.ListOf(w.indicted.typ()), "What is known to be bad, the surest first. Allow lists do not count.", func(s *session) any { return s.bad }},
		column[session]{"doubtful", schema.ListOf(w.indicted.typ()), "What is suspected, or disputed, or said by nobody reliable.", func(s *session) any { return s.doubtful }},
		column[session]{"lapsed", schema.ListOf(w.indicted.typ()), "What was bad once, by opinions that have ended.", func(s *session) any { return s.lapsed }},
		texts("providers", "All who speak against something in it, the weightiest first.", func(s *session) []string { return s.standing.providers }),
		flag("complete", "Whether everybody answered who was asked.", func(s *session) bool { return !s.standing.incomplete }),
		texts("guards", "What keeps it from being lowered: known_bad, production_credentials, to_production.", func(s *session) []string { return s.standing.guards }),
	)
	w.decision = recordOf(
		str("category", "The category as the rules above leave it.", func(s *session) string { return s.state.category }),
		str("severity", "The severity as the rules above leave it.", func(s *session) string { return severities()[s.state.severity()] }),
		number("score", "The sum of the weights of the rules above, from 0 to 100.", func(s *session) float64 { return s.state.score() }),
		str("route", "The route as the rules above leave it.", func(s *session) string { return routes()[s.state.route()] }),
	)
	w.source = recordOf(
		str("name", "The name of the source.", func(s *session) string { return s.subject.Source.Name }),
		str("kind", "How events come.", func(s *session) string { return s.subject.Source.Kind }),
		str("mapping", "What makes findings of its events.", func(s *session) string { return s.subject.Source.Mapping }),
		flag("live", "Whether it triggers playbooks.", func(s *session) bool { return s.subject.Source.Live }),
		str("reliability", "Its grade, A to F.", func(s *session) string { return gradeOf(s.subject.Source.Reliability) }),
	)
}

// severities lists severities, the least first.
func severities() []string { return []string{"info", "low", "medium", "high", "critical"} }

// routes lists routes, the least urgent first.
func routes() []string {
	return []string{picture.ToClose, picture.ToLog, picture.ToQueue, picture.ToCase, picture.Escalate}
}

// stages lists the stages in their order.
func stages() []string {
	return []string{"categorise", "known_bad", "activity", "context", "history", "risk", "decide"}
}
