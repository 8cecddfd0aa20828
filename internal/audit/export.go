package audit

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// exportHead is the first line of an export. After it come the verifier key, a
// line for each place (its hash, and behind a blank the row's line where the row
// was chosen), an empty line, and the signed checkpoint.
const exportHead = "harrier audit export 1"

// maxLine bounds a line of an export.
const maxLine = 16 << 20

// Source is what is exported from.
type Source interface {
	// AuditHead returns the last checkpoint of a tenant.
	AuditHead(ctx context.Context, tenant harrier.TenantID) (Head, error)
	// AuditKey returns the verifier key of a tenant's log.
	AuditKey(ctx context.Context, tenant harrier.TenantID) (string, error)
	// AuditLeaves returns the places of a tenant from one to another.
	AuditLeaves(ctx context.Context, tenant harrier.TenantID, from, to int64) ([]Leaf, error)
}

// Selection chooses rows. Of the others the hash is exported, so that the whole
// log can be verified and nothing of them is told.
type Selection struct {
	Since, Until time.Time
	Run          harrier.RunID
	Actor        harrier.PrincipalID
	Action       string
	Target       string
}

func (s Selection) takes(r Record) bool {
	at := time.UnixMicro(r.At)
	return (s.Since.IsZero() || !at.Before(s.Since)) && (s.Until.IsZero() || at.Before(s.Until)) &&
		(s.Run.IsZero() || string(s.Run[:]) == string(r.Run)) && (s.Actor.IsZero() || string(s.Actor[:]) == string(r.Actor)) &&
		(s.Action == "" || s.Action == r.Action) && (s.Target == "" || s.Target == r.Target)
}

// Export writes the log of a tenant as far as it is signed.
func Export(ctx context.Context, w io.Writer, src Source, tenant harrier.TenantID, choose Selection) error {
	head, err := src.AuditHead(ctx, tenant)
	if err != nil {
		return err
	}
	if head.Note == "" {
		return harrier.Errorf(harrier.NotFound, "nothing is signed in the audit log yet; ask again in a second")
	}
	c, err := ReadCheckpoint(head.Note)
	if err != nil {
		return err
	}
	key, err := src.AuditKey(ctx, tenant)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	_, _ = out.WriteString(exportHead + "\n" + key + "\n") // an error stays, and Flush tells it
	for from := int64(1); from <= c.Size; {
		leaves, err := src.AuditLeaves(ctx, tenant, from, min(from+atOnce-1, c.Size))
		if err != nil {
			return err
		}
		for _, l := range leaves {
			_, _ = out.Write(exportLine(l, choose))
		}
		if err := out.Flush(); err != nil {
			return err
		}
		from += atOnce
	}
	_, _ = out.WriteString("\n" + head.Note)
	return out.Flush()
}

func exportLine(l Leaf, choose Selection) []byte {
	b := base64.StdEncoding.AppendEncode(nil, l.Hash)
	if l.Row != nil && choose.takes(*l.Row) {
		b = append(append(b, ' '), l.Row.Line(l.Seq)...)
	}
	return append(b, '\n')
}

// VerifyExport checks an exported file, which need not come from who it says.
func VerifyExport(r io.Reader, o Options) (Report, error) {
	report := Report{OK: true}
	known, err := o.read()
	if err != nil {
		return report, err
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	if !lines.Scan() || lines.Text() != exportHead || !lines.Scan() {
		return report, errors.Join(harrier.Errorf(harrier.Invalid, "this is neither a database nor an export of an audit log; harrier audit export writes one"), lines.Err())
	}
	key := lines.Text()
	name, _, _ := strings.Cut(key, "+")
	e := &exported{prover: newProver(strings.TrimPrefix(name, originPrefix), name, key, known)}
	for lines.Scan() && len(lines.Bytes()) > 0 {
		e.place(lines.Bytes())
	}
	var text strings.Builder
	for lines.Scan() && text.Len() < maxNote {
		text.WriteString(lines.Text() + "\n")
	}
	e.close(text.String(), lines.Err())
	report.add(e.end())
	for other := range known.checkpoints {
		if other != name {
			report.add(LogReport{Tenant: Checkpoint{Origin: other}.Tenant(), Findings: []Finding{{Kind: RolledBack, Detail: "a checkpoint from outside is of a log that the file does not hold"}}})
		}
	}
	return report, nil
}

// exported is an export that is being read.
type exported struct{ *prover }

// place reads the line of a place.
func (e *exported) place(line []byte) {
	var kept Hash
	text, row, chosen := strings.Cut(string(line), " ")
	seq := e.Rows + 1
	h, err := base64.StdEncoding.DecodeString(text)
	if copy(kept[:], h); err != nil || len(h) != len(kept) {
		e.found(at(Edited, seq, ""), "the hash at place %d is none", seq)
	}
	seen, name := kept, ""
	if chosen {
		entry := parseLine([]byte(row))
		seen, name = LeafHash([]byte(row)), entry.ID
		if seen != kept || entry.Seq != seq {
			e.found(at(Edited, seq, name), "row %s (%s) at place %d is not what was chained", name, entry.Action, seq)
		}
	}
	e.add(kept, seen, name)
}

// close compares the checkpoint at the end.
func (e *exported) close(text string, read error) {
	if read != nil {
		e.found(at(Unreadable, e.Rows+1, ""), "the file cannot be read on: %s", read)
		return
	}
	c, err := ReadCheckpoint(text)
	switch {
	case err != nil:
		e.found(at(Forged, e.Rows, ""), "the file does not end with a checkpoint")
	case e.key == nil:
		e.found(at(Forged, 0, ""), "the file has no verifier key; bring it: --key")
	case c.Size != e.Rows:
		e.found(at(Removed, min(c.Size, e.Rows)+1, ""), "the checkpoint was signed over %d rows, and the file has %d", c.Size, e.Rows)
	default:
		e.head(c)
	}
}
