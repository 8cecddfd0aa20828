package harrier

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// Secret is a value that no sink may show: every way to print, log or encode
// it gives [secret]. Only [Secret.Reveal] returns it.
type Secret struct{ value string }

const redacted = "[secret]"

// NewSecret wraps value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value. Call it at the last hop only.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.value == "" }

// Equal compares in constant time.
func (s Secret) Equal(t Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.value), []byte(t.value)) == 1
}

// String implements [fmt.Stringer] without the value.
func (Secret) String() string { return redacted }

// GoString implements [fmt.GoStringer] without the value.
func (Secret) GoString() string { return redacted }

// Format implements [fmt.Formatter], so that no verb shows the value.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue implements [slog.LogValuer] without the value.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler] without the value.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
