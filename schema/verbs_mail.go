package schema

import "github.com/harrier-soar/harrier"

// mailVerbs find, remove and send mail.
func mailVerbs() []Verb {
	return append([]Verb{mailSearch(), mailGet(), mailSend()}, mailContainment()...)
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
