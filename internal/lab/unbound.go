package lab

import (
	"net/http"
	"net/netip"
	"regexp"
	"strings"
)

// override is an answer that the firewall's resolver gives instead of the
// world's. It is in force only after the service was reconfigured.
type override struct {
	UUID        string `json:"uuid"`
	Enabled     string `json:"enabled"`
	Hostname    string `json:"hostname"`
	Domain      string `json:"domain"`
	RR          string `json:"rr"`
	Server      string `json:"server"`
	Description string `json:"description"`
}

const (
	overrideTable = "opnsense/overrides"
	// resolverTable holds the names that the resolver answers for now.
	resolverTable = "opnsense/resolver"
)

// host is the name that an override is for; a star covers everything below.
func (o override) host() string { return strings.TrimPrefix(o.Hostname+".", ".") + o.Domain }

func (o override) wire() map[string]any {
	return map[string]any{
		"uuid": o.UUID, "enabled": o.Enabled, "hostname": o.Hostname, "domain": o.Domain, "rr": o.RR, "mxprio": "", "mx": "",
		"ttl": "", "server": o.Server, "txtdata": "", "addptr": "1", "description": o.Description, "isAlias": false,
	}
}

func (v *opnsense) searchOverrides(w http.ResponseWriter, _ *http.Request, post map[string]any) {
	var rows []map[string]any
	v.lab.world.view(func(e *edit) {
		for _, o := range list[override](e, overrideTable) {
			rows = append(rows, o.wire())
		}
	})
	recordset(w, rows, post, -1)
}

var domainForm = regexp.MustCompile(`(?i)^(?:(?:[a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\.)*(?:[a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])$`)

// addOverride adds a host override. The same one may be added again: the
// product does not compare.
func (v *opnsense) addOverride(w http.ResponseWriter, r *http.Request, post map[string]any) {
	host, given := post["host"].(map[string]any)
	if r.Method != http.MethodPost || !given {
		writeJSON(w, http.StatusOK, map[string]any{"result": "failed"})
		return
	}
	o := override{
		Enabled: orElse(text(host["enabled"]), "1"), Hostname: text(host["hostname"]), Domain: text(host["domain"]),
		RR: orElse(text(host["rr"]), "A"), Server: text(host["server"]), Description: text(host["description"]),
	}
	if problems := o.problems(); len(problems) > 0 {
		writeJSON(w, http.StatusOK, map[string]any{"result": "failed", "validations": problems})
		return
	}
	journaled := v.lab.change(w, r, v, func(e *edit) {
		o.UUID = uuid(opaque("", v.lab.config.Seed, "override", e.next()))
		e.put(overrideTable, o.UUID, o)
		e.happen(happened{Vendor: opnsenseName, Action: "host_override.add", Target: o.host(), Key: o.Description, Changed: true})
	})
	if journaled {
		writeJSON(w, http.StatusOK, map[string]any{"result": "saved", "uuid": o.UUID})
	}
}

// problems returns what the model refuses.
func (o override) problems() map[string]any {
	out := map[string]any{}
	if !domainForm.MatchString(o.Domain) {
		out["host.domain"] = "A valid domain must be specified."
	}
	if o.Hostname != "" && o.Hostname != "*" && !domainForm.MatchString(o.Hostname) {
		out["host.hostname"] = "A valid hostname must be specified."
	}
	if _, err := netip.ParseAddr(o.Server); err != nil && (o.RR == "A" || o.RR == "AAAA") {
		out["host.server"] = "The field IP address is required."
	}
	return out
}

func (v *opnsense) deleteOverride(w http.ResponseWriter, r *http.Request, _ map[string]any) {
	if r.Method != http.MethodPost {
		writeJSON(w, http.StatusOK, map[string]any{"result": "failed"})
		return
	}
	result := "not found"
	journaled := v.lab.change(w, r, v, func(e *edit) {
		o, ok := load[override](e, overrideTable, r.PathValue("uuid"))
		if !ok {
			return
		}
		result = "deleted"
		e.drop(overrideTable, o.UUID)
		e.happen(happened{Vendor: opnsenseName, Action: "host_override.delete", Target: o.host(), Key: o.Description, Changed: true})
	})
	if journaled {
		writeJSON(w, http.StatusOK, map[string]any{"result": result})
	}
}

// localZones lists the zones that the running resolver answers for itself.
func (v *opnsense) localZones(w http.ResponseWriter, _ *http.Request, _ map[string]any) {
	zones := []map[string]any{{"zone": "localhost.", "type": "static"}, {"zone": "127.in-addr.arpa.", "type": "static"}}
	for _, name := range v.lab.Sinkholed() {
		if domain, wildcard := strings.CutPrefix(name, "*."); wildcard {
			zones = append(zones, map[string]any{"zone": domain + ".", "type": "redirect"})
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"status": "ok", "data": zones})
}

// reconfigure puts the configured overrides into force.
func (v *opnsense) reconfigure(w http.ResponseWriter, r *http.Request, _ map[string]any) {
	if r.Method != http.MethodPost {
		writeJSON(w, http.StatusOK, map[string]any{"status": "failed"})
		return
	}
	journaled := v.lab.change(w, r, v, func(e *edit) {
		want := map[string]bool{}
		for _, o := range list[override](e, overrideTable) {
			if o.Enabled == "1" {
				want[o.host()] = true
			}
		}
		changed := false
		for _, name := range e.keys(resolverTable) {
			if !want[name] {
				e.drop(resolverTable, name)
				changed = true
			}
			delete(want, name)
		}
		for name := range want {
			e.put(resolverTable, name, name)
			changed = true
		}
		// What is in force now tells one reconfiguration from another.
		inForce := strings.Join(e.keys(resolverTable), " ")
		e.happen(happened{Vendor: opnsenseName, Action: "unbound.reconfigure", Target: "unbound", Key: inForce, Changed: changed})
	})
	if journaled {
		writeJSON(w, http.StatusOK, map[string]any{"status": "ok"})
	}
}
