package store

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/query"
)

// soughtNoun is how a noun of the query language is stored.
type soughtNoun struct {
	table string
	// number is the column that lists are ordered by, newest the index that has
	// their order, and byID the one of ids.
	number, newest, byID string
	// words is the table of its words, if it has one; else spoken are the columns
	// in which they are looked for.
	words  string
	spoken []string
	// criteria are what its fields are in SQL.
	criteria func(field string) criterion
	// slice is how many rows are looked at in one read of a list.
	slice int
}

// sought is the table of nouns.
func sought(n query.Noun) (soughtNoun, bool) {
	switch n {
	case query.Alerts:
		return soughtNoun{"alerts", "created_at", "alerts_newest", "sqlite_autoindex_alerts_1", "alert_text", nil, alertCriterion, 25_000}, true
	case query.Cases:
		return soughtNoun{"cases", "number", "cases_newest", "sqlite_autoindex_cases_1", "case_text", nil, caseCriterion, 25_000}, true
	case query.Evidence:
		return soughtNoun{"evidence", "created_at", "evidence_newest", "sqlite_autoindex_evidence_1", "", []string{"evidence.name", "evidence.sha256"}, evidenceCriterion, 10_000}, true
	case query.Runs:
		return soughtNoun{"runs", "created_at", "runs_newest", "sqlite_autoindex_runs_1", "", []string{"runs.playbook", "runs.reason"}, runCriterion, 10_000}, true
	case query.Approvals:
		return soughtNoun{"approvals", "created_at", "approvals_newest", "sqlite_autoindex_approvals_1", "", []string{"approvals.title"}, approvalCriterion, 10_000}, true
	case query.Audit:
		return soughtNoun{"audit", "at", "audit_newest", "sqlite_autoindex_audit_1", "", []string{"audit.action", "audit.target"}, auditCriterion, 10_000}, true
	case query.Observables: // they have no list of their own; see [Store.Sightings]
	}
	return soughtNoun{}, false
}

func (n soughtNoun) criterion(field string) criterion { return n.criteria(field) }

