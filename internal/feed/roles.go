package feed

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// row is one line of a table, or one flat object, by the names of its fields
// in lower case.
type row map[string]string

// first returns the first of some fields that has a value.
func (r row) first(names ...string) string {
	for _, name := range names {
		if v := strings.TrimSpace(r[name]); v != "" && !strings.EqualFold(v, "none") && v != "null" && v != "-" && !strings.EqualFold(v, "n/a") {
			return v
		}
	}
	return ""
}

// column is a field that holds a value.
type column struct {
	name, kind string
}

// columns lists the fields that hold values, in the words of abuse.ch and of
// common tables.
func columns() []column {
	return []column{
		{"url", "url"}, {"ip", "ip"}, {"ip_address", "ip"}, {"dst_ip", "ip"}, {"dstip", "ip"}, {"ipaddress", "ip"}, {"src_ip", "ip"},
		{"domain", "domain"}, {"hostname", "domain"}, {"fqdn", "domain"},
		{"sha256", "hash"}, {"sha256_hash", "hash"}, {"sha1", "hash"}, {"sha1_hash", "hash"}, {"md5", "hash"}, {"md5_hash", "hash"}, {"hash", "hash"},
		{"email", "email"}, {"cidr", "cidr"}, {"network", "cidr"},
	}
}

// headerRoles returns the fields of a header that have a meaning here.
func headerRoles(header string) []string {
	var known []string
	for name := range strings.SplitSeq(header, ",") {
		name = fieldName(name)
		if name == "ioc_value" || name == "indicator" || name == "value" || name == "ioc" || name == "first_seen_utc" || name == "dateadded" || name == "listingdate" ||
			slices.ContainsFunc(columns(), func(c column) bool { return c.name == name }) {
			known = append(known, name)
		}
	}
	return known
}

// fieldName spells the name of a field: Listing date and "Listingdate" are the same.
func fieldName(name string) string {
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), `"'`))
	return strings.ReplaceAll(strings.TrimSpace(name), " ", "_")
}

// giveRow gives the values of a row away.
func (x *reading) giveRow(r row) error {
	base := describe(r)
	given := false
	give := func(kind, value string) error {
		one := base
		one.Type, one.Value = kind, value
		given = true
		return x.give(one)
	}
	if x.opt.Column != "" {
		if value := r[fieldName(x.opt.Column)]; value != "" {
			kind := x.opt.Type
			if kind == "" {
				kind, _, _ = Guess(value)
			}
			return give(kind, value)
		}
		x.report.skip("a row without a value in the column")
		return nil
	}
	if value := r.first("ioc_value", "ioc", "indicator", "value"); value != "" {
		kind, value := iocType(r.first("ioc_type", "indicator_type", "type"), value)
		return give(kind, value)
	}
	for _, c := range columns() {
		value := r.first(c.name)
		if value == "" || c.name == "hostname" && given {
			continue
		}
		if err := give(c.kind, value); err != nil {
			return err
		}
	}
	if !given {
		x.report.skip("a row without a column that holds a value; say --column where there is one")
	}
	return nil
}

// iocType turns the types of ThreatFox into ours.
func iocType(kind, value string) (as, spelled string) {
	switch kind = strings.ToLower(kind); kind {
	case "ip:port":
		if i := strings.LastIndexByte(value, ':'); i > 0 {
			value = value[:i]
		}
		return "ip", value
	case "url", "domain", "ip", "cidr", "email":
		return kind, value
	case "hostname", "fqdn":
		return "domain", value
	case "md5_hash", "sha1_hash", "sha256_hash", "md5", "sha1", "sha256", "hash", "sha512", "sha384":
		return "hash", value
	case "ipv4", "ipv6", "ipv4-addr", "ipv6-addr", "ip-dst", "ip-src":
		return "ip", value
	}
	if as, spelled, ok := Guess(value); ok {
		return as, spelled
	}
	return kind, value
}

// describe reads what a row says about its values.
func describe(r row) Record {
	out := Record{
		ID:   r.first("id", "ioc_id"),
		Name: r.first("malware_printable", "malware", "signature", "fk_malware", "threat", "threat_type", "listingreason", "listing_reason", "reason", "description", "name"),
		Link: r.first("urlhaus_link", "urlhaus_reference", "threatfox_link", "reference", "link"),
		TLP:  tlpOf(r.first("tlp")), PAP: papOf(r.first("pap")),
		First: parseTime(r.first("first_seen_utc", "first_seen", "firstseen", "dateadded", "date_added", "listingdate", "listing_date", "first")),
		Last:  parseTime(r.first("last_seen_utc", "last_seen", "last_online", "lastseen", "last")),
		Until: parseTime(r.first("valid_until", "expires", "expiration")),
	}
	out.Confidence, _ = strconv.Atoi(r.first("confidence_level", "confidence", "score"))
	for _, list := range []string{r["tags"], r["tag"], r["malware_alias"]} {
		for tag := range strings.FieldsFuncSeq(list, func(c rune) bool { return c == ',' || c == '|' || c == ';' }) {
			if tag = strings.TrimSpace(tag); tag != "" && !strings.EqualFold(tag, "none") {
				out.Tags = append(out.Tags, tag)
			}
		}
	}
	for _, name := range []string{"threat_type", "url_status", "c2_status", "status", "file_name"} {
		if v := r.first(name); v != "" && v != out.Name {
			out.Tags = append(out.Tags, name+":"+v)
		}
	}
	if port := r.first("dst_port", "dstport", "port"); port != "" {
		out.Tags = append(out.Tags, "port:"+port)
	}
	return out
}

// parseTime reads the times that feeds write; what is none is zero.
func parseTime(text string) time.Time {
	text = strings.TrimSuffix(strings.TrimSpace(text), " UTC")
	if text == "" || len(text) > 40 {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04:05.999999", "02/01/2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return sane(t)
		}
	}
	if secs, err := strconv.ParseFloat(text, 64); err == nil && secs > 0 && secs < 1e11 {
		return sane(time.Unix(int64(secs), 0))
	}
	return time.Time{}
}
