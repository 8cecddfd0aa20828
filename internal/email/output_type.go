package email

import "github.com/harrier-soar/harrier/schema"

// OutputType returns the type of what [Message.Output] returns.
func OutputType() schema.Type {
	text, number := schema.TypeOf(schema.String), schema.TypeOf(schema.Integer)
	emails, urls := schema.ListOf(schema.TypeOf(schema.Email)), schema.ListOf(schema.TypeOf(schema.URL))
	optional := func(k schema.Kind) schema.Type { return schema.OptionalOf(schema.TypeOf(k)) }
	return schema.ObjectOf(append(textFields(),
		field("message_id", text, "The Message-ID; made up under .invalid where there is none."),
		field("subject", text, "The decoded subject."),
		field("date", optional(schema.Timestamp), "When the sender says it was sent."),
		field("from", schema.ObjectOf(
			field("address", schema.TypeOf(schema.Email), "The author's address; under .invalid where there is none."),
			field("name", text, "The name that is shown."),
			field("domain", schema.TypeOf(schema.Domain), "The domain of the address."),
		), "Who the mail says it is from."),
		field("return_path", optional(schema.Email), "The envelope sender."),
		field("reply_to", emails, "Where answers go."),
		field("to", emails, "Recipients."),
		field("cc", emails, "Recipients of copies."),
		field("reported_by", optional(schema.Email), "Who attached the mail to a report."),
		field("authentication", authenticationType(), "What the receiving server found out."),
		field("hops", schema.ListOf(schema.ObjectOf(
			field("from", text, "The name that the sending server gave."), field("by", text, "The server that wrote this."),
			field("with", text, "The protocol."), field("ip", optional(schema.IP), "Where it came from."), field("time", optional(schema.Timestamp), "When."),
		)), "The Received fields, last hop first."),
		field("mailer", text, "The program that the sender names."),
		field("exchange", schema.OptionalOf(exchangeType()), "What Microsoft's filters wrote; other servers let anybody write it."),
		field("report", schema.OptionalOf(reportType()), "How the mail was reported; absent where it is no report."),
		field("simulation", schema.OptionalOf(schema.ObjectOf(
			field("vendor", text, "Whose exercise."), field("proven", schema.TypeOf(schema.Boolean), "It came from where the organisation said; a header alone proves nothing."), field("evidence", text, "What was seen."),
		)), "The phishing exercise that it is, or claims to be."),
		field("automatic", optional(schema.Boolean), "A machine sent the mail: nobody wrote it, nobody should answer."),
		field("automatic_why", optional(schema.String), "How that shows."),
		field("auto_submitted", text, "Auto-Submitted; empty or no means a person sent it."),
		field("list", schema.MapOf(text), "The List-* fields by lower-case name."),
		field("links", urls, "Where the mail leads, each once."),
		field("suspicious_links", urls, "Links that mislead by themselves: other text, bare address, user name, look-alike letters."),
		field("link_domains", schema.ListOf(schema.TypeOf(schema.Domain)), "The hosts of the links."),
		field("link_details", schema.OptionalOf(schema.ListOf(linkDetailType())), "What is known about each link."),
		field("attachments", schema.ListOf(attachmentType()), "Files."),
		field("observables", schema.ListOf(schema.ObjectOf(
			field("type", valuesOf(TypeURL, TypeDomain, TypeIP, TypeEmail, TypeHash), "What it is."), field("value", text, "Canonical and refanged."),
			field("role", valuesOf(RoleSender, RoleReplyTo, RoleLink, RoleBody, RoleAttachment, RoleHop, RoleRedirect), "What it is to the mail."),
			field("where", text, "Where it stood first."), field("layer", number, "How many mails it is inside of."),
		)), "What can be looked up, of all layers."),
		field("text", text, "The beginning of the text."),
		field("body_sha256", schema.TypeOf(schema.Hash), "SHA-256 of the decoded bodies."),
		field("layers", number, "How many mails the reported one is inside of."),
		field("signals", schema.ListOf(schema.ObjectOf(field("code", valuesOf(signalCodes()...), "The rule."), field("text", text, "For people."))), "What is striking; no verdicts."),
		field("warnings", schema.ListOf(schema.ObjectOf(field("code", text, "The rule."), field("where", text, "The part."), field("text", text, "For people."))), "What was broken or left out."),
	)...)
}

// authenticationType returns the type of output.authentication.
func authenticationType() schema.Type {
	text, number, result := schema.TypeOf(schema.String), schema.TypeOf(schema.Integer), valuesOf(authResultNames()...)
	return schema.ObjectOf(
		field("server", text, "Who says so; empty in the dialect of Exchange."),
		field("spf", result, "May the server send for the envelope's domain?"), field("dkim", result, "Is a signature valid?"),
		field("dmarc", result, "Does either belong to the From domain?"), field("compauth", result, "Microsoft's judgement of all."),
		field("arc", result, "Is the chain of forwarders valid?"),
		field("dkim_domain", schema.OptionalOf(schema.TypeOf(schema.Domain)), "The domain of the valid signature."),
		field("arc_chain", schema.OptionalOf(arcType()), "What forwarders wrote."),
		field("signatures", schema.OptionalOf(schema.ListOf(schema.ObjectOf(
			field("header", text, "Which field."), field("domain", schema.TypeOf(schema.Domain), "Who claims to have signed."), field("selector", text, "With which key."),
		))), "DKIM signatures that it carries, valid or not."),
		field("spf_domain", schema.OptionalOf(schema.TypeOf(schema.Domain)), "The domain that SPF looked at."),
		field("trusted", schema.OptionalOf(schema.TypeOf(schema.Boolean)), "One of trusted_servers says so; otherwise nobody vouches."),
		field("aligned", schema.OptionalOf(schema.TypeOf(schema.Boolean)), "What passed belongs to the From domain."), field("why", schema.OptionalOf(text), "Why it is aligned, or not."),
		field("results", schema.ListOf(schema.ObjectOf(
			field("server", text, "Who says so."), field("arc_instance", number, "The ARC set; 0 for none."),
			field("hops_above", number, "Servers that took the mail later."), field("method", text, "spf, dkim, …"), field("result", text, "As written."),
			field("reason", text, "As written."), field("comment", text, "As written."), field("properties", schema.MapOf(text), "What was examined."),
		)), "All results, topmost first; those below the topmost server may be forged."),
	)
}

// attachmentType returns the type of an item of output.attachments.
func attachmentType() schema.Type {
	text, hash := schema.TypeOf(schema.String), schema.TypeOf(schema.Hash)
	return schema.ObjectOf(append(insideFields(),
		field("name", text, "A safe file name."), field("type", text, "What the content looks like."), field("declared_type", text, "What the mail says."),
		field("size", schema.TypeOf(schema.Integer), "Bytes."), field("md5", hash, "MD5."), field("sha1", hash, "SHA-1."), field("sha256", hash, "SHA-256."),
		field("inline", schema.TypeOf(schema.Boolean), "Shown inside of the text."), field("where", text, "The part."),
	)...)
}

// field returns a documented field of an output.
func field(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Required: !t.Optional, Help: help}
}

// valuesOf returns the type of text that is one of some values.
func valuesOf(values ...string) schema.Type {
	return schema.Type{Kind: schema.String, Values: values}
}
