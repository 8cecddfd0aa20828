package inventory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// fieldNames lists the fields that a column can hold.
func fieldNames(kind harrier.EntityType) []string {
	both := []string{"key", "name", "criticality", "criticality_at", "review_by", "environment", "owner", "department", "vip", "privileged", "tags"}
	if kind == harrier.UserEntity {
		return append(both, "account", "upn", "mail", "sid", "employee", "manager")
	}
	return append(both, "hostname", "address", "mac", "os", "domain")
}

// manyValued tells whether several columns may hold the same field.
func manyValued(field string) bool {
	return slices.Contains([]string{"hostname", "address", "mac", "tags", "account", "mail"}, field)
}

// plainName is the name of a column without what people write between words.
func plainName(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			return c
		}
		return -1
	}, name)
}

// fieldOf finds the field that a column's name means, in the words of common
// inventories; empty where it means none.
func fieldOf(kind harrier.EntityType, column string) string {
	name := plainName(column)
	if field := sharedField(name); field != "" {
		return field
	}
	if kind == harrier.UserEntity {
		if field := userField(name); field != "" {
			return field
		}
	} else if field := hostField(name); field != "" {
		return field
	}
	if product, ok := strings.CutSuffix(name, "id"); ok && len(product) > 1 && len(product) < 20 && strings.ContainsAny(column, "_- .I") {
		return "id." + product
	}
	return ""
}

func sharedField(name string) string {
	switch name {
	case "id", "key", "sysid", "assetid", "ciid", "recordid", "objectid", "uniqueid", "itemid":
		return "key"
	case "criticality", "priority", "businesscriticality", "assetcriticality", "importance", "assetpriority", "impact", "assetvalue", "tier":
		return "criticality"
	case "criticalityat", "criticalityset", "criticalitydate", "classifiedat", "assessedat":
		return "criticality_at"
	case "reviewby", "review", "reviewdate", "nextreview", "criticalityreview", "validuntil":
		return "review_by"
	case "environment", "env", "stage", "usedfor", "lifecyclestage":
		return "environment"
	case "owner", "assignedto", "ownedby", "assetowner", "systemowner", "responsible", "contact", "primaryuser", "businessowner":
		return "owner"
	case "department", "bunit", "businessunit", "dept", "division", "costcenter", "team":
		return "department"
	case "vip", "isvip", "executive":
		return "vip"
	case "privileged", "isprivileged", "isadmin", "admin", "privilegeduser":
		return "privileged"
	case "tags", "category", "tag", "labels", "groups", "watchlist", "role", "roles", "title", "jobtitle", "type", "class", "devicetype", "assettype":
		return "tags"
	}
	return ""
}

func hostField(name string) string {
	switch name {
	case "name", "assetname", "displayname", "label", "asset":
		return "name"
	case "hostname", "host", "fqdn", "dns", "nthost", "dnsname", "dnshostname", "computername", "computer", "machine", "machinename", "devicename",
		"servername", "netbiosname", "netbios", "aliases", "alias", "names", "computerdnsname", "device":
		return "hostname"
	case "domain", "dnsdomain", "dnssuffix":
		return "domain"
	case "ip", "ips", "address", "addresses", "ipaddress", "ipaddresses", "ipv4", "ipv6", "ipv4address", "ipv6address", "staticip", "staticaddress":
		return "address"
	case "mac", "macs", "macaddress", "macaddresses", "hardwareaddress", "ethernetaddress", "physicaladdress":
		return "mac"
	case "sid", "objectsid":
		return "id.sid"
	case "os", "operatingsystem", "osname", "osplatform", "platform":
		return "os"
	}
	return ""
}

func userField(name string) string {
	switch name {
	case "name", "displayname", "fullname", "cn", "nick", "commonname":
		return "name"
	case "account", "username", "user", "login", "loginname", "samaccountname", "identity", "accounts", "aliases", "alias", "uid", "ntaccount", "accountname", "accountupn":
		return "account"
	case "upn", "userprincipalname":
		return "upn"
	case "mail", "email", "emailaddress", "mailaddress", "primarysmtpaddress", "emails", "primaryemail", "smtp", "othermails", "proxyaddresses":
		return "mail"
	case "sid", "objectsid", "securityid", "securityidentifier", "onpremisessecurityidentifier":
		return "sid"
	case "employee", "employeeid", "employeenumber", "personnelnumber", "staffid", "workerid":
		return "employee"
	case "manager", "managedby", "supervisor", "reportsto", "manageremail":
		return "manager"
	}
	return ""
}

// parts are the values in a cell.
func parts(field, cell string, separator byte) []string {
	if !manyValued(field) {
		return []string{cell}
	}
	return strings.FieldsFunc(cell, func(c rune) bool {
		return c == '|' || c == '\n' || c == ';' || c == ',' && separator != ',' || c == ',' || c == ' ' && field != "tags"
	})
}

// writing fills a record from values, and keeps what is wrong with them.
type writing struct {
	how      Reading
	r        Record
	line     int
	domain   string
	problems []string
}

