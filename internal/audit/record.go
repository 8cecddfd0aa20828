package audit

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
)

// Record is an audit row to the byte, as the database holds it: what was
// tampered with may hold anything.
type Record struct {
	// Place is the row's place in the table, which rises.
	Place                           int64
	Tenant, ID                      []byte
	At                              int64 // microseconds since 1970
	Actor                           []byte
	ActorName, Action, Target, Path string
	Run                             []byte
	Data                            string
}

// Name is what people call the row.
func (r Record) Name() string { return idText[harrier.AuditID](r.ID) }

// Line is the canonical text of a row in its place, without a line end: one
// JSON object whose members have a fixed order. Two rows that differ in
// anything have two lines, and no line holds a control character.
func (r Record) Line(seq int64) []byte {
	b := append([]byte(`{"seq":`), strconv.FormatInt(seq, 10)...)
	b = member(b, "tenant", idText[harrier.TenantID](r.Tenant))
	b = member(b, "id", r.Name())
	b = member(b, "at", timeText(r.At))
	b = member(b, "actor", idText[harrier.PrincipalID](r.Actor))
	b = member(b, "actor_name", r.ActorName)
	b = member(b, "action", r.Action)
	b = member(b, "target", r.Target)
	if len(r.Run) > 0 {
		b = member(b, "run", idText[harrier.RunID](r.Run))
	}
	if r.Path != "" {
		b = member(b, "path", r.Path)
	}
	if r.Data != "" {
		b = member(b, "data", r.Data)
	}
	return append(b, '}')
}

func member(b []byte, name, value string) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	return appendText(append(b, `":`...), value)
}

// appendText writes a JSON string. Everything beyond printable ASCII is escaped,
// so that a line is the same in every tool and nothing in it can draw on a
// terminal or end a line; a byte that is no UTF-8 becomes half a surrogate pair,
// which no valid text has.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			b = escape(b, 0xdc00+uint16(s[0]))
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= ' ' && r < 0x7f:
			b = append(b, byte(r))
		case r > 0xffff:
			r -= 0x10000
			b = escape(escape(b, 0xd800+uint16(r>>10)), 0xdc00+uint16(r&0x3ff))
		default:
			b = escape(b, uint16(r))
		}
		s = s[n:]
	}
	return append(b, '"')
}

func escape(b []byte, unit uint16) []byte {
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', digits[unit>>12], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
}

// idText is an id as the API shows it; bytes that are none are shown as such.
func idText[T interface {
	~[16]byte
	String() string
}](b []byte) string {
	if len(b) != 16 {
		return "hex:" + hex.EncodeToString(b)
	}
	return T([16]byte(b)).String()
}

// timeText is a time in RFC 3339; one that it cannot write is the number.
func timeText(micro int64) string {
	at := time.UnixMicro(micro).UTC()
	if y := at.Year(); y < 0 || y > 9999 {
		return strconv.FormatInt(micro, 10)
	}
	return at.Format("2006-01-02T15:04:05.000000Z")
}

// Entry is a row as a reader of a line sees it.
type Entry struct {
	Seq       int64  `json:"seq"`
	Tenant    string `json:"tenant"`
	ID        string `json:"id"`
	At        string `json:"at"`
	Actor     string `json:"actor"`
	ActorName string `json:"actor_name"`
	Action    string `json:"action"`
	Target    string `json:"target"`
	Run       string `json:"run"`
	Path      string `json:"path"`
	Data      string `json:"data"`
}

// parseLine reads what names a line. A line that is no object names nothing.
func parseLine(line []byte) (e Entry) {
	_ = json.Unmarshal(line, &e) // the hash tells whether the line is right
	return e
}
