package schema

import "github.com/harrier-soar/harrier"

// intelVerbs ask what is known about an observable. They go to every source
// at once unless the playbook says otherwise.
func intelVerbs() []Verb {
	verbs := []Verb{
		reading("intel.lookup_ip", "Look up an address", []Field{
			must("ip", TypeOf(IP), "IPv4 or IPv6 address to look up."), maxAge(),
		}, append(opinion(),
			perhaps("country", TypeOf(String), "ISO 3166 code of the country that the address is registered in."),
			perhaps("asn", TypeOf(Integer), "Number of the autonomous system that announces the address."),
			perhaps("as_owner", TypeOf(String), "Name of that autonomous system's owner."),
		)...),
		reading("intel.lookup_domain", "Look up a domain", []Field{
			must("domain", TypeOf(Domain), "Domain name to look up."), maxAge(),
		}, append(opinion(),
			perhaps("registered", TypeOf(Timestamp), "When the domain was registered."),
			perhaps("registrar", TypeOf(String), "Who registered the domain."),
		)...),
		reading("intel.lookup_url", "Look up a link", []Field{
			must("url", TypeOf(URL), "Link to look up."), maxAge(),
		}, append(opinion(),
			perhaps("final_url", TypeOf(URL), "Where the link led after redirects."),
			perhaps("page_title", TypeOf(String), "Title of the page behind the link."),
		)...),
		reading("intel.lookup_file", "Look up a file by its hash", []Field{
			must("hash", TypeOf(Hash), "MD5, SHA-1 or SHA-256 of the file."), maxAge(),
		}, append(opinion(),
			perhaps("names", ListOf(TypeOf(String)), "Names under which the file was seen."),
			perhaps("file_type", TypeOf(String), "What sort of file it is."),
			perhaps("size", TypeOf(Integer), "Size of the file in bytes."),
			perhaps("sha256", TypeOf(Hash), "SHA-256 of the file."),
			perhaps("family", TypeOf(String), "Name of the malware family."),
		)...),
		reading("intel.lookup_email", "Look up a mail address", []Field{
			must("email", TypeOf(Email), "Mail address to look up."), maxAge(),
		}, opinion()...),
	}
	for i := range verbs {
		verbs[i].All = true
	}
	return append(verbs, doing(Verb{Effect: harrier.Disclose, Name: "intel.report", Title: "Report an observable to a source"}, []Field{
		must("type", oneOf("ip", "domain", "url", "file", "email"), "What sort of observable it is."),
		must("value", TypeOf(String), "The observable."),
		given("categories", ListOf(TypeOf(String)), []any{}, "What it was seen doing, such as phishing or brute_force."),
		may("comment", TypeOf(String), "Text for the people behind the source; write no internal names."),
		may("seen_at", TypeOf(Timestamp), "When it was seen."),
	}, must("accepted", TypeOf(Boolean), "Whether the source took the report."),
		perhaps("report_id", TypeOf(String), "The source's own id of the report."),
		perhaps("link", TypeOf(URL), "The report at the source.")))
}

// maxAge is the input that bounds how old a source's knowledge may be.
func maxAge() Field {
	f := may("max_age_days", TypeOf(Integer), "Ignore what the source learned longer ago than this many days.")
	lo, hi := 1.0, 3650.0
	f.Min, f.Max = &lo, &hi
	return f
}

// opinion returns the outputs that every lookup has.
func opinion() []Field {
	return []Field{
		must("verdict", TypeOf(Verdict), "What the source thinks; unknown where it knows nothing."),
		perhaps("score", TypeOf(Number), "How bad it is from 0 to 100, as far as the source tells."),
		perhaps("confidence", TypeOf(Number), "How sure the source is, from 0 to 100."),
		perhaps("reports", TypeOf(Integer), "How many reports or detections it rests on."),
		perhaps("categories", ListOf(TypeOf(String)), "What the source calls it, such as phishing."),
		perhaps("first_seen", TypeOf(Timestamp), "When the source first saw it."),
		perhaps("last_seen", TypeOf(Timestamp), "When the source last saw it."),
		perhaps("link", TypeOf(URL), "The source's page about it."),
	}
}

// sandboxVerbs run a file or open a page somewhere safe.
func sandboxVerbs() []Verb {
	report := append(opinion(),
		perhaps("family", TypeOf(String), "Name of the malware family."),
		perhaps("techniques", ListOf(TypeOf(String)), "ATT&CK techniques that were seen, such as T1566.001."),
		perhaps("observables", ListOf(ObjectOf(
			must("type", TypeOf(String), "What sort of observable it is: ip, domain, url, file or email."),
			must("value", TypeOf(String), "The observable."),
		)), "What it talked to and what it dropped."),
	)
	submitted := must("report_id", TypeOf(String), "The id to ask sandbox.report about.")
	visibility := given("public", TypeOf(Boolean), false, "Whether everybody may see the report.")
	return []Verb{
		doing(Verb{Effect: harrier.Disclose, Name: "sandbox.submit_file", Title: "Run a file in a sandbox"}, []Field{
			must("evidence", TypeOf(EvidenceID), "The stored file."),
			may("name", TypeOf(String), "Name that the file has in the sandbox."),
			may("password", TypeOf(String), "Password of an archive."), visibility,
		}, append([]Field{submitted}, optional(report)...)...),
		doing(Verb{Effect: harrier.Disclose, Name: "sandbox.submit_url", Title: "Open a link in a sandbox"}, []Field{
			must("url", TypeOf(URL), "The link to open."), visibility,
		}, append([]Field{submitted}, optional(report)...)...),
		reading("sandbox.report", "Read a sandbox report", []Field{
			must("report_id", TypeOf(String), "The id that the submission gave."),
		}, append([]Field{must("finished", TypeOf(Boolean), "Whether the analysis has ended.")}, report...)...),
	}
}

// optional returns the fields as outputs that may be absent.
func optional(fields []Field) []Field {
	out := make([]Field, len(fields))
	for i, f := range fields {
		f.Required, f.Type = false, OptionalOf(f.Type)
		out[i] = f
	}
	return out
}
