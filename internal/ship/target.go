package ship

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// The kinds of targets.
const (
	Syslog  = "syslog"
	Webhook = "webhook"
)

// Target is where audit rows go.
type Target struct {
	Tenant harrier.TenantID
	ID     harrier.ConnectionID
	Name   string
	Kind   string
	// Address is host:port of a log server, or the URL of a web hook.
	Address string
	// CA is a PEM bundle to trust besides the system's.
	CA string
	// AllowPrivate are address ranges that are otherwise refused, in CIDR form.
	AllowPrivate []string
	// Cursor is the place of the last row that was taken.
	Cursor int64
	// Caught tells that it once had everything, SentAt when it took something last.
	Caught bool
	SentAt time.Time
	// Failures are those since the last success, the first at Since.
	Failures int
	Error    string
	Since    time.Time
	// AlarmAt is when an alert was opened; zero where none is open.
	AlarmAt   time.Time
	CreatedAt time.Time
}

// Check reports what is wrong with a target before it is used.
func (t Target) Check() error {
	if !nameForm().MatchString(t.Name) {
		return harrier.Errorf(harrier.Invalid, "name: %q is none; use lower-case letters, digits and dashes", t.Name)
	}
	for _, p := range t.AllowPrivate {
		if _, err := netip.ParsePrefix(p); err != nil {
			return harrier.Errorf(harrier.Invalid, "allow_private: %q is no range of addresses, such as 10.1.2.0/24", p)
		}
	}
	switch t.Kind {
	case Syslog:
		u, err := url.Parse("tcp://" + t.Address)
		if err != nil || u.Hostname() == "" || u.Port() == "" || u.Host != t.Address {
			return harrier.Errorf(harrier.Invalid, "address: %q is none of a log server; write host:6514", t.Address)
		}
	case Webhook:
		u, err := url.Parse(t.Address)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
			return harrier.Errorf(harrier.Invalid, "address: %q is none of a web hook; write https://host/path", t.Address)
		}
	default:
		return harrier.Errorf(harrier.Invalid, "kind: %q is neither syslog nor webhook", t.Kind)
	}
	return nil
}

func nameForm() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`) }

// Batch is what is sent at once: rows in their order, and the head that covers them.
type Batch struct {
	From, To   int64
	Lines      [][]byte
	Times      []time.Time
	Checkpoint string
}

// ID is the same whenever the same rows are sent to a target.
func (b Batch) ID(t Target) string {
	return "audit_" + t.ID.String() + "_" + strconv.FormatInt(b.From, 10) + "_" + strconv.FormatInt(b.To, 10)
}

// Frames is a batch as a log server reads it: a length, a blank and a message
// each (RFC 5425), of facility 13, the log of audits. A line holds printable
// ASCII alone, so that nothing in a row can end its message or begin another.
func (b Batch) Frames(host string, now time.Time) []byte {
	var out bytes.Buffer
	for i, line := range b.Lines {
		frame(&out, header(host, b.Times[i], "row")+string(line))
	}
	text, err := json.Marshal(map[string]string{"checkpoint": b.Checkpoint})
	if err == nil {
		frame(&out, header(host, now, "checkpoint")+string(text))
	}
	return out.Bytes()
}

func frame(out *bytes.Buffer, message string) {
	out.WriteString(strconv.Itoa(len(message)) + " " + message)
}

// header is that of RFC 5424 without structured data: priority 110 is facility
// 13 with severity 6.
func header(host string, at time.Time, what string) string {
	return "<110>1 " + at.UTC().Format("2006-01-02T15:04:05.000000Z") + " " + hostText(host) + " harrier - " + what + " - "
}

// hostText is a name as RFC 5424 allows it.
func hostText(host string) string {
	clean := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, host)
	if clean == "" {
		return "-"
	}
	return clean[:min(len(clean), 255)]
}

// Body is a batch as a web hook gets it. Rows are texts, so that whoever
// verifies their hashes has their bytes.
func (b Batch) Body(t Target, now time.Time) ([]byte, error) {
	lines := make([]string, len(b.Lines))
	for i, l := range b.Lines {
		lines[i] = string(l)
	}
	body, err := json.Marshal(map[string]any{
		"type": "audit.rows", "timestamp": now.UTC().Format(time.RFC3339Nano),
		"data": map[string]any{"tenant": t.Tenant.String(), "from": b.From, "to": b.To, "rows": lines, "checkpoint": b.Checkpoint},
	})
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "encode audit rows: %w", err)
	}
	return body, nil
}

// Wire sends.
type Wire interface {
	// Send returns nil when the other side has taken all rows.
	Send(ctx context.Context, t Target, b Batch) error
}
