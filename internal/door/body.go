package door

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/harrier-soar/harrier"
)

const (
	// A packed body may unpack to freeSize whatever its ratio, and beyond that
	// to ratio times its size: logs pack well, bombs better.
	freeSize = 1 << 20
	ratio    = 20
)

// readBody reads a body as it was sent.
func (d *Door) readBody(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, errTooLarge(most, tooLarge)
	}
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "the body did not come whole within %s; send it again: %w", d.patience, err)
	}
	return body, nil
}

func errTooLarge(most int64, cause *http.MaxBytesError) error {
	return harrier.Errorf(harrier.Invalid, "the body is larger than the %d bytes that this source takes; send less at once, or raise max_body of the source: %w", most, cause)
}

// unpack returns a body without its packing, which is gzip or none.
func unpack(encoding string, body []byte, most int64) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
	default:
		return nil, harrier.Errorf(harrier.Invalid, "the body is packed as %.40q; send it as it is, or with Content-Encoding: gzip", encoding)
	}
	zr, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "the body says that it is gzip and is not: %w", err)
	}
	limit := min(most, max(freeSize, int64(len(body))*ratio))
	out, err := io.ReadAll(io.LimitReader(zr, limit+1))
	switch {
	case err != nil:
		return nil, harrier.Errorf(harrier.Invalid, "the body cannot be unpacked: %w", err)
	case int64(len(out)) > limit:
		return nil, errTooLarge(limit, &http.MaxBytesError{Limit: limit})
	}
	return out, nil
}
