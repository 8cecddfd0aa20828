package api

import (
	"net/http"
	"slices"

	"github.com/harrier-soar/harrier"
)

// routes is the table of everything that can be asked. A line without a
// permission does not start.
func (s *Server) routes() []route {
	return slices.Concat(s.channelRoutes(), s.accessRoutes(), s.intelRoutes(), s.noiseRoutes(), s.dutyRoutes(), s.auditRoutes(), s.retentionRoutes(), s.subjectRoutes(), s.vaultRoutes(), s.changeRoutes(), s.memberRoutes(), s.caseRoutes(), s.bulkRoutes(), s.metricRoutes(), s.streamRoutes(), []route{
		{"GET /v1/version", harrier.Public, "getVersion", "Say what is running", call(s.version)},
		{"GET /v1/health", harrier.Public, "getHealth", "Say whether the server can work", call(s.health)},
		{"GET /v1/openapi.json", harrier.Public, "getOpenAPI", "Describe this API", raw(s.serveOpenAPI, aboutOpenAPI)},
		{"GET /v1/doctor", harrier.SystemRead, "examine", "Examine the installation", call(s.doctor)},

		{"POST /v1/mails", harrier.AlertsWrite, "submitMail", "Report a mail", raw(s.submitMail, aboutMail)},
		{"POST /v1/alerts", harrier.AlertsWrite, "submitAlert", "Report an alert", answering(http.StatusCreated, s.submitAlert)},
		{"GET /v1/alerts", harrier.AlertsRead, "listAlerts", "List alerts, the newest first", call(s.alerts)},
		{"GET /v1/alerts/{id}", harrier.AlertsRead, "getAlert", "Show an alert with its evidence and runs", call(s.alert)},

		{"GET /v1/cases", harrier.CasesRead, "listCases", "List cases, the newest first", call(s.cases)},
		{"GET /v1/cases/{id}", harrier.CasesRead, "getCase", "Show a case with its timeline, by id or number", call(s.caseOf)},

		{"GET /v1/evidence", harrier.EvidenceRead, "listEvidence", "List artefacts, the newest first", call(s.evidence)},
		{"GET /v1/evidence/{id}/content", harrier.EvidenceRead, "getEvidence", "Get the bytes of an artefact", raw(s.evidenceContent, aboutContent)},

		{"POST /v1/runs", harrier.RunsStart, "startRun", "Start a run of a playbook", answering(http.StatusCreated, s.startRun)},
		{"GET /v1/runs", harrier.RunsRead, "listRuns", "List runs, the newest first", call(s.runs)},
		{"GET /v1/runs/{id}", harrier.RunsRead, "getRun", "Show a run with its steps and effects", call(s.run)},
		{"GET /v1/runs/{id}/events", harrier.RunsRead, "listEvents", "List what was journaled of a run", call(s.runEvents)},
		{"GET /v1/runs/{id}/watch", harrier.RunsRead, "watchRun", "Stream what is journaled of a run until it ends", raw(s.watchRun, s.aboutWatch)},
		{"POST /v1/runs/{id}/cancel", harrier.RunsControl, "cancelRun", "Ask a run to stop", call(s.cancelRun)},
		{"POST /v1/runs/{id}/retry", harrier.RunsControl, "retryRun", "Make an ended run go on", call(s.retryRun)},

		{"GET /v1/containments", harrier.RunsRead, "listContainments", "List what was contained, the newest first", call(s.containments)},

		{"GET /v1/approvals", harrier.ApprovalsRead, "listApprovals", "List questions to people, the newest first", call(s.approvals)},
		{"GET /v1/approvals/{id}", harrier.ApprovalsRead, "getApproval", "Show a question with all that it would do", call(s.approval)},
		{"POST /v1/approvals/{id}/decision", harrier.ApprovalsDecide, "decideApproval", "Approve or deny exactly what was shown", call(s.decide)},
		{"POST /v1/approvals/{id}/answer", harrier.ApprovalsAnswer, "answerApproval", "Answer a form, or say what became of an action", call(s.answer)},
		{"POST /v1/approvals/{id}/escalate", harrier.ApprovalsDecide, "escalateApproval", "Ask others too", call(s.escalate)},
		{"POST /v1/approvals/{id}/withdraw", harrier.ApprovalsDecide, "withdrawVote", "Take one's vote back while others have to agree still", call(s.withdrawVote)},

		{"GET /v1/playbooks", harrier.PlaybooksRead, "listPlaybooks", "List the playbooks in force", call(s.playbooks)},
		{"GET /v1/playbooks/{id}", harrier.PlaybooksRead, "getPlaybook", "Show a playbook, its source and what it may do", call(s.playbook)},
		{"POST /v1/playbooks/check", harrier.PlaybooksRead, "checkPlaybook", "Check a source against what is installed", call(s.checkPlaybook)},

		{"GET /v1/connectors", harrier.ConnectionsRead, "listConnectors", "List the products that Harrier knows", call(s.connectors)},
		{"GET /v1/connections", harrier.ConnectionsRead, "listConnections", "List configured connections", call(s.connections)},
		{"POST /v1/connections", harrier.ConnectionsManage, "addConnection", "Add a connection", fresh(answering(http.StatusCreated, s.addConnection))},
		{"POST /v1/connections/{name}/test", harrier.ConnectionsManage, "testConnection", "Test a connection", call(s.testConnection)},
		{"POST /v1/connections/{name}/call", harrier.ConnectionsCall, "callConnection", "Call an action of a connection once", call(s.callConnection)},

		{"GET /v1/source-products", harrier.SourcesRead, "listSourceProducts", "List the products whose sources are known", call(s.sourceProducts)},
		{"GET /v1/sources", harrier.SourcesRead, "listSources", "List what reports, by name", call(s.sources)},
		{"POST /v1/sources", harrier.SourcesManage, "addSource", "Add a source, and say what to set on its sender's side", fresh(answering(http.StatusCreated, s.addSource))},
		{"GET /v1/sources/{name}", harrier.SourcesRead, "getSource", "Show a source", call(s.source)},
		{"PATCH /v1/sources/{name}", harrier.SourcesManage, "changeSource", "Make a source live or observed, or change its mapping", call(s.changeSource)},
		{"POST /v1/sources/{name}/rotate", harrier.SourcesManage, "rotateSource", "Give a source a new secret", fresh(call(s.rotateSource))},
		{"POST /v1/sources/{name}/test", harrier.SourcesManage, "testSource", "Examine a source", call(s.testSource)},
		{"POST /v1/events", harrier.AlertsWrite, "submitEvent", "Submit what a source would deliver", raw(s.submitEvent, s.aboutEvent)},
		{"GET /v1/events", harrier.SourcesRead, "listSourceEvents", "List what sources delivered, the newest first", call(s.sourceEvents)},
		{"GET /v1/events/{id}", harrier.SourcesRead, "getSourceEvent", "Show what became of an event", call(s.sourceEvent)},
		{"GET /v1/events/{id}/content", harrier.SourcesRead, "getSourceEventContent", "Get the bytes of an event", raw(s.eventContent, aboutContent)},
		{"POST /v1/events/{id}/replay", harrier.SourcesManage, "replayEvent", "Process an event again", call(s.replayEvent)},
		{"POST /v1/events/{id}/drop", harrier.SourcesManage, "dropEvent", "Give up an event that is quarantined", call(s.dropEvent)},
		{"GET /v1/assets", harrier.InventoryRead, "listAssets", "List hosts, with what every source says of them", s.inventoryOf(harrier.HostEntity)},
		{"POST /v1/assets", harrier.InventoryManage, "setAsset", "Say something of a host by hand", s.setInventory(harrier.HostEntity)},
		{"POST /v1/assets/import", harrier.InventoryManage, "importAssets", "Import a file of hosts", raw(s.importInventory(harrier.HostEntity), aboutFile[ImportReport](s, aboutImport, importParams()))},
		{"GET /v1/users", harrier.InventoryRead, "listUsers", "List users, with what every source says of them", s.inventoryOf(harrier.UserEntity)},
		{"POST /v1/users", harrier.InventoryManage, "setUser", "Say something of a user by hand", s.setInventory(harrier.UserEntity)},
		{"POST /v1/users/import", harrier.InventoryManage, "importUsers", "Import a file of users", raw(s.importInventory(harrier.UserEntity), aboutFile[ImportReport](s, aboutImport, importParams()))},
		{"GET /v1/inventory/sources", harrier.InventoryRead, "listInventorySources", "List who tells of hosts and users", call(s.inventorySources)},
		{"POST /v1/inventory/sync", harrier.InventoryManage, "syncInventory", "Import hosts or users from a directory", call(s.syncInventory)},
		{"GET /v1/leases", harrier.InventoryRead, "getAddress", "Say whose an address was at a time", call(s.address)},
		{"POST /v1/leases/import", harrier.InventoryManage, "importLeases", "Import a file of address leases", raw(s.importLeases, aboutFile[LeaseReport](s, aboutLeases, leaseParams()))},
		{"GET /v1/search", harrier.AlertsRead, "search", "Find words, values and ids in everything", call(s.searchAll)},
	})
}

