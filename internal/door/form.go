package door

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
)

const (
	maxFields = 1000
	typeJSON  = "application/json"
)

// plain returns a body, with its media type, as mappings read it: fields of a
// form become an object, and JSON in the field that senders put it in becomes
// the body. Everything else stays as it is.
func plain(contentType string, body []byte) (kind string, out []byte, err error) {
	kind, params, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil && contentType != "":
		return "application/octet-stream", body, nil
	case kind == "application/x-www-form-urlencoded":
		return form(body)
	case kind == "multipart/form-data":
		return multipartForm(params["boundary"], body)
	case kind == "":
		return guess(body), body, nil
	}
	if charset := params["charset"]; charset != "" {
		kind = mime.FormatMediaType(kind, map[string]string{"charset": charset})
	}
	return kind, body, nil
}

// guess is the media type of a body that has none.
func guess(body []byte) string {
	text := bytes.TrimSpace(body)
	switch {
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		return typeJSON
	case utf8.Valid(body):
		return "text/plain"
	}
	return "application/octet-stream"
}

// form reads the fields of a form. Many programs that send JSON say that it is
// one, because their library does.
func form(body []byte) (string, []byte, error) {
	if guess(body) == typeJSON {
		return typeJSON, body, nil
	}
	if bytes.Count(body, []byte("&")) > maxFields {
		return "", nil, errFields()
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return "text/plain", body, nil //nolint:nilerr // the mapping will say what is wrong with it, and the bytes are kept
	}
	fields := map[string]any{}
	for name, list := range values {
		fields[name] = list[0]
		if len(list) > 1 {
			fields[name] = list
		}
	}
	return fromFields(fields)
}

func errFields() error {
	return harrier.Errorf(harrier.Invalid, "the form has more than %d fields; send JSON", maxFields)
}

// fromFields is the JSON in the one field that holds it, or an object of all.
func fromFields(fields map[string]any) (string, []byte, error) {
	for _, name := range []string{"payload", "payload_json", "data", "json"} {
		if text, ok := fields[name].(string); ok && guess([]byte(text)) == typeJSON && json.Valid([]byte(text)) {
			return typeJSON, []byte(text), nil
		}
	}
	out, err := json.Marshal(fields)
	if err != nil {
		return "", nil, harrier.Errorf(harrier.Invalid, "the form cannot be read: %w", err)
	}
	return typeJSON, out, nil
}

// multipartForm reads a form in parts. A file becomes an object of its name,
// its type and its content, as text where it is that.
func multipartForm(boundary string, body []byte) (string, []byte, error) {
	const whole = "multipart/form-data"
	if boundary == "" {
		return whole, body, nil
	}
	fields := map[string]any{}
	for r := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return fromFields(fields)
		}
		if err != nil {
			return whole, body, nil //nolint:nilerr // kept as it is; the mapping will say that nobody can read it
		}
		if len(fields) >= maxFields {
			return "", nil, errFields()
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return whole, body, nil //nolint:nilerr // the same
		}
		fields[part.FormName()] = field(part, content)
	}
}

// field is the value of a part.
func field(part *multipart.Part, content []byte) any {
	if part.FileName() == "" {
		return strings.ToValidUTF8(string(content), "\ufffd")
	}
	file := map[string]any{"file_name": part.FileName(), "content_type": part.Header.Get("Content-Type")}
	if utf8.Valid(content) {
		file["text"] = string(content)
	} else {
		file["base64"] = content
	}
	return file
}
