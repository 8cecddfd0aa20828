package exhibits

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"io"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/evidence"
	"github.com/harrier-soar/harrier/schema"
)

// maxFile bounds what is kept at once, in bytes.
const maxFile = 25 << 20

// Rows keeps the rows of evidence.
type Rows interface {
	// Write runs change in a transaction and returns when it is durable.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// AddEvidence adds a row; one that is there already is Conflict.
	AddEvidence(ctx context.Context, tx harrier.Tx, e harrier.Evidence) error
}

// Blobs keeps the bytes of evidence.
type Blobs interface {
	// Put stores what r gives, durably; more than limit bytes is Invalid.
	Put(ctx context.Context, tenant harrier.TenantID, r io.Reader, limit int64) (evidence.Blob, error)
}

// File is a file out of a mail.
type File struct {
	Name, MediaType string
	Content         []byte
}

// Config is what the service is made of. All is required, but with none of it
// the actions can be described.
type Config struct {
	Rows  Rows
	Blobs Blobs
	// Open opens stored evidence; what does not exist for a tenant is NotFound.
	Open func(ctx context.Context, tenant harrier.TenantID, id harrier.EvidenceID) (io.ReadCloser, error)
	// Carried takes a file out of a mail, by its SHA-256; NotFound where it carries none such.
	Carried func(ctx context.Context, mail []byte, sha256 string) (File, error)
	Now     func() time.Time
}

// Service makes evidence. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(cfg Config) *Service { return &Service{cfg} }

// Actions returns the built-in actions about evidence.
func (s *Service) Actions() []builtin.Action {
	text := schema.TypeOf(schema.String)
	return []builtin.Action{
		{
			Spec: spec("evidence.keep", "Keep content as evidence",
				field("content", text, true, "The content in base64, as mail.get gives a mail. At most 25 MiB."),
				field("name", text, false, "Name of the file."),
				field("media_type", text, false, "Media type, such as message/rfc822.")),
			Call: s.keepAction,
		},
		{
			Spec: spec("evidence.extract", "Keep a file that a mail carries as evidence",
				field("evidence", schema.TypeOf(schema.EvidenceID), true, "The stored mail."),
				field("sha256", schema.TypeOf(schema.Hash), true, "SHA-256 of the file, as email.parse lists it.")),
			Call: s.extract,
		},
	}
}

// spec is what the actions have in common. They add to the store what was known
// already, and change nothing.
func spec(name, title string, input ...schema.Field) schema.ActionSpec {
	return schema.ActionSpec{
		Name: name, Title: title, Connector: "evidence", Effect: harrier.Read, Repeat: harrier.Natural, Builtin: true, Input: input, Timeout: time.Minute,
		Output: schema.ObjectOf(
			field("evidence", schema.TypeOf(schema.EvidenceID), true, "Id of the evidence."),
			field("sha256", schema.TypeOf(schema.Hash), true, "SHA-256 of the content."),
			field("size", schema.TypeOf(schema.Integer), true, "Size in bytes."),
			field("name", schema.TypeOf(schema.String), true, "Name of the file."),
		),
		Example: map[string]any{
			"evidence": harrier.DeriveID[harrier.EvidenceID]("example").String(), "name": "invoice.zip", "size": int64(2048),
			"sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		},
	}
}

func field(name string, t schema.Type, required bool, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Required: required, Help: help}
}

// keepAction is evidence.keep.
func (s *Service) keepAction(ctx context.Context, req builtin.Request) (map[string]any, error) {
	content, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text(req, "content")))
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "content is not base64: %w; give it as mail.get gives a mail", err)
	}
	return s.keep(ctx, req, File{text(req, "name"), text(req, "media_type"), content})
}

// extract is evidence.extract.
func (s *Service) extract(ctx context.Context, req builtin.Request) (map[string]any, error) {
	id, err := harrier.ParseID[harrier.EvidenceID](text(req, "evidence"))
	if err != nil {
		return nil, err
	}
	mail, err := s.read(ctx, req.Tenant, id)
	if err != nil {
		return nil, err
	}
	f, err := s.cfg.Carried(ctx, mail, strings.ToLower(text(req, "sha256")))
	if err != nil {
		return nil, err
	}
	return s.keep(ctx, req, f)
}

// read reads stored evidence whole.
func (s *Service) read(ctx context.Context, tenant harrier.TenantID, id harrier.EvidenceID) ([]byte, error) {
	r, err := s.cfg.Open(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, 2*maxFile))
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "evidence %s could not be read; try again: %w", id, err)
	}
	return data, nil
}

// keep stores a file and its row.
func (s *Service) keep(ctx context.Context, req builtin.Request, f File) (map[string]any, error) {
	if len(f.Content) == 0 {
		return nil, harrier.Errorf(harrier.Invalid, "the content is empty; there is nothing to keep")
	}
	blob, err := s.cfg.Blobs.Put(ctx, req.Tenant, bytes.NewReader(f.Content), maxFile)
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	e := harrier.Evidence{
		Tenant: req.Tenant, ID: harrier.DeriveID[harrier.EvidenceID]("exhibit", req.Run.String(), blob.SHA256), SHA256: blob.SHA256, Size: blob.Size,
		Name: cmp.Or(clip(f.Name, 200), "exhibit-"+blob.SHA256[:12]), MediaType: cmp.Or(clip(f.MediaType, 100), "application/octet-stream"),
		Alert: req.Alert, CreatedAt: now, CreatedBy: harrier.SystemPrincipal,
	}
	err = s.cfg.Rows.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Rows.AddEvidence(ctx, tx, e) })
	if err != nil && harrier.KindOf(err) != harrier.Conflict { // an earlier attempt has kept it
		return nil, err
	}
	return map[string]any{"evidence": e.ID.String(), "sha256": e.SHA256, "size": e.Size, "name": e.Name}, nil
}

// text returns a text of the input, or nothing.
func text(req builtin.Request, name string) string {
	s, _ := req.Input[name].(string)
	return s
}

// clip makes one line of at most n bytes of a text from outside.
func clip(text string, n int) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\ufffd")), " ")
	return strings.ToValidUTF8(text[:min(n, len(text))], "")
}