// matching is what finds words in a tenant's texts.
func (n soughtNoun) matching(words []query.Node, tenant any) string {
	id, _ := tenant.([]byte)
	parts := []string{`scope : "` + scopeOf(id) + `"`}
	for _, w := range words {
		text := `said : "` + strings.ReplaceAll(w.Text, `"`, `""`) + `"`
		if w.Prefix {
			text += " *"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " AND ")
}

// scopeOf is a tenant as a word.
func scopeOf(tenant []byte) string { return "t" + hex.EncodeToString(tenant) }

// criterion is a field in SQL.
type criterion struct {
	// sql is a condition in which {is} is a comparison, and ids a query that finds
	// the ids of the rows by an index instead.
	sql, ids string
	// table is whose ids those are.
	table string
	// none holds where there is no value.
	none string
	read func(text string) (any, error)
	// lower tells that values are kept in small letters.
	lower bool
}

// holds is the criterion with a comparison. A prefix has no one place in an
// index to look at for each row, so its rows are found first.
func (c criterion) holds(is string, prefix bool) string {
	if c.sql == "" || prefix && c.ids != "" {
		return c.table + ".id IN (" + strings.ReplaceAll(c.ids, "{is}", is) + ")"
	}
	return strings.ReplaceAll(c.sql, "{is}", is)
}

// column is a field that is a column.
func column(name string) criterion {
	return criterion{sql: name + " {is}", none: "coalesce(" + name + ", '') = ''"}
}

// folded is a column whose values are compared in any case.
func folded(name string) criterion {
	return criterion{sql: name + " COLLATE NOCASE {is}", none: "coalesce(" + name + ", '') = ''"}
}

// idColumn is a column of ids.
func idColumn[T any](name string, parse func(string) (T, error)) criterion {
	return criterion{sql: name + " {is}", none: name + " IS NULL", read: reading(parse)}
}

func reading[T any](parse func(string) (T, error)) func(string) (any, error) {
	return func(text string) (any, error) { return parse(text) }
}

// aboutEntity is who an alert is about.
func aboutEntity(kind string) criterion { return about("alert_entities", "key", "= '"+kind+"'") }

// has is an observable in an alert, under one of the types that it may have.
func has(types ...string) criterion {
	return about("alert_observables", "value", "IN ('"+strings.Join(types, "', '")+"')")
}

// about looks into an index of alerts, in which each row stands under the time
// of its alert.
func about(table, value, types string) criterion {
	where := "FROM " + table + " WHERE tenant_id = $1 AND type " + types + " AND " + value + " {is}"
	return criterion{
		sql:   "EXISTS (SELECT 1 " + where + " AND at = coalesce(alerts.event_at, alerts.created_at) AND alert_id = alerts.id)",
		ids:   "SELECT alert_id " + where,
		table: "alerts", lower: true,
	}
}

// tagged is a word that somebody put on a thing.
func tagged(noun string) criterion {
	inside := " FROM tags WHERE tags.tenant_id = $1 AND noun = '" + noun + "' AND thing = " + noun + ".id"
	return criterion{
		sql:  "EXISTS (SELECT 1" + inside + " AND tag {is})",
		ids:  "SELECT thing FROM tags WHERE tenant_id = $1 AND noun = '" + noun + "' AND tag {is}",
		none: "NOT EXISTS (SELECT 1" + inside + ")", table: noun, lower: true,
	}
}

// either holds where one of two criteria does.
func either(a, b criterion) criterion {
	return criterion{sql: "(" + a.sql + " OR " + b.sql + ")", ids: a.ids + " UNION ALL " + b.ids, table: a.table, lower: a.lower}
}

func hashTypes() []string {
	return []string{"hash", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "imphash", "authentihash", "ssdeep"}
}

// observableTypes are those under which observables are looked for.
func observableTypes() []string {
	return slices.Concat([]string{"domain", "url", "email", "file_name", "file_path", "process", "user_agent", "registry_key", "cve", "mac"}, addressTypes(), hashTypes())
}

func addressTypes() []string { return []string{"ip", "ipv4", "ipv6"} }

// alertCriterion is the table of the fields of alerts.
func alertCriterion(field string) criterion {
	switch field {
	case "severity", "status", "route", "priority", "score", "repeats", "observed":
		return column("alerts." + field)
	case "category", "disposition":
		return folded("alerts." + field)
	case "source":
		return criterion{sql: "alerts.source_id IN (SELECT s.id FROM sources s WHERE s.tenant_id = $1 AND s.name {is})"}
	case "rule":
		return criterion{
			sql: "alerts.rule_id COLLATE NOCASE {is}", none: "alerts.rule_id = ''", table: "alerts",
			ids: "SELECT id FROM alerts INDEXED BY alerts_by_rule WHERE tenant_id = $1 AND rule_id <> '' AND rule_id COLLATE NOCASE {is}",
		}
	case "owner":
		return criterion{
			sql: "alerts.owner {is}", none: "alerts.owner IS NULL", table: "alerts",
			ids: "SELECT o.id FROM alerts o INDEXED BY alerts_by_owner WHERE o.tenant_id = $1 AND o.owner IS NOT NULL AND o.owner {is}",
		}
	case "tag":
		return tagged("alerts")
	case "host", "user":
		return aboutEntity(field)
	case "ip":
		return either(aboutEntity("address"), has(addressTypes()...))
	case "domain", "email":
		return has(field)
	case "url":
		c := has(field)
		c.lower = false
		return c
	case "hash":
		return has(hashTypes()...)
	case "observable":
		c := has(observableTypes()...)
		c.lower = false
		return c
	}
	return alertLink(field)
}

// alertLink is what alerts are found by otherwise.
func alertLink(field string) criterion {
	switch field {
	case "case":
		return criterion{
			sql:  "EXISTS (SELECT 1 FROM case_alerts l WHERE l.tenant_id = $1 AND l.alert_id = alerts.id AND l.case_id {is})",
			ids:  "SELECT alert_id FROM case_alerts WHERE tenant_id = $1 AND case_id {is}",
			none: "NOT EXISTS (SELECT 1 FROM case_alerts l WHERE l.tenant_id = $1 AND l.alert_id = alerts.id)", table: "alerts",
			read: reading(harrier.ParseID[harrier.CaseID]),
		}
	case "ref":
		return criterion{sql: "alerts.external_id {is}"}
	case "id":
		c := idColumn("alerts.id", harrier.ParseID[harrier.AlertID])
		c.ids, c.table = "SELECT a.id FROM alerts a WHERE a.tenant_id = $1 AND a.id {is}", "alerts"
		return c
	case "created":
		return column("alerts.created_at")
	case "updated":
		return column("alerts.updated_at")
	case "happened":
		return column("coalesce(alerts.event_at, alerts.created_at)")
	}
	return criterion{}
}

// caseCriterion is the table of the fields of cases.
func caseCriterion(field string) criterion {
	switch field {
	case "severity", "status", "number", "restricted", "tlp", "pap":
		return column("cases." + field)
	case "disposition", "template":
		return folded("cases." + field)
	case "owner":
		return criterion{
			sql: "cases.owner_id {is}", none: "cases.owner_id IS NULL", table: "cases",
			ids: "SELECT o.id FROM cases o INDEXED BY cases_by_owner WHERE o.tenant_id = $1 AND o.owner_id IS NOT NULL AND o.owner_id {is}",
		}
	case "tag":
		return tagged("cases")
	case "alert":
		return criterion{
			sql:  "EXISTS (SELECT 1 FROM case_alerts l WHERE l.tenant_id = $1 AND l.case_id = cases.id AND l.alert_id {is})",
			ids:  "SELECT case_id FROM case_alerts WHERE tenant_id = $1 AND alert_id {is}",
			none: "NOT EXISTS (SELECT 1 FROM case_alerts l WHERE l.tenant_id = $1 AND l.case_id = cases.id)", table: "cases",
			read: reading(harrier.ParseID[harrier.AlertID]),
		}
	case "id":
		return idColumn("cases.id", harrier.ParseID[harrier.CaseID])
	case "created", "updated":
		return column("cases." + field + "_at")
	case "contained", "closed":
		return criterion{sql: "cases." + field + "_at {is}", none: "cases." + field + "_at IS NULL"}
	}
	return criterion{}
}

func evidenceCriterion(field string) criterion {
	switch field {
	case "name":
		return folded("evidence.name")
	case "hash":
		return criterion{sql: "evidence.sha256 {is}", ids: "SELECT e.id FROM evidence e WHERE e.tenant_id = $1 AND e.sha256 {is}", table: "evidence", lower: true}
	case "type":
		return folded("evidence.media_type")
	case "size":
		return column("evidence.size")
	case "alert":
		return idColumn("evidence.alert_id", harrier.ParseID[harrier.AlertID])
	case "case":
		return idColumn("evidence.case_id", harrier.ParseID[harrier.CaseID])
	case "id":
		return idColumn("evidence.id", harrier.ParseID[harrier.EvidenceID])
	case "created":
		return column("evidence.created_at")
	}
	return criterion{}
}

func runCriterion(field string) criterion {
	switch field {
	case "status", "mode", "unresolved":
		return column("runs." + field)
	case "playbook":
		return folded("runs.playbook")
	case "alert":
		return idColumn("runs.alert_id", harrier.ParseID[harrier.AlertID])
	case "case":
		return idColumn("runs.case_id", harrier.ParseID[harrier.CaseID])
	case "id":
		return idColumn("runs.id", harrier.ParseID[harrier.RunID])
	case "created", "updated", "ended":
		return column("runs." + field + "_at")
	}
	return criterion{}
}

func approvalCriterion(field string) criterion {
	switch field {
	case "status", "kind":
		return column("approvals." + field)
	case "run":
		return idColumn("approvals.run_id", harrier.ParseID[harrier.RunID])
	case "id":
		return idColumn("approvals.id", harrier.ParseID[harrier.ApprovalID])
	case "created", "expires":
		return column("approvals." + field + "_at")
	}
	return criterion{}
}

func auditCriterion(field string) criterion {
	switch field {
	case "actor":
		return column("audit.actor")
	case "action", "target":
		return column("audit." + field)
	case "run":
		return idColumn("audit.run_id", harrier.ParseID[harrier.RunID])
	case "id":
		return idColumn("audit.id", harrier.ParseID[harrier.AuditID])
	case "created":
		return column("audit.at")
	}
	return criterion{}
}
