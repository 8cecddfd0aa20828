package api

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/ship"
)

// AuditTarget is where audit rows are shipped to.
type AuditTarget struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Address string `json:"address"`
	// Secret is told once, by what added the target.
	Secret    string    `json:"secret,omitempty" doc:"Of a web hook, told this once: what its signature is verified with."`
	Cursor    int64     `json:"cursor" doc:"The place of the last row that was taken."`
	SentAt    time.Time `json:"sent_at,omitzero"`
	Failures  int       `json:"failures,omitempty"`
	Error     string    `json:"error,omitempty"`
	Since     time.Time `json:"since,omitzero" doc:"Since when something is wrong."`
	CreatedAt time.Time `json:"created_at"`
}

// AuditTargetOf is a target as the API shows it.
func AuditTargetOf(t ship.Target) AuditTarget {
	return AuditTarget{
		Name: t.Name, Kind: t.Kind, Address: t.Address, Cursor: t.Cursor, SentAt: t.SentAt, Failures: t.Failures, Error: t.Error, Since: t.Since, CreatedAt: t.CreatedAt,
	}
}

// AddAuditTarget is a new target.
type AddAuditTarget struct {
	Name    string `json:"name" maxLength:"63"`
	Kind    string `json:"kind" enum:"syslog,webhook"`
	Address string `json:"address" maxLength:"2000" doc:"host:6514 of a log server with TLS, or the https address of a web hook."`
	CA      string `json:"ca,omitempty" maxLength:"100000" doc:"PEM certificates to trust besides those of the system."`
	// AllowPrivate opens addresses that are refused otherwise.
	AllowPrivate []string `json:"allow_private,omitempty" maxItems:"50"`
}

// AuditTargets ships the audit trail.
type AuditTargets interface {
	// AuditTargets lists the targets by name.
	AuditTargets(ctx context.Context, by harrier.Principal) ([]AuditTarget, error)
	// AddAuditTarget adds a target; a name that is taken is Conflict.
	AddAuditTarget(ctx context.Context, by harrier.Principal, in AddAuditTarget) (AuditTarget, error)
	// RemoveAuditTarget ends shipping to a target.
	RemoveAuditTarget(ctx context.Context, by harrier.Principal, name string) error
}

func (s *Server) auditTargets(ctx context.Context, _ *noInput) (List[AuditTarget], error) {
	list, err := s.cfg.Ports.AuditTargets.AuditTargets(ctx, principal(ctx))
	return full(List[AuditTarget]{Items: list}, err)
}

type addAuditTargetIn struct{ Body AddAuditTarget }

func (s *Server) addAuditTarget(ctx context.Context, in *addAuditTargetIn) (*reply[AuditTarget], error) {
	out, err := s.cfg.Ports.AuditTargets.AddAuditTarget(ctx, principal(ctx), in.Body)
	return &reply[AuditTarget]{Body: out}, err
}

func (s *Server) removeAuditTarget(ctx context.Context, in *namedIn) (done, error) {
	return done{true}, s.cfg.Ports.AuditTargets.RemoveAuditTarget(ctx, principal(ctx), in.Name)
}
