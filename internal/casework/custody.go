package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/harrier-soar/harrier"
)

// What people do with evidence.
const (
	CustodyAdd      = "add"
	CustodyMark     = "mark"
	CustodyDownload = "download"
	CustodyExport   = "export"
)

// Custody is a line of an artefact's log: who touched it, and when.
type Custody struct {
	Tenant   harrier.TenantID
	Evidence harrier.EvidenceID
	Seq      int64 // given by the store
	At       time.Time
	Action   string
	SHA256   string
	By       harrier.PrincipalID
	Name     string
	Note     string
}

// Custodian keeps the rows of evidence and its log.
type Custodian interface {
	// AddEvidence adds the row of an artefact whose bytes are stored already.
	AddEvidence(ctx context.Context, tx harrier.Tx, e harrier.Evidence) error
	// MarkEvidence says whether an artefact is malware.
	MarkEvidence(ctx context.Context, tx harrier.Tx, e harrier.Evidence) error
	// AddCustody adds a line; what is there is never changed.
	AddCustody(ctx context.Context, tx harrier.Tx, c Custody) error
	// Custody lists the log of an artefact, the first line first.
	Custody(ctx context.Context, tenant harrier.TenantID, id harrier.EvidenceID) ([]Custody, error)
}

// Attach puts an artefact whose bytes are stored into a case.
func (s *Service) Attach(ctx context.Context, by harrier.Principal, id harrier.CaseID, e harrier.Evidence) (harrier.Evidence, error) {
	_, err := s.change(ctx, by, &change{
		id: id, action: "case.evidence.add", kind: entryEvidence, text: fmt.Sprintf("%s (%d bytes, SHA-256 %s)", e.Name, e.Size, e.SHA256),
		do: func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (bool, error) {
			e.Tenant, e.Case, e.ID, e.CreatedAt, e.CreatedBy = c.Tenant, c.ID, harrier.NewID[harrier.EvidenceID](now), now, by.ID
			if err := s.store.AddEvidence(ctx, tx, e); err != nil {
				return false, err
			}
			return true, s.touch(ctx, tx, by, touched(e, CustodyAdd, fmt.Sprintf("to case %d", c.Number)))
		},
	})
	return e, err
}

// touched is a line about an artefact.
func touched(e harrier.Evidence, action, note string) Custody {
	return Custody{Tenant: e.Tenant, Evidence: e.ID, Action: action, SHA256: e.SHA256, Note: note}
}

// touch writes who touched an artefact into its log.
func (s *Service) touch(ctx context.Context, tx harrier.Tx, by harrier.Principal, l Custody) error {
	l.At, l.By, l.Name = s.now(), by.ID, by.Name
	return s.store.AddCustody(ctx, tx, l)
}

// Touch writes into the log of artefacts that somebody took them out, before
// they get them: without the line there are no bytes.
func (s *Service) Touch(ctx context.Context, by harrier.Principal, action, note string, all ...harrier.Evidence) error {
	return s.store.Write(ctx, func(tx harrier.Tx) error {
		for _, e := range all {
			if err := s.handle(ctx, tx, by, touched(e, action, note)); err != nil {
				return err
			}
		}
		return nil
	})
}

// handle is touch with a row of the audit trail.
func (s *Service) handle(ctx context.Context, tx harrier.Tx, by harrier.Principal, l Custody) error {
	if err := s.touch(ctx, tx, by, l); err != nil {
		return err
	}
	return harrier.Deed{Action: "evidence." + l.Action, Target: l.Evidence.String(), At: s.now()}.Record(ctx, tx, s.store, by)
}

// Mark says whether an artefact is malware, which leaves only in an archive.
func (s *Service) Mark(ctx context.Context, by harrier.Principal, e harrier.Evidence) error {
	return s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.MarkEvidence(ctx, tx, e); err != nil {
			return err
		}
		return s.handle(ctx, tx, by, touched(e, CustodyMark, fmt.Sprintf("malware: %t", e.Malware)))
	})
}

// CustodyLog lists who touched an artefact, the first first.
func (s *Service) CustodyLog(ctx context.Context, by harrier.Principal, id harrier.EvidenceID) ([]Custody, error) {
	return s.store.Custody(ctx, by.Tenant, id)
}