// auditRoutes is the part of the table about what is recorded, and how long it is kept.
func (s *Server) auditRoutes() []route {
	return []route{
		{"GET /v1/audit", harrier.AuditRead, "listAudit", "List the audit trail, the newest first", call(s.audit)},
		{"GET /v1/audit/checkpoint", harrier.AuditRead, "getAuditCheckpoint", "Show the signed head of the audit log", call(s.auditCheckpoint)},
		{"GET /v1/audit/export", harrier.AuditRead, "exportAudit", "Export the audit log so that others can verify it", fresh(raw(s.exportAudit, aboutAuditExport))},
		{"GET /v1/audit/targets", harrier.AuditRead, "listAuditTargets", "List where the audit trail is shipped to, by name", call(s.auditTargets)},
		{"POST /v1/audit/targets", harrier.AuditManage, "addAuditTarget", "Ship the audit trail to a log server or a web hook", fresh(answering(http.StatusCreated, s.addAuditTarget))},
		{"POST /v1/audit/targets/{name}/remove", harrier.AuditManage, "removeAuditTarget", "End shipping to a target", fresh(call(s.removeAuditTarget))},
	}
}

// intelRoutes is the part of the table about what is known to be bad or harmless.
func (s *Server) intelRoutes() []route {
	return []route{
		{"GET /v1/indicators", harrier.IntelRead, "listIndicators", "List indicators, by type and value", call(s.indicators)},
		{"POST /v1/indicators/import", harrier.IntelManage, "importIndicators", "Read a feed that somebody brings", raw(s.importFeed, aboutFeed)},
		{"POST /v1/indicators/match", harrier.IntelRead, "matchIndicators", "Tell what is known of values", call(s.matchValues)},
		{"POST /v1/indicators/withdraw", harrier.IntelManage, "withdrawIndicator", "Take an indicator back", call(s.withdraw)},
		{"GET /v1/feeds", harrier.IntelRead, "listFeeds", "List the feeds of indicators, by name", call(s.feeds)},
		{"POST /v1/feeds", harrier.IntelManage, "setFeed", "Add a feed, or change its settings", call(s.setFeed)},
		{"POST /v1/feeds/{name}/pull", harrier.IntelManage, "pullFeed", "Read a feed now", call(s.pullFeed)},
		{"POST /v1/feeds/{name}/remove", harrier.IntelManage, "removeFeed", "Remove a feed with all its indicators", call(s.removeFeed)},
		{"GET /v1/lists", harrier.IntelRead, "listLists", "List the lists that the organisation keeps, by name", call(s.valueLists)},
		{"POST /v1/lists", harrier.IntelManage, "setList", "Make a list, or change its description", call(s.setList)},
		{"GET /v1/lists/{name}/entries", harrier.IntelRead, "listListEntries", "List the entries of a list", call(s.listEntries)},
		{"POST /v1/lists/{name}/entries", harrier.IntelManage, "changeList", "Add values to a list, or take them off", call(s.changeList)},
		{"POST /v1/lists/{name}/import", harrier.IntelManage, "importList", "Fill a list from a file", raw(s.importList, aboutImportList)},
		{"POST /v1/lists/{name}/token", harrier.IntelManage, "newListToken", "Give a block list a new token for firewalls", fresh(call(s.newListToken))},
		{"POST /v1/lists/{name}/remove", harrier.IntelManage, "removeList", "Remove a list with all its entries", call(s.removeList)},
	}
}

