package email

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/schema"
)

// Exchange is what the filters of Microsoft wrote into the header. Exchange
// removes what others wrote there; other servers do not.
type Exchange struct {
	// SFV is the verdict of the spam filter (SPM, NSPM, SKN, …), Category what it
	// took the mail for (SPM, PHSH, HPHISH, MALW, SPOOF, UIMP, DIMP, BULK, NONE, …).
	SFV, Category string
	// SCL, BCL and PCL are levels of confidence in spam, bulk and phishing; nil
	// where nobody wrote them.
	SCL, BCL, PCL *int
	// IP is where the mail came from, Country where that is.
	IP      netip.Addr
	Country string
	// Direction is INB for mail from outside, INT for mail inside of the organisation.
	Direction string
	// AuthAs is Internal, Anonymous or Partner.
	AuthAs string
	// NetworkMessageID is the id of the mail in all of Exchange.
	NetworkMessageID string
}

// Exchange returns what Microsoft's filters wrote; it reports false where they
// wrote nothing.
func (m *Message) Exchange() (Exchange, bool) {
	h, e := m.Header, Exchange{}
	report := pairs(firstOf(h.First("X-Forefront-Antispam-Report"), h.First("X-Forefront-Antispam-Report-Untrusted")))
	e.SFV, e.Category, e.Country, e.Direction = report["sfv"], report["cat"], report["ctry"], report["dir"]
	e.IP, _ = netip.ParseAddr(strings.Trim(report["cip"], "[]"))
	e.IP = e.IP.Unmap().WithZone("")
	e.SCL = level(firstOf(report["scl"], h.First("X-MS-Exchange-Organization-SCL")))
	e.PCL = level(h.First("X-MS-Exchange-Organization-PCL"))
	e.BCL = level(pairs(h.First("X-Microsoft-Antispam"))["bcl"])
	e.AuthAs = word1(firstOf(h.First("X-MS-Exchange-Organization-AuthAs"), h.First("X-MS-Exchange-CrossTenant-AuthAs")))
	e.NetworkMessageID = word1(firstOf(h.First("X-MS-Exchange-Organization-Network-Message-Id"), h.First("X-MS-Exchange-CrossTenant-Network-Message-Id")))
	return e, e != (Exchange{})
}

// pairs reads NAME:value;NAME:value with names in lower case.
func pairs(s string) map[string]string {
	const longest, most = 8 << 10, 60
	out := map[string]string{}
	for part := range strings.SplitSeq(clip(s, longest), ";") {
		name, value, ok := strings.Cut(part, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		if _, taken := out[name]; ok && !taken && len(out) < most {
			out[name] = oneLine(clip(strings.TrimSpace(value), 100))
		}
	}
	return out
}

// level reads a level from -1 to 9.
func level(s string) *int {
	n, err := strconv.Atoi(strings.TrimSpace(clip(s, 10)))
	if err != nil || n < -1 || n > 9 {
		return nil
	}
	return &n
}

// word1 returns the first word of a field.
func word1(s string) string {
	fields := strings.Fields(clip(s, 200))
	if len(fields) == 0 {
		return ""
	}
	return oneLine(clip(fields[0], 100))
}

// output returns what a playbook sees.
func (e Exchange) output() map[string]any {
	out := map[string]any{}
	for name, value := range map[string]string{
		"sfv": e.SFV, "category": e.Category, "country": e.Country, "direction": e.Direction, "auth_as": e.AuthAs, "network_message_id": e.NetworkMessageID,
	} {
		if value != "" {
			out[name] = value
		}
	}
	for name, value := range map[string]*int{"scl": e.SCL, "bcl": e.BCL, "pcl": e.PCL} {
		if value != nil {
			out[name] = int64(*value)
		}
	}
	if e.IP.IsValid() {
		out["ip"] = e.IP.String()
	}
	return out
}

// exchangeType returns the type of output.exchange.
func exchangeType() schema.Type {
	text, number := schema.OptionalOf(schema.TypeOf(schema.String)), schema.OptionalOf(schema.TypeOf(schema.Integer))
	return schema.ObjectOf(
		field("sfv", text, "The spam filter's verdict, such as SPM or NSPM."), field("category", text, "What it took the mail for, such as PHSH."),
		field("scl", number, "Confidence that it is spam, -1 to 9."), field("bcl", number, "That it is bulk."), field("pcl", number, "That it is phishing."),
		field("ip", schema.OptionalOf(schema.TypeOf(schema.IP)), "Where it came from."), field("country", text, "The country of that."),
		field("direction", text, "INB from outside, INT inside."), field("auth_as", text, "Internal, Anonymous or Partner."),
		field("network_message_id", text, "The id of the mail in Exchange."),
	)
}
