package rest

// actionGrammar is the rule of one action.
func actionGrammar() rule {
	names := func(help string) rule { return listOf(as(textForm, ""), help) }
	return object("One thing that the product can do.",
		need("title", as(textForm, "What it does, in a few words.")),
		can("help", as(textForm, "More about it.")),
		can("verb", as(textForm, "The vendor-neutral capability that it provides.")),
		can("unsupported", names("Inputs of the verb that the product cannot honour.")),
		need("effect", enum("What it does to the world.", "read", "disclose", "notify", "record", "contain", "destroy")),
		can("safe", as(booleanForm, "Affirms that a read by a method other than GET changes nothing.")),
		can("repeat", enum("How it may be repeated when its outcome is unknown.", "natural", "key", "probe", "never")),
		can("key_ttl", as(durationForm, "How long the vendor honours an idempotency key.")),
		can("input", mapOf(named("input"), "What a call gives.")),
		can("prepare", mapOf(named("request"), "Reads that are made first, in order.")),
		need("request", named("request")),
		can("response", object("What the answer is.",
			can("format", enum("How the body is read: as JSON, as text, as base64 of its bytes, or not at all.", "json", "text", "base64", "none")),
			can("max", as(sizeForm, "Largest body.")))),
		can("paging", named("paging")),
		can("fan_out", fanOutGrammar()),
		can("job", jobGrammar()),
		can("errors", named("errors")),
		can("absent", object("What the answer is where the vendor does not know the thing (404 or 410).",
			need("output", mapOf(as(treeForm, ""), "The outputs.")))),
		can("undo", either("The action that reverses it.", as(textForm, "Its name."), linkGrammar())),
		can("probe", linkGrammar().with(
			need("done", as(celForm, "CEL over input and the probe's output: true where the effect is in place.")),
			can("settle", as(durationForm, "How long the vendor takes to show it.")))),
		can("shares", names("Inputs that leave our hands.")),
		can("targets", names("Inputs that name what is acted on.")),
		can("output", mapOf(named("output"), "What a call gives back.")),
		can("raw", as(booleanForm, "Whether output.raw holds the whole body.")),
		can("example", mapOf(as(dataForm, ""), "A typed answer, for shadow runs, documentation and tests.")),
		can("timeout", as(durationForm, "How long one call may take.")),
		can("retry", object("How a failed call is repeated.",
			need("attempts", as(integerForm, "Calls in all.")),
			can("base", as(durationForm, "First wait, at most.")),
			can("max", as(durationForm, "Longest wait.")))),
		can("verdict_ttl", as(durationForm, "How long an answer may be reused.")),
	)
}

// linkGrammar is the rule of a reference to another action.
func linkGrammar() rule {
	return object("An action and how to fill its inputs.",
		need("action", as(textForm, "Name of the action.")),
		can("with", mapOf(as(treeForm, ""), "Its inputs; ${{ }} over input, and output for an undo.")))
}

// methods lists the HTTP methods in the order in which they are documented.
func methods() []string { return []string{"get", "post", "put", "patch", "delete"} }

// requestGrammar is the rule of one request.
func requestGrammar() rule {
	path := as(textForm, "Path below base_url; {x} is one encoded segment.")
	trees := func(help string) rule { return mapOf(as(treeForm, ""), help) }
	var keys []key
	for _, m := range methods() {
		keys = append(keys, can(m, path))
	}
	return object("One HTTP request.", keys...).with(
		can("safe", as(booleanForm, "Affirms that a read by a method other than GET changes nothing; not on the action's own request.")),
		can("path", trees("Values of {x} in the path that are not inputs of that name.")),
		can("query", trees("Query parameters; absent ones are left out, lists are repeated.")),
		can("headers", trees("Headers.")),
		can("body", as(treeForm, "JSON body.")),
		can("form", trees("Form body.")),
		can("multipart", trees("Multipart body; a part {file, name, type} is a file.")),
	).choosing(exactly(methods()...), atMost("body", "form", "multipart"))
}

// pagingGrammar is the rule of paging.
func pagingGrammar() rule {
	query := as(textForm, "Query parameter.")
	return object("How an answer goes on.",
		need("items", as(celForm, "CEL giving the list on one page.")),
		can("link", as(celForm, "CEL giving the next page's URL, or the word header for the Link header.")),
		can("cursor", object("The next page's mark.",
			need("from", as(celForm, "CEL giving the mark; empty or absent at the end.")),
			can("query", query), can("body", as(textForm, "Key of the JSON body.")), can("form", as(textForm, "Field of the form.")),
		).choosing(exactly("query", "body", "form"))),
		can("offset", object("How many to leave out.", need("query", query), need("size", as(integerForm, "Items on a full page.")))),
		can("page", object("The page's number.", need("query", query), need("size", as(integerForm, "Items on a full page.")),
			can("start", as(integerForm, "Number of the first page; 1 where it is not said.")))),
		can("max_pages", as(integerForm, "Pages that are fetched at most.")),
		can("max_items", as(integerForm, "Items that are fetched at most.")),
	).choosing(exactly("link", "cursor", "offset", "page"))
}

// fanOutGrammar is the rule of fan_out.
func fanOutGrammar() rule {
	return object("The same request for each of many things.",
		can("over", as(celForm, "CEL giving the list; where it is absent, the list request is made.")),
		can("list", named("request")),
		can("items", as(celForm, "CEL giving the list in the answer to the list request.")),
		can("paging", named("paging")),
		can("max", as(integerForm, "Things at most.")),
		can("parallel", as(integerForm, "Requests at once.")))
}

// jobGrammar is the rule of job.
func jobGrammar() rule {
	return object("What to do until the vendor has finished; no worker waits for it.",
		need("state", mapOf(as(celForm, "CEL over the answer to the request."), "What is remembered, as job.NAME.")),
		can("after", as(durationForm, "When to look first: after a second where it is absent, 0s where the first poll may come at once.")),
		need("poll", named("request")),
		need("done", as(celForm, "CEL over the poll's answer: true at the end.")),
		can("failed", object("How a failed job looks.",
			need("when", as(celForm, "CEL over the poll's answer.")),
			need("class", enum("What the failure means.", classes()...)),
			can("message", as(celForm, "CEL giving the vendor's own words.")))),
		can("result", named("request")),
		need("every", as(durationForm, "When to look again.")),
		need("max", as(durationForm, "When to give up.")))
}
