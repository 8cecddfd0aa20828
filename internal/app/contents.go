package app

import (
	"context"
	"encoding/base64"
	"io"
	"maps"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/schema"
)

// maxShared is how large a file may be that is handed to a connector, in bytes.
const maxShared = 32 << 20

// contents returns the arguments with the ids of stored files replaced by what
// is in these files, as base64 text. It happens at the last moment: plans,
// approvals and the journal know the ids alone. What is followed after it was
// submitted needs no content.
func (c *caller) contents(ctx context.Context, req engine.CallRequest, spec schema.ActionSpec, in map[string]any) (map[string]any, error) {
	if req.Call.Resume != nil {
		return in, nil
	}
	out := maps.Clone(in)
	for _, f := range spec.Input {
		text, ok := in[f.Name].(string)
		if !ok || f.Type.Kind != schema.EvidenceID {
			continue
		}
		content, err := c.content(ctx, req.Tenant, text)
		if err != nil {
			return nil, err
		}
		out[f.Name] = base64.StdEncoding.EncodeToString(content)
	}
	return out, nil
}

// content reads a stored file of a tenant. Nothing has been sent when it fails.
func (c *caller) content(ctx context.Context, tenant harrier.TenantID, text string) ([]byte, error) {
	var id harrier.EvidenceID
	if err := id.UnmarshalText([]byte(text)); err != nil {
		return nil, connector.Errorf(connector.Invalid, "%q is not the id of a stored file", text)
	}
	file, err := c.evidence(ctx, tenant, id)
	if harrier.KindOf(err) == harrier.NotFound && err != nil {
		return nil, connector.Errorf(connector.NotFound, "the file %s is not stored here: %w", id, err)
	}
	if err != nil {
		return nil, connector.Errorf(connector.Unavailable, "the file %s cannot be opened: %w", id, err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxShared+1))
	if err != nil {
		return nil, connector.Errorf(connector.Unavailable, "the file %s cannot be read: %w", id, err)
	}
	if len(content) > maxShared {
		return nil, connector.Errorf(connector.Invalid, "the file %s is larger than %d bytes, which is the most that is handed to a product", id, maxShared)
	}
	return content, nil
}
