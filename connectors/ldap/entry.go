package ldap

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// entry reads the attributes of an entry in the words of several directories.
type entry struct{ *ldap.Entry }

// first is the first value that any of the attributes has.
func (e entry) first(attributes ...string) string {
	for _, a := range attributes {
		if v := strings.TrimSpace(e.GetEqualFoldAttributeValue(a)); v != "" {
			return v
		}
	}
	return ""
}

// id is how the directory knows the entry again, whatever it is called: the GUID
// of Active Directory, the UUID of others (RFC 4530), or its name.
func (e entry) id() string {
	if raw := e.GetEqualFoldRawAttributeValue("objectGUID"); len(raw) == 16 {
		return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint16(raw[4:]), binary.LittleEndian.Uint16(raw[6:]), raw[8:10], raw[10:])
	}
	if id := e.first("entryUUID"); id != "" {
		return strings.ToLower(id)
	}
	return strings.ToLower(e.DN)
}

// sid is the security identifier of Windows as text.
func (e entry) sid() string { return sidText(e.GetEqualFoldRawAttributeValue("objectSid")) }

// sidText reads a security identifier ([MS-DTYP] §2.4.2.2).
func sidText(raw []byte) string {
	if text := string(raw); strings.HasPrefix(text, "S-1-") {
		return text // a directory that keeps it as text
	}
	if len(raw) < 8 || raw[0] != 1 || len(raw) != 8+4*int(raw[1]) {
		return ""
	}
	authority := uint64(0)
	for _, b := range raw[2:8] {
		authority = authority<<8 | uint64(b)
	}
	var out strings.Builder
	out.WriteString("S-1-" + strconv.FormatUint(authority, 10))
	for i := 8; i < len(raw); i += 4 {
		out.WriteString("-" + strconv.FormatUint(uint64(binary.LittleEndian.Uint32(raw[i:])), 10))
	}
	return out.String()
}

// sidFilter is a security identifier as it stands in a filter.
func sidFilter(text string) string {
	parts := strings.Split(strings.TrimPrefix(text, "S-1-"), "-")
	authority, err := strconv.ParseUint(parts[0], 10, 48)
	if err != nil || len(parts) > 16 {
		return ""
	}
	raw := []byte{1, byte(len(parts) - 1)}
	raw = append(raw, byte(authority>>40), byte(authority>>32), byte(authority>>24), byte(authority>>16), byte(authority>>8), byte(authority))
	for _, p := range parts[1:] {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return ""
		}
		raw = binary.LittleEndian.AppendUint32(raw, uint32(n))
	}
	var b strings.Builder
	for _, c := range raw {
		b.WriteString(`\` + hex.EncodeToString([]byte{c}))
	}
	return b.String()
}

// The bits of userAccountControl ([MS-ADTS] §2.2.16).
const (
	accountDisabled  = 0x2
	domainController = 0x2000
	readOnlyDC       = 0x4000000
)

// control are the bits of the account.
func (e entry) control() int64 {
	n, _ := strconv.ParseInt(e.first("userAccountControl"), 10, 64)
	return n
}

// enabled tells whether the account may sign in, as far as the directory says so.
func (e entry) enabled() bool {
	return e.control()&accountDisabled == 0 && !strings.EqualFold(e.first("nsAccountLock"), "TRUE")
}

// rdn is the first part of a name: who it is, without where.
func rdn(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil || len(parsed.RDNs) == 0 || len(parsed.RDNs[0].Attributes) == 0 {
		return dn
	}
	return parsed.RDNs[0].Attributes[0].Value
}

// folded is the spelling in which names of entries are compared.
func folded(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return strings.ToLower(dn)
	}
	return strings.ToLower(parsed.String())
}

// fileTime reads the time of Active Directory: hundreds of nanoseconds since 1601.
func fileTime(text string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	const epoch = 116444736000000000
	if err != nil || n <= epoch || n > epoch*3 {
		return ""
	}
	return time.Unix(0, (n-epoch)*100).UTC().Format(time.RFC3339)
}

// generalTime reads the time of LDAP (RFC 4517 §3.3.13).
func generalTime(text string) string {
	for _, layout := range []string{"20060102150405Z", "20060102150405.0Z", "20060102150405.000000Z", "20060102150405Z0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Format(time.RFC3339)
		}
	}
	return ""
}

// list is some texts as a value of an answer, each once, none empty.
func list(values ...string) []any {
	out := []any{}
	seen := map[string]bool{}
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" && !seen[strings.ToLower(v)] {
			seen[strings.ToLower(v)] = true
			out = append(out, v)
		}
	}
	return out
}

// put sets what is not empty.
func put(out map[string]any, values map[string]string) {
	for name, v := range values {
		if v != "" {
			out[name] = v
		}
	}
}

// address is an address of a network in its one spelling, or "".
func address(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	return a.Unmap().String()
}
