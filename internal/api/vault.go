package api

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

// VaultRotation is how the root key of the vault stands.
type VaultRotation struct {
	Root    string    `json:"root" doc:"Identifies the root key without telling it."`
	Since   time.Time `json:"since" doc:"When its file was written."`
	Running bool      `json:"running"`
	Done    int       `json:"done" doc:"How many keys of tenants were wrapped again by the last rotation since the start."`
	Of      int       `json:"of"`
}

// Vault rotates the key that all secrets hang from.
type Vault interface {
	// Rotation tells how the root key stands.
	Rotation(ctx context.Context, by harrier.Principal) (VaultRotation, error)
	// Rotate replaces the root key, or goes on with a rotation that was cut off;
	// Conflict while one runs.
	Rotate(ctx context.Context, by harrier.Principal) (VaultRotation, error)
}

// vaultRoutes is the part of the table about the keys of the installation.
func (s *Server) vaultRoutes() []route {
	return []route{
		{"GET /v1/vault/rotation", harrier.TenantsManage, "getVaultRotation", "Show how the root key of the vault stands, and how far a rotation is", call(s.vaultRotation)},
		{"POST /v1/vault/rotation", harrier.TenantsManage, "rotateVault", "Replace the root key of the vault while all goes on", fresh(call(s.rotateVault))},
	}
}

func (s *Server) vaultRotation(ctx context.Context, _ *noInput) (VaultRotation, error) {
	return s.cfg.Ports.Vault.Rotation(ctx, principal(ctx))
}

type rotateVaultIn struct{ Body struct{} }

func (s *Server) rotateVault(ctx context.Context, _ *rotateVaultIn) (VaultRotation, error) {
	return s.cfg.Ports.Vault.Rotate(ctx, principal(ctx))
}