func (w *writing) wrong(format string, args ...any) {
	if len(w.problems) < 5 {
		w.problems = append(w.problems, fmt.Sprintf(format, args...))
	}
}

// put writes the values of a field.
func (w *writing) put(field string, values []string) {
	for _, v := range values {
		if v = clean(v); v != "" {
			w.one(field, v)
		}
	}
}

func (w *writing) one(field, v string) {
	r := &w.r
	switch field {
	case "key":
		r.Key = v
	case "name":
		if r.Name = v; r.Kind == harrier.HostEntity && !strings.ContainsAny(v, " \t") {
			w.hostName(v)
		}
	case "hostname":
		w.hostName(v)
	case "domain":
		w.domain = nameSpelling(v)
		w.qualify()
	case "account":
		w.account(v)
	case "upn":
		r.UPN = v
	case "mail":
		if v = strings.TrimPrefix(strings.TrimPrefix(v, "smtp:"), "SMTP:"); strings.Contains(v, "@") {
			r.Mail = append(r.Mail, v)
		} else {
			w.wrong("%.60q is not a mail address", v)
		}
	case "address":
		if a, ok := ParseAddress(v); ok {
			r.Addresses = append(r.Addresses, a)
		} else {
			w.wrong("%.60q is not an address", v)
		}
	case "mac":
		if m, ok := ParseMAC(v); ok {
			r.MACs = append(r.MACs, m)
		} else {
			w.wrong("%.60q is not a hardware address", v)
		}
	case "sid":
		w.id("sid", v)
	default:
		if product, ok := strings.CutPrefix(field, "id."); ok {
			w.id(product, v)
			return
		}
		w.fact(field, v)
	}
}

// fact writes what is no name.
func (w *writing) fact(field, v string) {
	r := &w.r
	switch field {
	case "os":
		r.OS = v
	case "employee":
		r.Employee = v
	case "department":
		r.Department = v
	case "manager":
		r.Manager = v
	case "owner":
		r.Owner = v
	case "environment":
		r.Environment = v
	case "tags":
		r.Tags = append(r.Tags, v)
	case "vip":
		r.VIP = w.yes(field, v)
	case "privileged":
		r.Privileged = w.yes(field, v)
	case "criticality":
		level, ok := ParseCriticality(v)
		if !ok {
			w.wrong("%.40q is no criticality: it is taken for unknown; write critical, high, medium or low", v)
		}
		r.Criticality = level
	case "criticality_at":
		r.CriticalityAt = w.time(field, v)
	case "review_by":
		r.ReviewBy = w.time(field, v)
	}
}

func (w *writing) id(product, v string) {
	if w.r.IDs == nil {
		w.r.IDs = map[string]string{}
	}
	w.r.IDs[product] = v
}

// hostName takes a name of a host, which may turn out to be an address.
func (w *writing) hostName(v string) {
	if a, ok := ParseAddress(v); ok {
		w.r.Addresses = append(w.r.Addresses, a)
		return
	}
	w.r.Names = append(w.r.Names, v)
	w.qualify()
}

// qualify gives names without a domain the one that a column tells, beside theirs.
func (w *writing) qualify() {
	if w.domain == "" || !qualified(w.domain) || len(w.r.Names) > maxList {
		return
	}
	for _, n := range slices.Clone(w.r.Names) {
		if n = nameSpelling(n); !qualified(n) && !slices.Contains(w.r.Names, n+"."+w.domain) {
			w.r.Names = append(w.r.Names, n+"."+w.domain)
		}
	}
}

// account takes the name of an account, in any form.
func (w *writing) account(v string) {
	a := parseAccount(v)
	switch {
	case isSID(v):
		w.id("sid", v)
	case strings.Contains(a.name, "@") && w.r.UPN == "":
		w.r.UPN = v
	default:
		w.r.Names = append(w.r.Names, v)
	}
}

func (w *writing) yes(field, v string) bool {
	switch strings.ToLower(v) {
	case "true", "yes", "y", "1", "x", "on", "ja", "oui":
		return true
	case "false", "no", "n", "0", "off", "-", "nein", "non":
		return false
	}
	w.wrong("%s is %.40q, which is neither yes nor no", field, v)
	return false
}

func (w *writing) time(field, v string) time.Time {
	t, ok := parseTime(v, w.how.Zone)
	if !ok {
		w.wrong("%s is %.40q, which is no time; write 2026-01-31 or 2026-01-31T08:00:00Z", field, v)
	}
	return t
}

// parseTime reads a time in the common spellings: RFC 3339, a date, or seconds or
// milliseconds since 1970. Days before months are not guessed.
func parseTime(text string, zone *time.Location) (time.Time, bool) {
	text = strings.TrimSpace(text)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006/01/02 15:04:05", "02.01.2006 15:04:05", "02.01.2006"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil && t.Year() >= 1970 && t.Year() < 10000 {
			return t.UTC(), true
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 1e8 && n < 1e14) {
		return time.Time{}, false
	}
	if n >= 1e11 {
		n /= 1000
	}
	return time.Unix(int64(n), 0).UTC(), true
}
