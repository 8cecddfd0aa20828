package email

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/airlock"
	"github.com/harrier-soar/harrier/internal/step"
)

// Reader reads mails that may be hostile.
type Reader interface {
	// Read returns what email.parse gives for a mail and for the inputs of a
	// step, evidence left out. Errors are Invalid where the mail cannot be read,
	// however often it is tried, and Unavailable where it may work later.
	Read(ctx context.Context, mail []byte, in map[string]any) (map[string]any, error)
	// Carried returns a file that the mail carries, at whatever depth, by its
	// SHA-256. It is NotFound where the mail carries no such file.
	Carried(ctx context.Context, mail []byte, sha256 string) (File, error)
}

// File is a file out of a mail.
type File struct {
	// Name is safe to show and to suggest as a file name; Type is what the content looks like.
	Name, Type string
	Content    []byte
}

// InProcess returns a reader that reads in this process, within the limits.
func InProcess(lim Limits) Reader { return inProcess{lim} }

type inProcess struct{ lim Limits }

// Read implements [Reader].
func (r inProcess) Read(_ context.Context, mail []byte, in map[string]any) (map[string]any, error) {
	by, err := organisationOf(in)
	if err != nil {
		return nil, err
	}
	m, err := ParseWith(bytes.NewReader(mail), r.lim, texts(in["archive_passwords"]))
	if err != nil {
		return nil, err
	}
	return m.Read(by).Output(), nil
}

// Carried implements [Reader].
func (r inProcess) Carried(_ context.Context, mail []byte, sha256 string) (File, error) {
	m, err := Parse(bytes.NewReader(mail), r.lim)
	if err != nil {
		return File{}, err
	}
	if f, ok := m.carried(sha256); ok {
		return f, nil
	}
	return File{}, harrier.Errorf(harrier.NotFound, "the mail carries no file with the SHA-256 %s; give one that email.parse lists", clip(sha256, 64))
}

// carried finds a file in a mail or in those inside of it.
func (m *Message) carried(sha256 string) (File, bool) {
	for _, a := range m.Attachments {
		if a.SHA256 == sha256 {
			return File{Name: a.Name, Type: a.SniffedType, Content: a.Content}, true
		}
	}
	for _, inner := range m.Attached {
		if f, ok := inner.carried(sha256); ok {
			return f, true
		}
	}
	return File{}, false
}

// The kinds of jobs of readers.
const (
	jobRead    = "email.read"
	jobCarried = "email.carried"
)

// Outside returns a reader that hands every mail to a helper process, which
// must know [Work].
func Outside(pool *airlock.Pool) Reader { return outside{pool} }

type outside struct{ pool *airlock.Pool }

// Read implements [Reader].
func (r outside) Read(ctx context.Context, mail []byte, in map[string]any) (map[string]any, error) {
	args, err := json.Marshal(in)
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "the input cannot be handed on: %w", err)
	}
	a, err := r.pool.Do(ctx, airlock.Job{Kind: jobRead, Args: args, Data: mail})
	if err != nil {
		return nil, err
	}
	return decode(a.Result)
}

// Carried implements [Reader].
func (r outside) Carried(ctx context.Context, mail []byte, sha256 string) (File, error) {
	args, err := json.Marshal(sha256)
	if err != nil {
		return File{}, harrier.Errorf(harrier.Invalid, "the hash cannot be handed on: %w", err)
	}
	a, err := r.pool.Do(ctx, airlock.Job{Kind: jobCarried, Args: args, Data: mail})
	if err != nil {
		return File{}, err
	}
	f := File{Content: a.Data}
	if err := json.Unmarshal(a.Result, &f); err != nil {
		return File{}, harrier.Errorf(harrier.Internal, "read the answer of a helper: %w", err)
	}
	f.Content = a.Data
	return f, nil
}

// Work is what a helper process does for readers.
func Work(lim Limits) map[string]airlock.Work {
	r := inProcess{lim}
	return map[string]airlock.Work{
		jobRead: func(ctx context.Context, job airlock.Job) (airlock.Answer, error) {
			in, err := decode(job.Args)
			if err != nil {
				return airlock.Answer{}, err
			}
			out, err := r.Read(ctx, job.Data, in)
			if err != nil {
				return airlock.Answer{}, err
			}
			text, err := json.Marshal(out)
			return airlock.Answer{Result: text}, err
		},
		jobCarried: func(ctx context.Context, job airlock.Job) (airlock.Answer, error) {
			var sha256 string
			if err := json.Unmarshal(job.Args, &sha256); err != nil {
				return airlock.Answer{}, harrier.Errorf(harrier.Internal, "read the hash: %w", err)
			}
			f, err := r.Carried(ctx, job.Data, sha256)
			if err != nil {
				return airlock.Answer{}, err
			}
			text, err := json.Marshal(File{Name: f.Name, Type: f.Type})
			return airlock.Answer{Result: text, Data: f.Content}, err
		},
	}
}

// decode reads an object as the engine has it: whole numbers stay whole.
func decode(text []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		return nil, harrier.Errorf(harrier.Internal, "read the answer of a helper: %w", err)
	}
	out, _ := step.Canonical(v).(map[string]any)
	return out, nil
}

// readAllOf reads a stored mail.
func readAllOf(r io.ReadCloser) ([]byte, error) {
	data, err := readAll(r, maxStored)
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "the mail could not be read; try again: %w", err)
	}
	return data, nil
}

// maxStored bounds what is read of a stored mail, in bytes. What is over the
// limit on a mail is left out with a warning when it is parsed.
const maxStored = 64 << 20
