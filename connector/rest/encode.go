package rest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/document"
)

// part is a part of a multipart body: a field, or a file.
type part struct {
	name     string
	value    *payload // of a field
	content  *payload // of a file: bytes, or base64 text
	filename *payload
	media    string
}

// multipart reads the parts of a multipart body.
func (l *loader) multipart(n *document.Node, s *scope) []part {
	var out []part
	for _, e := range entries(n) {
		file := e.Value.Get("file")
		if file == nil {
			out = append(out, part{name: e.Key, value: l.tree(e.Value, s, false)})
			continue
		}
		p := part{name: e.Key, content: l.tree(file, s, false), filename: l.tree(e.Value.Get("name"), s, false), media: text(e.Value, "type")}
		for _, k := range e.Value.Entries {
			if k.Key != "file" && k.Key != "name" && k.Key != "type" {
				l.at(keySpan(k), "unknown-key", "a file has no key "+k.Key, "use file, name and type")
			}
		}
		if strings.ContainsFunc(p.media, unicode.IsControl) {
			l.problem(e.Value.Get("type"), "bad-value", "the type has control characters", "write a media type such as application/octet-stream")
		}
		out = append(out, p)
	}
	return out
}

// encode returns the body of a request and its media type.
func (r *request) encode(ctx context.Context, at instant, add extra) (io.Reader, string, error) {
	switch {
	case r.body != nil || add.body != nil:
		b, err := r.json(ctx, at, add.body)
		return bytes.NewReader(b), "application/json", err
	case r.form != nil || add.form != nil:
		text, err := encodePairs(ctx, append(r.form[:len(r.form):len(r.form)], add.form...), at)
		return strings.NewReader(text), "application/x-www-form-urlencoded", err
	case r.parts != nil:
		return r.multipart(ctx, at)
	}
	return nil, "", nil
}

// json returns the JSON body.
func (r *request) json(ctx context.Context, at instant, add map[string]any) ([]byte, error) {
	var v any
	if r.body != nil {
		var err error
		if v, err = r.body.eval(ctx, at); err != nil {
			return nil, err
		}
	}
	if len(add) > 0 {
		m, _ := v.(map[string]any)
		m = maps.Clone(m)
		if m == nil {
			m = make(map[string]any)
		}
		maps.Copy(m, add)
		v = m
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, connector.Errorf(connector.Invalid, "the body cannot be written as JSON: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// multipart returns a multipart body.
func (r *request) multipart(ctx context.Context, at instant) (io.Reader, string, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range r.parts {
		if err := p.write(ctx, w, at); err != nil {
			return nil, "", err
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return &b, w.FormDataContentType(), nil
}

// write adds the part to a body.
func (p part) write(ctx context.Context, w *multipart.Writer, at instant) error {
	if p.content == nil {
		values, err := textsOf(ctx, pair{name: p.name, value: p.value}, at)
		for _, v := range values {
			if err == nil {
				err = w.WriteField(p.name, v)
			}
		}
		return err
	}
	content, err := p.bytes(ctx, at)
	if err != nil {
		return err
	}
	filename := "file"
	if p.filename != nil {
		names, err := textsOf(ctx, pair{name: p.name, value: p.filename}, at)
		if err != nil {
			return err
		}
		if len(names) == 1 {
			filename = safeFilename(names[0])
		}
	}
	media := p.media
	if media == "" {
		media = "application/octet-stream"
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", `form-data; name="`+safeFilename(p.name)+`"; filename="`+filename+`"`)
	header.Set("Content-Type", media)
	out, err := w.CreatePart(header)
	if err == nil {
		_, err = out.Write(content)
	}
	return err
}

// bytes returns the content of a file. What an evaluation gives for bytes is
// base64 text already.
func (p part) bytes(ctx context.Context, at instant) ([]byte, error) {
	v, err := p.content.eval(ctx, at)
	if err != nil {
		return nil, err
	}
	text, ok := v.(string)
	if !ok {
		return nil, connector.Errorf(connector.Invalid, "the file %s is neither bytes nor base64 text", p.name)
	}
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, connector.Errorf(connector.Invalid, "the file %s is not base64 text", p.name)
	}
	return content, nil
}

// safeFilename returns a name without anything that has a meaning in a header
// or a path.
func safeFilename(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`"\/;`, r) {
			return '_'
		}
		return r
	}, name)
	if strings.Trim(name, ". ") == "" {
		return "file"
	}
	return name
}

// encodePairs returns pairs as a query or a form. Spaces become %20, which
// every product understands.
func encodePairs(ctx context.Context, pairs []pair, at instant) (string, error) {
	var b strings.Builder
	for _, p := range pairs {
		values, err := textsOf(ctx, p, at)
		if err != nil {
			return "", err
		}
		for _, v := range values {
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			b.WriteString(strings.ReplaceAll(escapeQuery(p.name), "%24", "$"))
			b.WriteByte('=')
			b.WriteString(escapeQuery(v))
		}
	}
	return b.String(), nil
}

// escapeQuery encodes a text for a query.
func escapeQuery(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// textsOf returns a value as texts: none where it is absent, several for a list.
func textsOf(ctx context.Context, p pair, at instant) ([]string, error) {
	v, err := p.value.eval(ctx, at)
	if err != nil || v == nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]string, 0, len(list))
	for _, item := range list {
		switch item := item.(type) {
		case string:
			out = append(out, item)
		case bool:
			out = append(out, strconv.FormatBool(item))
		case int64:
			out = append(out, strconv.FormatInt(item, 10))
		case float64:
			out = append(out, strconv.FormatFloat(item, 'f', -1, 64))
		case nil:
		default:
			return nil, connector.Errorf(connector.Invalid, "%s is an object, which has no spelling here", p.name)
		}
	}
	return out, nil
}
