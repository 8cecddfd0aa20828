package rest

import "github.com/harrier-soar/harrier/schema"

// manifestGrammar is the rule of a whole file.
func manifestGrammar() rule {
	return object("A connector: one product that speaks HTTP.",
		need("harrier", enum("Version of the format.", "1")),
		need("connector", as(textForm, "Name in playbooks, as in abuseipdb.check_ip.")),
		need("title", as(textForm, "Name of the product for people.")),
		need("category", enum("What sort of product it is.", "threat_intel", "sandbox", "mail", "endpoint", "identity",
			"firewall", "siem", "ticketing", "chat", "oncall", "asset", "vulnerability", "cloud", "other")),
		can("docs", as(textForm, "Where the vendor describes its API.")),
		can("provider", as(textForm, "Who is behind what it says, such as abuse.ch: products of one provider are one source. The connector's name where it is not said.")),
		can("reliability", enum("How reliable what it says is, by the Admiralty code: A completely, B usually, C fairly, D not usually, E not, F cannot be judged, as where it is not said.",
			schema.Reliabilities()...)),
		need("settings", mapOf(named("setting"), "What a connection configures; base_url is one of them.")),
		can("auth", authGrammar()),
		can("limits", limitsGrammar()),
		can("check", either("The read that tests a connection.",
			as(textForm, "Name of an action."),
			object("An action and its inputs.",
				need("action", as(textForm, "Name of the action.")),
				can("with", mapOf(as(dataForm, ""), "Inputs, without expressions."))))),
		can("errors", named("errors")),
		need("actions", mapOf(named("action"), "What the product can do, by name.")),
	)
}

// authGrammar is the rule of auth.
func authGrammar() rule {
	header, prefix := as(textForm, "Header that carries the credential."), as(textForm, "What stands before the credential, such as Bearer and a space.")
	return either("How to prove who calls; credentials themselves are in the vault.",
		enum("A form without parameters.", "none", "basic", "bearer", "mtls"),
		object("A form with parameters.",
			can("api_key", object("A key in a header, in the query or in a JSON body.",
				can("header", header), can("prefix", prefix), can("query", as(textForm, "Query parameter that carries the key.")),
				can("body", as(textForm, "Field of the JSON body that carries the key."))).
				choosing(exactly("header", "query", "body"))),
			can("basic", object("User name and password.")),
			can("bearer", object("A token in Authorization.", can("prefix", prefix))),
			can("oauth2", object("Client credentials (RFC 6749 §4.4).",
				need("token_url", as(textForm, "Where tokens come from; {x} is the setting x.")),
				can("scopes", listOf(as(textForm, ""), "What the token may do.")))),
			can("jwt_bearer", object("Signed assertions (RFC 7523 §2.1), as of a service account that acts for others.",
				need("token_url", as(textForm, "Where tokens come from; {x} is the setting x.")),
				can("scopes", listOf(as(textForm, ""), "What the token may do.")),
				can("subject", as(textForm, "The setting that names on whose behalf requests are made.")),
				can("subject_path", as(textForm, "Path below base_url up to {subject}, the segment that names somebody else.")))),
			can("hmac", object("A signature over the body.",
				need("header", as(textForm, "Header that carries the signature.")), can("prefix", prefix),
				need("algorithm", enum("Hash of the signature.", "sha256", "sha512")))),
			can("mtls", object("A client certificate.")),
			can("login", object("A session obtained by a log-in request.",
				need("path", as(textForm, "Path below base_url that the log-in is posted to.")),
				need("body", mapOf(as(textForm, "Name of a secret."), "Fields of the JSON body and the secrets in them.")),
				need("token", as(textForm, "Place of the token in the answer, such as body.token.")),
				can("ttl", as(durationForm, "How long a session lasts.")),
				can("header", header), can("prefix", prefix))),
		).choosing(exactly("api_key", "basic", "bearer", "oauth2", "jwt_bearer", "hmac", "mtls", "login")))
}

// limitsGrammar is the rule of limits.
func limitsGrammar() rule {
	return object("What one connection asks of its vendor at most.",
		can("rate", as(rateForm, "Calls per second, minute, hour or day, as in 4/m.")),
		can("burst", as(integerForm, "Calls that may be made at once after a pause.")),
		can("daily", as(integerForm, "Calls per UTC day.")),
		can("concurrent", as(integerForm, "Calls in flight at once; 8 where it is not said.")))
}

// fieldKeys are the keys that describe any typed value.
func fieldKeys(fields string) []key {
	return []key{
		need("type", as(typeForm, "Type of the value.")),
		can("help", as(textForm, "One sentence for people.")),
		can("values", listOf(as(textForm, ""), "The only values that a string may have.")),
		can("fields", mapOf(named(fields), "Fields of an object, or of each object in a list.")),
	}
}

// inputGrammar is the rule of one setting or input.
func inputGrammar(name string) rule {
	return object("A typed, documented value.", fieldKeys(name)...).with(
		can("required", as(booleanForm, "Whether it must be given.")),
		can("default", as(dataForm, "What it is where it is not given.")),
		can("min", as(dataForm, "Least number, or least length of text and lists.")),
		can("max", as(dataForm, "Greatest number, or greatest length of text and lists.")))
}

// outputGrammar is the rule of one output.
func outputGrammar() rule {
	return object("A typed value and where in the answer it comes from.", fieldKeys("output")...).with(
		can("optional", as(booleanForm, "Whether it may be absent; otherwise its absence is drift.")),
		can("from", as(celForm, "CEL over body, status, headers, items, input and settings.")),
		can("each", as(celForm, "CEL giving a list; fields are taken from each item.")),
	).choosing(atMost("from", "each"))
}

// classes lists the classes that a manifest may give to an answer.
func classes() []string {
	return []string{"not_found", "denied", "limited", "invalid", "unavailable", "unknown"}
}

// errorsGrammar is the rule of errors.
func errorsGrammar() rule {
	status := as(statusForm, "An HTTP status, or 4xx or 5xx.")
	return listOf(object("What an answer means; the first rule that matches counts.",
		can("status", either("Statuses that the rule is for; every one where it is absent.", status, listOf(status, ""))),
		can("when", as(celForm, "CEL over body, status and headers that must be true.")),
		can("class", enum("What the failure means for what happens next.", classes()...)),
		can("message", as(celForm, "CEL giving the vendor's own words.")),
		can("output", mapOf(as(treeForm, ""), "This refusal is an answer, with these outputs.")),
		can("skip", as(booleanForm, "Leave this one of the fan-out out.")),
	).choosing(exactly("class", "output", "skip")), "What failures look like.")
}

// typeNames lists the kinds that a manifest may name.
func typeNames() []string {
	out := make([]string, 0, len(schema.Kinds()))
	for _, k := range schema.Kinds() {
		out = append(out, string(k))
	}
	return out
}
