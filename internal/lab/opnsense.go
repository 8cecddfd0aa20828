package lab

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// opnsense is the part of OPNsense's API that blocks addresses by alias and
// names by host override.
//
// Shapes and behaviour: opnsense/core, src/opnsense/mvc/app/controllers/OPNsense,
// files Base/ApiControllerBase.php, Firewall/Api/AliasUtilController.php,
// Firewall/Api/AliasController.php, Unbound/Api/SettingsController.php,
// Unbound/Api/DiagnosticsController.php,
// Unbound/Api/ServiceController.php and Base/ApiMutableModelControllerBase.php.
type opnsense struct{ lab *Lab }

// alias is a named list of addresses in the configuration. What is in force is
// its table, which can differ.
type alias struct {
	UUID    string   `json:"uuid"`
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Content []string `json:"content"`
}

const aliasTable = "opnsense/aliases"

// pfTable holds the addresses of an alias that are in force.
func pfTable(alias string) string { return "opnsense/pf/" + alias }

func (*opnsense) name() string { return opnsenseName }

func (v *opnsense) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request, map[string]any){
		"/api/firewall/alias_util/add/{alias}":           v.addAddress,
		"/api/firewall/alias_util/delete/{alias}":        v.deleteAddress,
		"/api/firewall/alias_util/list/{alias}":          v.listAddresses,
		"/api/firewall/alias/get_alias_u_u_i_d/{alias}":  v.aliasUUID,
		"/api/unbound/settings/search_host_override":     v.searchOverrides,
		"/api/unbound/settings/add_host_override":        v.addOverride,
		"/api/unbound/settings/del_host_override/{uuid}": v.deleteOverride,
		"/api/unbound/diagnostics/listlocalzones":        v.localZones,
		"/api/unbound/service/reconfigure":               v.reconfigure,
	} {
		mux.HandleFunc(pattern, v.posted(handle))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusNotFound, map[string]any{"errorMessage": "Endpoint not found", "errorTitle": "An API exception occurred"})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, secret, _ := r.BasicAuth()
		if !same(key, v.lab.secret(opnsenseName, "key")) || !same(secret, v.lab.secret(opnsenseName, "secret")) {
			v.refuse(w, http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// posted gives a handler the request's parameters: a JSON body or a form.
func (v *opnsense) posted(handle func(http.ResponseWriter, *http.Request, map[string]any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		post := map[string]any{}
		if strings.HasPrefix(strings.ReplaceAll(r.Header.Get("Content-Type"), " ", ""), "application/json") {
			if json.NewDecoder(r.Body).Decode(&post) != nil {
				writeJSON(w, http.StatusBadRequest, map[string]any{"status": 400, "message": "Invalid JSON syntax"})
				return
			}
		} else if r.ParseForm() == nil {
			for name := range r.Form {
				post[name] = r.Form.Get(name)
			}
		}
		for name := range r.URL.Query() {
			if _, ok := post[name]; !ok {
				post[name] = r.URL.Query().Get(name)
			}
		}
		handle(w, r, post)
	}
}

func (v *opnsense) refuse(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusUnauthorized:
		writeJSON(w, status, map[string]any{"status": 401, "message": "Authentication Failed"})
	case http.StatusForbidden:
		writeJSON(w, status, map[string]any{"status": 403, "message": "Forbidden"})
	default:
		writeJSON(w, status, map[string]any{
			"errorMessage": "Unexpected error, check log for details", "errorTitle": "An API exception occurred",
		})
	}
}

var notAnAddress = regexp.MustCompile(`[^0-9a-f:./_]`)

// addAddress adds an address to an alias, as the controller does to the letter:
// it takes no names; and where the address stands first in the configuration,
// it does not see it there and adds it again.
func (v *opnsense) addAddress(w http.ResponseWriter, r *http.Request, post map[string]any) {
	address, given := post["address"].(string)
	switch {
	case r.Method != http.MethodPost || !given:
		writeJSON(w, http.StatusOK, map[string]any{"status": "failed"})
		return
	case notAnAddress.MatchString(address):
		writeJSON(w, http.StatusOK, map[string]any{"status": "not_an_address"})
		return
	}
	name, known := r.PathValue("alias"), false
	journaled := v.lab.change(w, r, v, func(e *edit) {
		var a alias
		if a, known = load[alias](e, aliasTable, name); !known {
			return
		}
		if slices.Index(a.Content, address) <= 0 {
			a.Content = append(a.Content, address)
			e.put(aliasTable, name, a)
		}
		_, present := load[string](e, pfTable(name), pfForm(address))
		e.put(pfTable(name), pfForm(address), address)
		e.happen(happened{Vendor: opnsenseName, Action: "alias.add", Target: name + "/" + pfForm(address), Changed: !present})
	})
	switch {
	case !journaled:
	case known:
		writeJSON(w, http.StatusOK, map[string]any{"status": "done"})
	default:
		writeJSON(w, http.StatusOK, map[string]any{"status": "failed", "status_msg": "nonexistent alias " + name})
	}
}

// deleteAddress takes one entry of an address out of an alias, and the address
// out of the table that is in force.
func (v *opnsense) deleteAddress(w http.ResponseWriter, r *http.Request, post map[string]any) {
	address, given := post["address"].(string)
	if r.Method != http.MethodPost || !given {
		writeJSON(w, http.StatusOK, map[string]any{"status": "failed"})
		return
	}
	name := r.PathValue("alias")
	journaled := v.lab.change(w, r, v, func(e *edit) {
		if a, ok := load[alias](e, aliasTable, name); ok {
			for _, item := range []string{address + "/32", address + "/128", address} {
				if i := slices.Index(a.Content, item); i >= 0 {
					a.Content = slices.Delete(a.Content, i, i+1)
					e.put(aliasTable, name, a)
				}
			}
		}
		_, present := load[string](e, pfTable(name), pfForm(address))
		e.drop(pfTable(name), pfForm(address))
		e.happen(happened{Vendor: opnsenseName, Action: "alias.delete", Target: name + "/" + pfForm(address), Changed: present})
	})
	if journaled {
		writeJSON(w, http.StatusOK, map[string]any{"status": "done"})
	}
}

// pfForm is an address as the packet filter shows it.
func pfForm(address string) string {
	if a, err := netip.ParseAddr(address); err == nil {
		return a.String()
	}
	if p, err := netip.ParsePrefix(address); err == nil {
		return p.Masked().String()
	}
	return address
}

func (v *opnsense) listAddresses(w http.ResponseWriter, r *http.Request, post map[string]any) {
	var rows []map[string]any
	v.lab.world.view(func(e *edit) {
		for _, ip := range e.keys(pfTable(r.PathValue("alias"))) {
			rows = append(rows, map[string]any{"ip": ip})
		}
	})
	recordset(w, rows, post, 9999)
}

func (v *opnsense) aliasUUID(w http.ResponseWriter, r *http.Request, _ map[string]any) {
	v.lab.world.view(func(e *edit) {
		if a, ok := load[alias](e, aliasTable, r.PathValue("alias")); ok {
			writeJSON(w, http.StatusOK, map[string]any{"uuid": a.UUID})
			return
		}
		writeJSON(w, http.StatusOK, []any{})
	})
}

// recordset answers with a page of rows that hold every word of searchPhrase.
func recordset(w http.ResponseWriter, rows []map[string]any, post map[string]any, standard int) {
	words := strings.Fields(strings.ToLower(text(post["searchPhrase"])))
	found := make([]map[string]any, 0, len(rows))
	for _, row := range rows {
		if holds(row, words) {
			found = append(found, row)
		}
	}
	size, current := number(post["rowCount"], standard), max(number(post["current"], 1), 1)
	if size < 0 {
		size = len(found)
	}
	from := min((current-1)*size, len(found))
	part := found[from:min(from+size, len(found))]
	writeJSON(w, http.StatusOK, map[string]any{
		"total": len(found), "rowCount": len(part), "current": current, "rows": part,
	})
}

// holds reports whether each word is in some field of the row.
func holds(row map[string]any, words []string) bool {
	for _, word := range words {
		in := false
		for _, value := range row {
			in = in || strings.Contains(strings.ToLower(text(value)), word)
		}
		if !in {
			return false
		}
	}
	return true
}

// text returns a parameter as text.
func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	return ""
}

func number(value any, standard int) int {
	if n, err := strconv.Atoi(text(value)); err == nil {
		return n
	}
	return standard
}
