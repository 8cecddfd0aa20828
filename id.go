package harrier

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"time"
)

// IDKind names what an ID identifies. Its Prefix stands before the ID's text.
type IDKind interface {
	Prefix() string
}

// ID is a UUIDv7 (RFC 9562) that knows what it identifies, so that a case
// cannot be passed where a run is meant. Its text is a prefix, an underscore
// and 26 characters of lower-case Crockford base32, as in run_01j9….
// The zero value identifies nothing.
type ID[K IDKind] [16]byte

// The kinds of ID. They carry no data.
type (
	tenantKind    struct{}
	principalKind struct{}
	alertKind     struct{}
	caseKind      struct{}
	runKind       struct{}
	evidenceKind  struct{}
	approvalKind  struct{}
	connKind      struct{}
	auditKind     struct{}
	sourceKind    struct{}
	channelKind   struct{}
	containedKind struct{}
	eventKind     struct{}
	muteKind      struct{}
	reviewKind    struct{}
	turnKind      struct{}
	noticeKind    struct{}
	handoverKind  struct{}
	changeKind    struct{}
	glassKind     struct{}
	erasureKind   struct{}
	sessionKind   struct{}
	keyKind       struct{}
	webhookKind   struct{}
	messageKind   struct{}
	passkeyKind   struct{}
)

// Prefix implements [IDKind].
func (tenantKind) Prefix() string { return "tenant" }

// Prefix implements [IDKind].
func (principalKind) Prefix() string { return "principal" }

// Prefix implements [IDKind].
func (alertKind) Prefix() string { return "alert" }

// Prefix implements [IDKind].
func (caseKind) Prefix() string { return "case" }

// Prefix implements [IDKind].
func (runKind) Prefix() string { return "run" }

// Prefix implements [IDKind].
func (evidenceKind) Prefix() string { return "evidence" }

// Prefix implements [IDKind].
func (approvalKind) Prefix() string { return "approval" }

// Prefix implements [IDKind].
func (connKind) Prefix() string { return "conn" }

// Prefix implements [IDKind].
func (auditKind) Prefix() string { return "audit" }

// Prefix implements [IDKind].
func (sourceKind) Prefix() string { return "source" }

// Prefix implements [IDKind].
func (eventKind) Prefix() string { return "event" }

// Prefix implements [IDKind].
func (muteKind) Prefix() string { return "mute" }

// Prefix implements [IDKind].
func (reviewKind) Prefix() string { return "review" }

// Prefix implements [IDKind].
func (turnKind) Prefix() string { return "oncall" }

// Prefix implements [IDKind].
func (noticeKind) Prefix() string { return "notification" }

// Prefix implements [IDKind].
func (handoverKind) Prefix() string { return "handover" }

// Prefix implements [IDKind].
func (changeKind) Prefix() string { return "change" }

// Prefix implements [IDKind].
func (glassKind) Prefix() string { return "glass" }

// Prefix implements [IDKind].
func (erasureKind) Prefix() string { return "erasure" }

// Prefix implements [IDKind].
func (sessionKind) Prefix() string { return "session" }

// Prefix implements [IDKind].
func (keyKind) Prefix() string { return "key" }

// Prefix implements [IDKind].
func (webhookKind) Prefix() string { return "webhook" }

// Prefix implements [IDKind].
func (messageKind) Prefix() string { return "msg" }

// Prefix implements [IDKind].
func (passkeyKind) Prefix() string { return "passkey" }

// Prefix implements [IDKind].
func (channelKind) Prefix() string { return "channel" }

// Prefix implements [IDKind].
func (containedKind) Prefix() string { return "contained" }

// The identifiers of Harrier's nouns.
type (
	// TenantID identifies an isolated customer or organisation.
	TenantID = ID[tenantKind]
	// PrincipalID identifies who acts: a person, a token, the system itself.
	PrincipalID = ID[principalKind]
	// AlertID identifies an alert.
	AlertID = ID[alertKind]
	// CaseID identifies a case. People use its number within the tenant.
	CaseID = ID[caseKind]
	// RunID identifies one execution of a playbook.
	RunID = ID[runKind]
	// EvidenceID identifies a stored artefact.
	EvidenceID = ID[evidenceKind]
	// ApprovalID identifies a question put to people: a plan to approve, a
	// form to answer, an unknown outcome to settle.
	ApprovalID = ID[approvalKind]
	// ConnectionID identifies a configured instance of a connector.
	ConnectionID = ID[connKind]
	// WebhookID identifies a program that is told of changes.
	WebhookID = ID[webhookKind]
	// MessageID identifies what it is told once.
	MessageID = ID[messageKind]
	// ChannelID identifies where questions are brought to people.
	ChannelID = ID[channelKind]
	// AuditID identifies an audit row.
	AuditID = ID[auditKind]
	// SourceID identifies where alerts come from.
	SourceID = ID[sourceKind]
	// ContainmentID identifies something that was contained.
	ContainmentID = ID[containedKind]
	// EventID identifies what a source delivered.
	EventID = ID[eventKind]
	// MuteID identifies a rule that keeps noise from people.
	MuteID = ID[muteKind]
	// ReviewID identifies a look by a second person at what a rule closed.
	ReviewID = ID[reviewKind]
	// OnCallID identifies a change of who is on call: an override or an absence.
	OnCallID = ID[turnKind]
	// NotificationID identifies something that people are told.
	NotificationID = ID[noticeKind]
	// HandoverID identifies what a shift leaves to the next.
	HandoverID = ID[handoverKind]
	// ChangeID identifies a change of what decides about alerts.
	ChangeID = ID[changeKind]
	// GlassID identifies a request to see a case that one is no member of.
	GlassID = ID[glassKind]
	// ErasureID identifies the erasure of a person's data.
	ErasureID = ID[erasureKind]
	// SessionID identifies a log-in of somebody.
	SessionID = ID[sessionKind]
	// KeyID identifies an API key.
	KeyID = ID[keyKind]
	// PasskeyID identifies a passkey of somebody.
	PasskeyID = ID[passkeyKind]
)

