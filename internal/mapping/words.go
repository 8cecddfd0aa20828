package mapping

import (
	"regexp"
	"strings"
	"sync"
)

// The dispositions of an alert, as package triage names them.
const (
	truePositive  = "true_positive"
	falsePositive = "false_positive"
	benign        = "benign"
	inconclusive  = "inconclusive"
)

// severity returns the word that Harrier has for one of a source, or "".
func severity(word string) string {
	switch squeeze(word) {
	case "critical", "crit", "fatal", "emergency", "emerg", "panic", "severe", "veryhigh", "urgent", "disaster", "blocker", "p1", "sev0", "sev1":
		return "critical"
	case "high", "error", "err", "major", "important", "alert", "p2", "sev2", "alarm":
		return "high"
	case "medium", "med", "moderate", "warning", "warn", "average", "elevated", "suspicious", "p3", "sev3":
		return "medium"
	case "low", "minor", "notice", "p4", "sev4":
		return "low"
	case "info", "informational", "information", "informative", "none", "debug", "ok", "verylow", "negligible", "p5", "sev5", "notapplicable", "passed", "normal":
		return "info"
	}
	return ""
}

// status returns new, in_progress, closed or "".
func status(word string) string {
	switch squeeze(word) {
	case "new", "open", "opened", "active", "firing", "unresolved", "notified", "unassigned", "untriaged", "reopened", "created", "todo", "alerting", "notmitigated":
		return "new"
	case "inprogress", "acknowledged", "ack", "investigating", "underinvestigation", "assigned", "pending", "triaged", "working", "onhold", "escalated", "underreview", "awaitingaction", "redirected", "queued":
		return "in_progress"
	case "closed", "resolved", "suppressed", "dismissed", "archived", "remediated", "done", "falsepositive", "hidden", "mitigated", "ok", "recovered", "rejected", "autoresolved", "fixed":
		return "closed"
	}
	return ""
}

// disposition returns what a source says that it was, in the words of alerts.
func disposition(word string) string {
	switch squeeze(word) {
	case "truepositive", "malicious", "confirmed", "confirmedcompromised", "truepositivesuspiciousactivity", "truepositivemalicious", "compromised", "confirmedthreat":
		return truePositive
	case "falsepositive", "falsepositiveincorrectalertlogic", "falsepositiveinaccuratedata", "falsepositiveincorrectdata", "confirmedsafe", "incorrect", "notathreat":
		return falsePositive
	case "benign", "benignpositive", "benigntruepositive", "informationalexpectedactivity", "benignpositivesuspiciousbutexpected", "truepositivebenign", "expected", "nonthreat":
		return benign
	case "undetermined", "inconclusive", "other", "suspicious":
		return inconclusive
	}
	return ""
}

// squeeze returns the letters and digits of a word in lower case.
func squeeze(word string) string {
	if len(word) > 64 {
		word = word[:64]
	}
	var b [64]byte
	out := b[:0]
	for i := range len(word) {
		switch c := word[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			out = append(out, c)
		case c >= 'A' && c <= 'Z':
			out = append(out, c+'a'-'A')
		}
	}
	return string(out)
}

// tactics has the tactics of MITRE ATT&CK for enterprises, mobile devices and
// industrial control systems by name; names that several share mean the first.
var tactics = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"reconnaissance": "TA0043", "resourcedevelopment": "TA0042", "initialaccess": "TA0001", "execution": "TA0002", "persistence": "TA0003",
		"privilegeescalation": "TA0004", "defenseevasion": "TA0005", "defenceevasion": "TA0005", "credentialaccess": "TA0006", "discovery": "TA0007",
		"lateralmovement": "TA0008", "collection": "TA0009", "exfiltration": "TA0010", "commandandcontrol": "TA0011", "impact": "TA0040",
		"inhibitresponsefunction": "TA0107", "impairprocesscontrol": "TA0106", "evasion": "TA0103", "networkeffects": "TA0038", "remoteserviceeffects": "TA0039",
		"cc": "TA0011", "c2": "TA0011", "preattack": "TA0043",
	}
})

var (
	tacticID    = regexp.MustCompile(`(?i)\bTA\d{4}\b`)
	techniqueID = regexp.MustCompile(`(?i)\bT[01]\d{3}(?:\.\d{3})?\b`)
)

// tacticsOf returns the ids of the tactics that a text names.
func tacticsOf(text string) []string {
	if found := tacticID.FindAllString(text, 20); found != nil {
		return upper(found)
	}
	if id, ok := tactics()[squeeze(strings.TrimPrefix(text, "attack."))]; ok {
		return []string{id}
	}
	var ids []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r == '|' }) {
		if id, ok := tactics()[squeeze(part)]; ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// techniquesOf returns the ids of the techniques in a text.
func techniquesOf(text string) []string { return upper(techniqueID.FindAllString(text, 50)) }

func upper(words []string) []string {
	for i := range words {
		words[i] = strings.ToUpper(words[i])
	}
	return words
}
