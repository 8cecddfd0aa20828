package mapping

import (
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// ocsfVersion is the version of the schema that [OCSF] writes.
const ocsfVersion = "1.4.0"

// OCSF returns a finding as a Detection Finding of the Open Cybersecurity
// Schema Framework (class 2004), to be encoded as JSON. received is when
// Harrier took it.
func OCSF(f harrier.Finding, received time.Time) map[string]any {
	activity, name := int64(1), "Create"
	switch {
	case f.Status == "closed":
		activity, name = 3, "Close"
	case !f.Version.IsZero() && f.Version.After(f.Time) && !f.Time.IsZero():
		activity, name = 2, "Update"
	}
	at := f.Time
	if at.IsZero() {
		at = received
	}
	severityID, caption := ocsfSeverity(f.Severity)
	out := map[string]any{
		"category_uid": int64(2), "category_name": "Findings", "class_uid": int64(2004), "class_name": "Detection Finding",
		"activity_id": activity, "activity_name": name, "type_uid": 200400 + activity, "type_name": "Detection Finding: " + name,
		"time": at.UnixMilli(), "severity_id": severityID, "severity": caption, "message": f.Title, "is_alert": true,
		"finding_info": ocsfInfo(f), "metadata": ocsfMetadata(f, received),
	}
	if id, status := ocsfStatus(f.Status); id != 0 {
		out["status_id"], out["status"] = id, status
	}
	if id, verdict := ocsfVerdict(f.Disposition); id != 0 {
		out["verdict_id"], out["verdict"] = id, verdict
	}
	setList(out, "evidences", ocsfEvidences(f))
	setList(out, "resources", ocsfResources(f))
	setList(out, "observables", ocsfObservables(f))
	if host := firstEntity(f, harrier.HostEntity); host != "" {
		device := map[string]any{"hostname": host, "type_id": int64(0)}
		set(device, "ip", firstEntity(f, harrier.AddressEntity))
		out["device"] = device
	}
	if len(f.Data) > 0 {
		out["unmapped"] = map[string]any{"ecs": f.Data}
	}
	return out
}

// ocsfInfo is the object finding_info.
func ocsfInfo(f harrier.Finding) map[string]any {
	info := map[string]any{"uid": f.ExternalID, "title": f.Title}
	set(info, "desc", f.Description)
	set(info, "src_url", f.Link)
	if f.Category != "" {
		info["types"] = []any{f.Category}
	}
	if !f.Time.IsZero() {
		info["first_seen_time"] = f.Time.UnixMilli()
	}
	if !f.Version.IsZero() {
		info["modified_time"] = f.Version.UnixMilli()
	}
	if f.Rule != (harrier.Rule{}) {
		analytic := map[string]any{"type_id": int64(1), "type": "Rule"}
		set(analytic, "uid", f.Rule.ID)
		set(analytic, "name", f.Rule.Name)
		info["analytic"] = analytic
	}
	var attacks []any
	for _, id := range f.Techniques {
		attack := map[string]any{}
		if parent, _, sub := strings.Cut(id, "."); sub {
			attack["sub_technique"] = map[string]any{"uid": id}
			id = parent
		}
		attack["technique"] = map[string]any{"uid": id}
		attacks = append(attacks, attack)
	}
	for _, id := range f.Tactics {
		attacks = append(attacks, map[string]any{"tactic": map[string]any{"uid": id}})
	}
	setList(info, "attacks", attacks)
	return info
}

// ocsfMetadata is the object metadata.
func ocsfMetadata(f harrier.Finding, received time.Time) map[string]any {
	look := finder{}
	product := map[string]any{}
	for field, name := range map[string]string{"observer.product": "name", "observer.vendor": "vendor_name"} {
		set(product, name, look.first(f.Data, field))
	}
	if len(product) == 0 {
		product["name"] = "Harrier"
	}
	m := map[string]any{"version": ocsfVersion, "product": product, "uid": f.ExternalID}
	if f.Disposition != "" {
		m["profiles"] = []any{"incident"}
	}
	if !received.IsZero() {
		m["logged_time"] = received.UnixMilli()
	}
	return m
}

// first returns the first text at a field of ECS.
func (f *finder) first(data map[string]any, field string) string {
	p, err := parsePath(field)
	if err != nil {
		return ""
	}
	for _, v := range f.all(data, p) {
		if text, ok := asText(v); ok {
			return text
		}
	}
	return ""
}

// ocsfSeverity is a severity's number and caption.
func ocsfSeverity(word string) (id int64, caption string) {
	switch word {
	case "critical":
		return 5, "Critical"
	case "high":
		return 4, "High"
	case "medium":
		return 3, "Medium"
	case "low":
		return 2, "Low"
	case "info":
		return 1, "Informational"
	}
	return 0, "Unknown"
}

// ocsfStatus is a status' number and caption; 0 where there is none.
func ocsfStatus(word string) (id int64, caption string) {
	switch word {
	case "new":
		return 1, "New"
	case "in_progress":
		return 2, "In Progress"
	case "closed":
		return 4, "Resolved"
	}
	return 0, ""
}

// ocsfVerdict is a disposition as a verdict of the incident profile.
func ocsfVerdict(word string) (id int64, caption string) {
	switch word {
	case falsePositive:
		return 1, "False Positive"
	case truePositive:
		return 2, "True Positive"
	case benign:
		return 8, "Benign"
	case inconclusive:
		return 6, "Insufficient Data"
	}
	return 0, ""
}

// ocsfEvidences makes one evidence of what the event says about the connection,
// the process, the file and the user.
func ocsfEvidences(f harrier.Finding) []any {
	look := finder{}
	evidence := map[string]any{}
	put := func(object string, fields ...string) {
		inner := map[string]any{}
		for i := 0; i+1 < len(fields); i += 2 {
			set(inner, fields[i], look.first(f.Data, fields[i+1]))
		}
		if len(inner) > 0 {
			evidence[object] = inner
		}
	}
	put("src_endpoint", "ip", "source.ip", "hostname", "source.domain")
	put("dst_endpoint", "ip", "destination.ip", "hostname", "destination.domain")
	put("process", "name", "process.name", "cmd_line", "process.command_line")
	put("file", "name", "file.name", "path", "file.path")
	put("url", "url_string", "url.full")
	put("query", "hostname", "dns.question.name")
	put("email", "from", "email.from.address", "subject", "email.subject")
	if user := firstEntity(f, harrier.UserEntity); user != "" {
		evidence["actor"] = map[string]any{"user": map[string]any{"name": user}}
	}
	if file, ok := evidence["file"].(map[string]any); ok {
		file["type_id"] = int64(1)
		if sum := look.first(f.Data, "file.hash.sha256"); sum != "" {
			file["hashes"] = []any{map[string]any{"algorithm_id": int64(3), "algorithm": "SHA-256", "value": sum}}
		}
	}
	if len(evidence) == 0 {
		return nil
	}
	return []any{evidence}
}

// ocsfResources lists the things of the organisation that it is about.
func ocsfResources(f harrier.Finding) []any {
	var out []any
	for _, e := range f.Entities {
		resource := map[string]any{"uid": e.Key, "type": string(e.Type)}
		set(resource, "name", e.Name)
		out = append(out, resource)
	}
	return out
}

// ocsfObservables lists the observables with the numbers of their types.
func ocsfObservables(f harrier.Finding) []any {
	var out []any
	for _, o := range f.Observables {
		id, caption := ocsfType(o.Type)
		one := map[string]any{"type_id": id, "type": caption, "value": o.Value}
		set(one, "name", o.Where)
		out = append(out, one)
	}
	return out
}

// ocsfType is the number and caption of a type of observables.
func ocsfType(kind string) (id int64, caption string) {
	switch kind {
	case "domain":
		return 1, "Hostname"
	case "ip":
		return 2, "IP Address"
	case "email":
		return 5, "Email Address"
	case "url":
		return 6, "URL String"
	case "file_name":
		return 7, "File Name"
	case "hash":
		return 8, "Hash"
	case "process":
		return 9, "Process Name"
	case "user_agent":
		return 16, "HTTP User-Agent"
	case "registry_key":
		return 28, "Registry Key"
	case "file_path":
		return 45, "File Path"
	}
	return 99, kind
}

// firstEntity returns the key of the first entity of a type.
func firstEntity(f harrier.Finding, kind harrier.EntityType) string {
	for _, e := range f.Entities {
		if e.Type == kind {
			return e.Key
		}
	}
	return ""
}

// set sets a field where there is something to say.
func set(m map[string]any, key, text string) {
	if text != "" {
		m[key] = text
	}
}

// setList sets a list that is not empty.
func setList(m map[string]any, key string, list []any) {
	if len(list) > 0 {
		m[key] = list
	}
}