// Fixed identities that exist from the first migration.
var (
	// DefaultTenant is the one tenant of a new installation.
	DefaultTenant = TenantID{6: 0x70, 8: 0x80, 15: 1}
	// LocalOperator is the principal of whoever may open the data directory.
	LocalOperator = PrincipalID{6: 0x70, 8: 0x80, 15: 1}
	// SystemPrincipal is Harrier itself, as in timers and expiries.
	SystemPrincipal = PrincipalID{6: 0x70, 8: 0x80, 15: 2}
)

var idClock struct {
	sync.Mutex // guards last
	last       uint64
}

// NewID returns a fresh UUIDv7. IDs made by one process increase strictly,
// also within one millisecond (RFC 9562 §6.2, method 3: 12 bits of sub-millisecond time).
func NewID[T ~[16]byte](now time.Time) T {
	var id [16]byte
	_, _ = rand.Read(id[8:]) // crypto/rand.Read never fails since Go 1.24
	ns := uint64(now.UnixNano())
	ticks := ns/1e6<<12 | (ns%1e6)<<12/1e6
	idClock.Lock()
	if ticks <= idClock.last {
		ticks = idClock.last + 1
	}
	idClock.last = ticks
	idClock.Unlock()
	binary.BigEndian.PutUint64(id[:8], ticks>>12<<16|0x7000|ticks&0xfff)
	id[8] = id[8]&0x3f | 0x80
	return T(id)
}

// DeriveID returns the ID that seed determines, for things that must get the
// same identity when they are made again after a crash. It is a UUIDv8
// (RFC 9562 §5.8) over SHA-256.
func DeriveID[T ~[16]byte](seed ...string) T {
	h := sha256.New()
	for _, s := range seed {
		_, _ = fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	var id [16]byte
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return T(id)
}

const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// IsZero reports whether the ID identifies nothing.
func (id ID[K]) IsZero() bool { return id == ID[K]{} }

// String returns the ID with its prefix, as the API shows it.
func (id ID[K]) String() string {
	var k K
	prefix := k.Prefix()
	b := make([]byte, 0, len(prefix)+27)
	b = append(append(b, prefix...), '_')
	hi, lo := binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])
	for shift := 125; shift >= 0; shift -= 5 {
		b = append(b, crockford[bits5(hi, lo, uint(shift))])
	}
	return string(b)
}

// bits5 returns the five bits of the 128-bit number hi:lo that start at shift.
func bits5(hi, lo uint64, shift uint) uint64 {
	switch {
	case shift >= 64:
		return hi >> (shift - 64) & 31
	case shift > 59:
		return (lo>>shift | hi<<(64-shift)) & 31
	default:
		return lo >> shift & 31
	}
}

// Prefix is what stands before the underscore in the ID's text.
func (ID[K]) Prefix() string {
	var k K
	return k.Prefix()
}

// ParseID reads what [ID.String] wrote, as in ParseID[RunID](text). A wrong
// prefix or text is [Invalid].
func ParseID[T interface {
	~[16]byte
	IDKind
}](text string) (T, error) {
	var k T
	var id [16]byte
	body, ok := strings.CutPrefix(text, k.Prefix()+"_")
	if !ok || len(body) != 26 || body[0] > '7' {
		return k, Errorf(Invalid, "%q is not the id of a %s: want %s_ and 26 characters", text, k.Prefix(), k.Prefix())
	}
	var hi, lo uint64
	for i := range len(body) {
		v := strings.IndexByte(crockford, body[i])
		if v < 0 {
			return k, Errorf(Invalid, "%q is not the id of a %s: %q is not a character of an id", text, k.Prefix(), body[i])
		}
		hi, lo = hi<<5|lo>>59, lo<<5|uint64(v)
	}
	binary.BigEndian.PutUint64(id[:8], hi)
	binary.BigEndian.PutUint64(id[8:], lo)
	return T(id), nil
}

// MarshalText implements [encoding.TextMarshaler]. The zero ID is empty text.
func (id ID[K]) MarshalText() ([]byte, error) {
	if id.IsZero() {
		return nil, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (id *ID[K]) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = ID[K]{}
		return nil
	}
	v, err := ParseID[ID[K]](string(text))
	*id = v
	return err
}

// Value implements [driver.Valuer]: 16 bytes, or NULL for the zero ID.
func (id ID[K]) Value() (driver.Value, error) {
	if id.IsZero() {
		return nil, nil
	}
	return id[:], nil
}

// Scan implements [database/sql.Scanner] for what [ID.Value] stored.
func (id *ID[K]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*id = ID[K]{}
		return nil
	case []byte:
		if len(v) == len(id) {
			copy(id[:], v)
			return nil
		}
	}
	var k K
	return Errorf(Internal, "stored %s id is %T of a wrong length", k.Prefix(), src)
}
