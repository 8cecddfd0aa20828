package schema

import "github.com/harrier-soar/harrier"

// mailVerbs find, remove and send mail.
func mailVerbs() []Verb {
	return append([]Verb{mailSearch(), mailGet(), mailCorrespondence(), mailClicks(), mailRules(), mailSend()}, mailContainment()...)
}

// mailSearch finds copies of a mail over all mailboxes.
func mailSearch() Verb {
	return reading("mail.search", "Find mail in all mailboxes", []Field{
		may("message_id", TypeOf(String), "Internet Message-ID, with or without its angle brackets."),
		may("subject", TypeOf(String), "Exact subject."),
		may("sender", TypeOf(Email), "Address in From."),
		may("links", ListOf(TypeOf(URL)), "Links, any of which the body contains."),
		may("attachment_sha256", ListOf(TypeOf(Hash)), "Hashes, any of which an attachment has."),
		may("mailboxes", ListOf(TypeOf(Email)), "Look only in these mailboxes."),
		may("since", TypeOf(Timestamp), "Only what was received at or after this time."),
		may("until", TypeOf(Timestamp), "Only what was received before this time."),
	}, must("messages", ListOf(mailMessage()), "The copies that were found; all inputs that are given must match."),
		perhaps("truncated", TypeOf(Boolean), "Whether there are more than the connector was willing to fetch."))
}

// mailMessage is one copy of a mail in one mailbox.
func mailMessage() Type {
	return ObjectOf(
		must("mailbox", TypeOf(String), "The mailbox that holds the copy."),
		must("id", TypeOf(String), "The vendor's id of the copy, for mail.get and mail.quarantine."),
		perhaps("internet_message_id", TypeOf(String), "Message-ID of the mail."),
		perhaps("subject", TypeOf(String), "Subject of the mail."),
		perhaps("from", TypeOf(String), "Address in From."),
		perhaps("received", TypeOf(Timestamp), "When the mailbox received it."),
		perhaps("folder", TypeOf(String), "The vendor's id of the folder that it is in."),
		perhaps("read", TypeOf(Boolean), "Whether it was opened."),
		perhaps("held", TypeOf(Boolean), "Whether a legal hold keeps it from being moved."),
	)
}

// mailGet reads one copy.
func mailGet() Verb {
	return reading("mail.get", "Read one mail", mailCopy(),
		append(mailMessage().Fields,
			perhaps("to", ListOf(TypeOf(String)), "Addresses in To."),
			perhaps("raw", TypeOf(String), "The whole mail as RFC 5322 text in base64."),
		)...)
}

// mailCopy names one copy of a mail.
func mailCopy() []Field {
	return []Field{
		must("mailbox", TypeOf(String), "The mailbox that holds the copy."),
		must("message_id", TypeOf(String), "The vendor's id of the copy."),
	}
}

// mailCorrespondence tells whether we know a sender: whom our own people wrote to
// is no stranger, however odd a mail looks.
func mailCorrespondence() Verb {
	return reading("mail.correspondence", "Tell how much mail was exchanged with somebody", []Field{
		must("with", TypeOf(String), "Mail address, or a domain for everybody in it."),
		may("since", TypeOf(Timestamp), "Only what was sent or received at or after this time."),
		may("until", TypeOf(Timestamp), "Only what was sent or received before this time."),
	}, must("sent", TypeOf(Integer), "How many mails our people wrote to it, as far as the connector counted."),
		must("received", TypeOf(Integer), "How many mails came from it, as far as the connector counted."),
		perhaps("last_sent", TypeOf(Timestamp), "When the newest of those that were written was sent."),
		perhaps("first_received", TypeOf(Timestamp), "When the oldest of those that came was received."),
		perhaps("truncated", TypeOf(Boolean), "Whether there are more than were counted."))
}

// mailClicks tells who followed a link, and who sent something to the page behind it.
func mailClicks() Verb {
	return reading("mail.clicks", "List who followed links", []Field{
		must("urls", ListOf(TypeOf(URL)), "The links, any of which was followed."),
		may("since", TypeOf(Timestamp), "Only what happened at or after this time."),
		may("until", TypeOf(Timestamp), "Only what happened before this time."),
	}, must("clicks", ListOf(ObjectOf(
		must("user", TypeOf(User), "Who followed it: log-in name or mail address."),
		must("url", TypeOf(URL), "The link."),
		must("at", TypeOf(Timestamp), "When it was followed."),
		perhaps("allowed", TypeOf(Boolean), "Whether the page was reached; false where something stopped it."),
		perhaps("submitted", TypeOf(Boolean), "Whether something was sent to the page, as from a form."),
		perhaps("ip", TypeOf(IP), "Address that followed it."),
		perhaps("user_agent", TypeOf(String), "Program that followed it; scanners and previews give themselves away here."),
		perhaps("host", TypeOf(Host), "Machine that followed it."),
	)), "Who followed the links, scanners and previews among them."),
		perhaps("truncated", TypeOf(Boolean), "Whether there are more."))
}