// noiseRoutes is the part of the table about what keeps noise from people.
func (s *Server) noiseRoutes() []route {
	return []route{
		{"GET /v1/mutes", harrier.TriageRead, "listMutes", "List what keeps noise from people, the newest first", call(s.mutes)},
		{"POST /v1/mutes", harrier.TriageManage, "addMute", "Silence, allow, suppress, maintain or tune", answering(http.StatusCreated, s.addMute)},
		{"POST /v1/mutes/preview", harrier.TriageRead, "previewMute", "Say what a mute would have hidden in the last 90 days", call(s.previewMute)},
		{"GET /v1/mutes/{id}", harrier.TriageRead, "getMute", "Show a mute", call(s.mute)},
		{"POST /v1/mutes/{id}/end", harrier.TriageManage, "endMute", "End a mute now", call(s.endMute)},
		{"POST /v1/mutes/{id}/renew", harrier.TriageManage, "renewMute", "Put the end of a mute off", call(s.renewMute)},
		{"GET /v1/tuning", harrier.TriageRead, "getTuning", "Gather evidence for the owner of a rule", call(s.tuning)},
		{"GET /v1/reviews", harrier.TriageRead, "listReviews", "List what rules closed and somebody else looks at, the newest first", call(s.reviews)},
		{"GET /v1/reviews/{id}", harrier.TriageRead, "getReview", "Show what a rule closed, without what it said", call(s.review)},
		{"POST /v1/reviews/{id}/verdict", harrier.AlertsWrite, "decideReview", "Say what it was that a rule closed", call(s.decideReview)},
		{"GET /v1/closers", harrier.TriageRead, "listClosers", "List rules that close alerts, with how precise they are", call(s.closers)},
		{"PATCH /v1/closers/{id}", harrier.TriageManage, "changeCloser", "Suspend a rule that closes alerts, or resume it", call(s.changeCloser)},
		{"GET /v1/risk", harrier.TriageRead, "listRisks", "List hosts and users with their risk, those that changed last first", call(s.risks)},
		{"GET /v1/risk/{id}", harrier.TriageRead, "getRisk", "Show what the risk of a host or user is made of", call(s.risk)},
	}
}
