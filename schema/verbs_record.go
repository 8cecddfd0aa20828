package schema

import "github.com/harrier-soar/harrier"

// firewallVerbs stop traffic and let it pass again.
func firewallVerbs() []Verb {
	verbs := blocking("firewall", "ip", "an address", must("ip", TypeOf(IP), "The address."))
	verbs = append(verbs, blocking("firewall", "domain", "a domain", must("domain", TypeOf(Domain), "The domain."))...)
	return append(verbs, blocking("firewall", "url", "a link", must("url", TypeOf(URL), "The link."))...)
}

// siemVerbs search logs and keep the SIEM's alerts in step.
func siemVerbs() []Verb {
	alert := must("alert_id", TypeOf(String), "The SIEM's id of the alert.")
	return []Verb{
		reading("siem.search", "Search logs", []Field{
			must("query", TypeOf(String), "Query in the SIEM's own language; never put data from an alert in it."),
			may("from", TypeOf(Timestamp), "Only events at or after this time."),
			may("to", TypeOf(Timestamp), "Only events before this time."),
			given("limit", TypeOf(Integer), int64(1000), "At most this many events."),
		}, must("events", ListOf(TypeOf(Any)), "The events that were found."),
			perhaps("total", TypeOf(Integer), "How many there are in all."),
			perhaps("truncated", TypeOf(Boolean), "Whether there are more."),
			perhaps("link", TypeOf(URL), "The search at the SIEM.")),
		reading("siem.alerts", "List alerts that were made or changed in a time", []Field{
			must("since", TypeOf(Timestamp), "Only alerts that were made or changed at or after this time."),
			may("until", TypeOf(Timestamp), "Only alerts that were made or changed before this time."),
			may("page", TypeOf(String), "What the page before gave as next."),
		}, must("alerts", ListOf(ObjectOf(
			must("id", TypeOf(String), "The product's id of the alert."),
			perhaps("changed_at", TypeOf(Timestamp), "When it was changed last; another one is another version."),
			must("alert", TypeOf(Any), "The alert as the product has it."),
		)), "The alerts."),
			perhaps("next", TypeOf(String), "How to ask for the next page; absent on the last one."),
			perhaps("truncated", TypeOf(Boolean), "Whether there are more than can be had: ask for a shorter time.")),
		doing(Verb{Effect: harrier.Record, Name: "siem.update_alert", Title: "Change an alert at the SIEM"}, []Field{
			alert,
			may("status", oneOf("new", "in_progress", "closed"), "State of the alert."),
			may("disposition", oneOf("true_positive", "benign", "false_positive", "undetermined"), "What the alert was; with status closed."),
			may("owner", TypeOf(String), "Who works on it."),
			may("comment", TypeOf(String), "Text to add."),
		}, must("updated", TypeOf(Boolean), "Whether the alert is as asked now.")),
		doing(Verb{Effect: harrier.Record, Name: "siem.comment", Title: "Comment on an alert at the SIEM"},
			[]Field{alert, must("text", TypeOf(String), "The comment.")},
			perhaps("comment_id", TypeOf(String), "The SIEM's id of the comment.")),
	}
}

// ticketVerbs keep tickets.
func ticketVerbs() []Verb {
	ticket := must("ticket_id", TypeOf(String), "Number or id of the ticket.")
	fields := may("fields", MapOf(TypeOf(Any)), "Further fields by the product's names.")
	priority := may("priority", oneOf("low", "medium", "high", "critical"), "How urgent it is.")
	return []Verb{
		doing(Verb{Effect: harrier.Record, Name: "ticket.create", Title: "Open a ticket"}, []Field{
			must("title", TypeOf(String), "One line."),
			must("description", TypeOf(String), "What happened and what is asked."),
			may("queue", TypeOf(String), "Project, board or assignment group."),
			may("assignee", TypeOf(String), "Who should do it."), priority, fields,
		}, must("ticket_id", TypeOf(String), "Number or id of the ticket."),
			perhaps("link", TypeOf(URL), "The ticket.")),
		doing(Verb{Effect: harrier.Record, Name: "ticket.update", Title: "Change a ticket"}, []Field{
			ticket,
			may("title", TypeOf(String), "One line."),
			may("description", TypeOf(String), "What happened and what is asked."),
			may("assignee", TypeOf(String), "Who should do it."), priority, fields,
		}, must("updated", TypeOf(Boolean), "Whether the ticket is as asked now.")),
		doing(Verb{Effect: harrier.Record, Name: "ticket.comment", Title: "Comment on a ticket"}, []Field{
			ticket, must("text", TypeOf(String), "The comment."),
			given("internal", TypeOf(Boolean), true, "Hide the comment from whoever asked."),
		}, perhaps("comment_id", TypeOf(String), "The product's id of the comment.")),
		doing(Verb{Effect: harrier.Record, Name: "ticket.transition", Title: "Move a ticket to another state"}, []Field{
			ticket, must("status", TypeOf(String), "Name of the state."),
			may("resolution", TypeOf(String), "How it was resolved."),
		}, must("status", TypeOf(String), "The state that the ticket is in now.")),
		reading("ticket.get", "Read a ticket", []Field{ticket},
			must("ticket_id", TypeOf(String), "Number or id of the ticket."),
			must("status", TypeOf(String), "The state that it is in."),
			perhaps("title", TypeOf(String), "One line."),
			perhaps("closed", TypeOf(Boolean), "Whether nothing is left to do."),
			perhaps("assignee", TypeOf(String), "Who should do it."),
			perhaps("updated", TypeOf(Timestamp), "When it was last changed."),
			perhaps("link", TypeOf(URL), "The ticket.")),
	}
}

