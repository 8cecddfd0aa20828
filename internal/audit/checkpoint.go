package audit

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// originPrefix begins the name of a log and of the key that signs it.
const originPrefix = "harrier-audit/"

// maxNote bounds the text of a checkpoint.
const maxNote = 4 << 10

// origin is the name of a tenant's log.
func origin(tenant harrier.TenantID) string { return originPrefix + tenant.String() }

// Checkpoint is the signed head of a log: all of its first Size rows and their order.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
	At     time.Time
	// Clock tells whether the machine's clock was kept right by somebody:
	// synchronized, unsynchronized or unknown.
	Clock string
	// Note is the whole signed text, as others keep it.
	Note string
}

// Tenant is whose log it is.
func (c Checkpoint) Tenant() string { return strings.TrimPrefix(c.Origin, originPrefix) }

// text is what is signed: the lines of a checkpoint as transparency logs write them.
func (c Checkpoint) text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + c.Root.String() + "\n" +
		c.At.UTC().Format("2006-01-02T15:04:05.000000Z") + " " + c.Clock + "\n"
}

// sign completes a checkpoint.
func (c Checkpoint) sign(s note.Signer) (Checkpoint, error) {
	text, err := note.Sign(&note.Note{Text: c.text()}, s)
	if err != nil {
		return c, harrier.Errorf(harrier.Internal, "sign an audit checkpoint: %w", err)
	}
	c.Note = string(text)
	return c, nil
}

// ReadCheckpoint reads a signed note without looking at its signature.
func ReadCheckpoint(text string) (c Checkpoint, err error) {
	bad := harrier.Errorf(harrier.Invalid, "this is no checkpoint of an audit log; harrier audit checkpoint prints one")
	lines := strings.SplitN(text, "\n", 5)
	if len(text) > maxNote || len(lines) != 5 || !strings.HasPrefix(lines[0], originPrefix) {
		return c, bad
	}
	c = Checkpoint{Origin: lines[0], Note: text}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return c, bad
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return c, bad
	}
	copy(c.Root[:], root)
	at, clock, _ := strings.Cut(lines[3], " ")
	if c.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return c, bad
	}
	c.Clock = clock
	return c, nil
}

// Signed reports whether a key has signed the checkpoint as it is.
func (c Checkpoint) Signed(v note.Verifier) error {
	if v.Name() != c.Origin {
		return harrier.Errorf(harrier.Invalid, "the key is that of %s and the checkpoint that of %s", v.Name(), c.Origin)
	}
	n, err := note.Open([]byte(c.Note), note.VerifierList(v))
	if err != nil {
		return harrier.Errorf(harrier.Invalid, "the signature of the checkpoint of %d rows does not hold: %w", c.Size, err)
	}
	if n.Text != c.text() {
		return harrier.Errorf(harrier.Invalid, "the checkpoint of %d rows is written unlike Harrier writes it", c.Size)
	}
	return nil
}
