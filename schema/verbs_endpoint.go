package schema

import "github.com/harrier-soar/harrier"

// endpointVerbs look at hosts and act on them.
func endpointVerbs() []Verb {
	verbs := []Verb{
		reading("endpoint.get_host", "Look up a host", []Field{hostInput()}, hostFields()...),
		reading("endpoint.find_file", "Find hosts that have a file", []Field{
			must("hash", TypeOf(Hash), "Hash of the file."),
			may("since", TypeOf(Timestamp), "Only what was seen at or after this time."),
		}, must("hosts", ListOf(ObjectOf(
			must("host_id", TypeOf(String), "The product's id of the host."),
			perhaps("host", TypeOf(Host), "Name of the host."),
			perhaps("path", TypeOf(String), "Where the file is."),
			perhaps("last_seen", TypeOf(Timestamp), "When it was last seen there."),
		)), "Where the file is or was."),
			perhaps("truncated", TypeOf(Boolean), "Whether there are more.")),
	}
	return append(append(verbs, endpointContainment()...), endpointTasks()...)
}

// hostInput names a host.
func hostInput() Field {
	return must("host", TypeOf(Host), "Name, address or the product's id of the host.")
}

// hostFields is what is known about a host.
func hostFields() []Field {
	return []Field{
		must("host_id", TypeOf(String), "The product's id of the host."),
		must("host", TypeOf(Host), "Name of the host."),
		perhaps("os", TypeOf(String), "Operating system."),
		perhaps("addresses", ListOf(TypeOf(IP)), "Addresses of the host."),
		perhaps("users", ListOf(TypeOf(User)), "Who is or was logged in."),
		perhaps("isolated", TypeOf(Boolean), "Whether the host is cut off from the network."),
		perhaps("online", TypeOf(Boolean), "Whether the agent answers."),
		perhaps("last_seen", TypeOf(Timestamp), "When the agent was last heard."),
		perhaps("groups", ListOf(TypeOf(String)), "Groups or tags of the host."),
		perhaps("link", TypeOf(URL), "The product's page about the host."),
	}
}

// endpointContainment cuts hosts off and takes files away.
func endpointContainment() []Verb {
	comment := may("comment", TypeOf(String), "Why; shown by the product.")
	isolated := must("isolated", TypeOf(Boolean), "Whether the host is cut off now, or will be once the agent answers.")
	pending := perhaps("pending", TypeOf(Boolean), "Whether the agent has yet to carry it out.")
	file := []Field{
		hostInput(),
		must("hash", TypeOf(Hash), "Hash of the file."),
		may("path", TypeOf(String), "Where the file is."), comment,
	}
	verbs := []Verb{
		containing("endpoint.isolate", "endpoint.release", doing(Verb{Title: "Cut a host off from the network"},
			[]Field{hostInput(), comment}, isolated, pending,
			perhaps("host_id", TypeOf(String), "The product's id of the host."))),
		containing("endpoint.release", "endpoint.isolate", doing(Verb{Title: "Let a host back on the network"},
			[]Field{hostInput(), comment}, isolated, pending)),
		containing("endpoint.quarantine_file", "endpoint.restore_file", doing(Verb{Title: "Take a file away from a host"}, file,
			must("quarantined", TypeOf(Boolean), "Whether the file is in quarantine now."),
			perhaps("quarantine_id", TypeOf(String), "The product's id of the file in quarantine."), pending)),
		containing("endpoint.restore_file", "endpoint.quarantine_file", doing(Verb{Title: "Give a file back to a host"},
			append(file[:4:4], may("quarantine_id", TypeOf(String), "The product's id of the file in quarantine.")),
			must("quarantined", TypeOf(Boolean), "Whether the file is in quarantine now."), pending)),
	}
	return append(verbs, blocking("endpoint", "hash", "a file on all hosts", must("hash", TypeOf(Hash), "Hash of the file."))...)
}

// endpointTasks run something on a host.
func endpointTasks() []Verb {
	task := perhaps("task_id", TypeOf(String), "The product's id of the task.")
	pending := perhaps("pending", TypeOf(Boolean), "Whether the agent has yet to carry it out.")
	return []Verb{
		doing(Verb{Effect: harrier.Destroy, Name: "endpoint.kill_process", Title: "End a process"}, []Field{
			hostInput(),
			may("pid", TypeOf(Integer), "Number of the process."),
			may("hash", TypeOf(Hash), "Hash of its program."),
			may("name", TypeOf(String), "Name of its program; given with pid, both must match."),
		}, must("killed", TypeOf(Boolean), "Whether it was ended."), task, pending),
		doing(Verb{Effect: harrier.Record, Name: "endpoint.scan", Title: "Scan a host for malware"}, []Field{
			hostInput(), given("full", TypeOf(Boolean), false, "Scan everything, not only the usual places."),
		}, must("started", TypeOf(Boolean), "Whether the scan was accepted."), task, pending),
		doing(Verb{Effect: harrier.Record, Name: "endpoint.collect", Title: "Collect an investigation package"}, []Field{
			hostInput(), may("paths", ListOf(TypeOf(String)), "Files to collect; the product's own package where none are given."),
		}, must("started", TypeOf(Boolean), "Whether the collection was accepted."), task, pending,
			perhaps("link", TypeOf(URL), "Where the package can be fetched.")),
	}
}