// peopleVerbs reach people: chat and on-call.
func peopleVerbs() []Verb {
	return []Verb{
		doing(Verb{Effect: harrier.Notify, Name: "chat.post", Title: "Post a message"}, []Field{
			must("channel", TypeOf(String), "Channel or person; name or the product's id."),
			must("text", TypeOf(String), "The message, as plain text."),
			may("thread", TypeOf(String), "The message that this one answers."),
		}, must("message_id", TypeOf(String), "The product's id of the message."),
			perhaps("channel_id", TypeOf(String), "The product's id of the channel."),
			perhaps("link", TypeOf(URL), "The message.")),
		doing(Verb{Effect: harrier.Notify, Name: "chat.ask", Title: "Ask a person a question"}, []Field{
			must("user", TypeOf(User), "Who is asked; mail address or the product's id."),
			must("question", TypeOf(String), "The question, as plain text."),
			given("options", ListOf(TypeOf(String)), []any{}, "Answers to choose from; free text where there are none."),
		}, must("message_id", TypeOf(String), "The product's id of the question.")),
		doing(Verb{Effect: harrier.Notify, Name: "oncall.page", Title: "Wake whoever is on call"}, []Field{
			must("title", TypeOf(String), "One line."),
			must("dedup_key", TypeOf(String), "Pages with the same key are one incident."),
			may("service", TypeOf(String), "Service or team; the connection's own where it is not said."),
			given("severity", oneOf("info", "warning", "error", "critical"), "critical", "How bad it is."),
			may("details", TypeOf(String), "What happened."), may("link", TypeOf(URL), "Where to read more."),
		}, must("dedup_key", TypeOf(String), "Key of the incident, for oncall.resolve."),
			perhaps("link", TypeOf(URL), "The incident.")),
		reading("oncall.status", "See whether somebody took an incident", []Field{
			must("dedup_key", TypeOf(String), "Key of the incident."),
		}, must("status", oneOf("open", "acknowledged", "resolved", "unknown"), "Where it stands; unknown where the product knows no incident of the key."),
			perhaps("by", TypeOf(String), "Who took or resolved it."),
			perhaps("at", TypeOf(Timestamp), "When they did."),
			perhaps("link", TypeOf(URL), "The incident.")),
		doing(Verb{Effect: harrier.Record, Name: "oncall.resolve", Title: "Resolve an incident"}, []Field{
			must("dedup_key", TypeOf(String), "Key of the incident."),
			may("service", TypeOf(String), "Service or team; the connection's own where it is not said."),
		}, must("resolved", TypeOf(Boolean), "Whether the incident is resolved now.")),
	}
}

// inventoryVerbs tell what we own and how weak it is.
func inventoryVerbs() []Verb {
	return []Verb{
		reading("asset.get", "Look up an asset", []Field{
			must("asset", TypeOf(String), "Name, address or id of the asset."),
		}, must("asset_id", TypeOf(String), "The inventory's id of the asset."),
			must("name", TypeOf(String), "Name of the asset."),
			perhaps("owner", TypeOf(String), "Who answers for it."),
			perhaps("criticality", oneOf("low", "medium", "high", "critical"), "What its loss would mean."),
			perhaps("environment", TypeOf(String), "Such as production or test."),
			perhaps("location", TypeOf(String), "Where it is."),
			perhaps("addresses", ListOf(TypeOf(IP)), "Addresses of the asset."),
			perhaps("tags", ListOf(TypeOf(String)), "Tags of the asset."),
			perhaps("link", TypeOf(URL), "The inventory's page about the asset.")),
		reading("vuln.lookup", "List the vulnerabilities of an asset", []Field{
			may("asset", TypeOf(String), "Name, address or id of the asset."),
			may("cve", TypeOf(String), "Only this vulnerability, such as CVE-2026-1234."),
		}, must("vulnerabilities", ListOf(ObjectOf(
			must("id", TypeOf(String), "CVE, or the scanner's own id."),
			perhaps("severity", oneOf("none", "low", "medium", "high", "critical"), "How bad it is."),
			perhaps("score", TypeOf(Number), "CVSS base score."),
			perhaps("asset", TypeOf(String), "Where it was found."),
			perhaps("exploited", TypeOf(Boolean), "Whether it is known to be exploited."),
			perhaps("first_seen", TypeOf(Timestamp), "When it was first found there."),
			perhaps("link", TypeOf(URL), "The scanner's page about it."),
		)), "What was found."),
			perhaps("truncated", TypeOf(Boolean), "Whether there are more.")),
	}
}
