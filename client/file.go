package client

import (
	"context"
	"io"
	"mime"
	"strings"
)

// Upload is a file that is sent. One that can seek, as [os.File] and
// [bytes.Reader] can, can be sent again; nothing closes it.
type Upload struct {
	// Media is its type, such as message/rfc822 or text/csv.
	Media string
	Body  io.Reader
}

// Download is a file that comes. The caller reads and closes it.
type Download struct {
	io.ReadCloser
	// Media is its type.
	Media string
	// Name is what the server calls it, without folders; it may be empty.
	Name string
	// Size is how many bytes come; -1 where that is not known.
	Size int64
}

// Download makes a call whose answer is a file.
func (c *Client) Download(ctx context.Context, r Request, opts ...CallOption) (*Download, error) {
	resp, err := c.Do(ctx, r, opts...) //nolint:bodyclose // the caller closes it
	if err != nil {
		return nil, err
	}
	d := &Download{ReadCloser: resp.Body, Media: resp.Header.Get("Content-Type"), Size: resp.ContentLength}
	if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil {
		d.Name = params["filename"]
		d.Name = d.Name[strings.LastIndexAny(d.Name, `/\`)+1:]
	}
	return d, nil
}