// mailRules lists what a mailbox does by itself; thieves of accounts leave rules behind.
func mailRules() Verb {
	return reading("mail.rules", "List the rules of a mailbox", []Field{
		must("mailbox", TypeOf(String), "The mailbox."),
	}, must("rules", ListOf(ObjectOf(
		must("id", TypeOf(String), "The product's id of the rule."),
		must("name", TypeOf(String), "Name of the rule."),
		must("enabled", TypeOf(Boolean), "Whether it acts."),
		perhaps("forwards_to", ListOf(TypeOf(String)), "Addresses that it forwards or redirects to."),
		perhaps("deletes", TypeOf(Boolean), "Whether it deletes what it matches."),
		perhaps("moves_to", TypeOf(String), "The product's id of the folder that it moves to."),
	)), "The rules of the mailbox."))
}

// mailSend sends a mail to people.
func mailSend() Verb {
	return doing(Verb{Effect: harrier.Notify, Name: "mail.send", Title: "Send a mail"}, []Field{
		must("to", ListOf(TypeOf(Email)), "Who gets it."),
		may("cc", ListOf(TypeOf(Email)), "Who gets a copy."),
		must("subject", TypeOf(String), "Subject of the mail."),
		must("body", TypeOf(String), "Plain text of the mail."),
		may("reply_to", TypeOf(Email), "Where answers go."),
	}, perhaps("message_id", TypeOf(String), "Message-ID of what was sent."))
}

// mailContainment removes mail and blocks what sends it.
func mailContainment() []Verb {
	restoring := append(mailCopy(),
		may("folder", TypeOf(String), "Where the copy goes back to; the inbox where it is not said."),
		may("read", TypeOf(Boolean), "Whether the copy is marked as read."))
	verbs := []Verb{
		containing("mail.quarantine", "mail.restore", doing(Verb{Title: "Take a mail out of a mailbox"}, mailCopy(),
			must("quarantined_id", TypeOf(String), "The vendor's id of the copy where it is now."),
			perhaps("folder_before", TypeOf(String), "The folder that it was in."),
			perhaps("read_before", TypeOf(Boolean), "Whether it had been opened."),
			perhaps("folder", TypeOf(String), "The folder that it is in now."))),
		containing("mail.restore", "mail.quarantine", doing(Verb{Title: "Put a mail back"}, restoring,
			must("message_id", TypeOf(String), "The vendor's id of the copy where it is now."),
			perhaps("folder", TypeOf(String), "The folder that it is in now."))),
	}
	rule := []Field{
		must("mailbox", TypeOf(String), "The mailbox."),
		must("rule", TypeOf(String), "The product's id of the rule."),
	}
	enabled := must("enabled", TypeOf(Boolean), "Whether the rule acts now.")
	verbs = append(verbs,
		containing("mail.disable_rule", "mail.enable_rule", doing(Verb{Title: "Switch a rule of a mailbox off"}, rule, enabled)),
		containing("mail.enable_rule", "mail.disable_rule", doing(Verb{Title: "Switch a rule of a mailbox on"}, rule, enabled)))
	sender := must("sender", TypeOf(String), "Mail address, or a domain for everybody in it.")
	link := must("url", TypeOf(URL), "The link.")
	verbs = append(verbs, blocking("mail", "sender", "a sender", sender)...)
	return append(verbs, blocking("mail", "url", "a link in mail", link)...)
}

// blocking returns namespace.block_thing and namespace.unblock_thing, which
// put something on a list and take it off. Both set a state.
func blocking(namespace, thing, title string, target Field) []Verb {
	block, unblock := namespace+".block_"+thing, namespace+".unblock_"+thing
	input := []Field{target, may("comment", TypeOf(String), "Why; kept beside the entry where the product can.")}
	return []Verb{
		containing(block, unblock, doing(Verb{Title: "Block " + title}, input,
			must("blocked", TypeOf(Boolean), "Whether it is blocked now."),
			perhaps("already", TypeOf(Boolean), "Whether it was blocked before."),
			perhaps("entry_id", TypeOf(String), "The product's id of the entry."))),
		containing(unblock, block, doing(Verb{Title: "Stop blocking " + title},
			append(input[:2:2], may("entry_id", TypeOf(String), "The product's id of the entry, as blocking gave it.")),
			must("blocked", TypeOf(Boolean), "Whether it is blocked now."))),
	}
}
