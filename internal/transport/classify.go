package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/harrier-soar/harrier/connector"
)

// failure is an exchange that gave no answer.
type failure struct {
	ctx context.Context //nolint:containedctx // an argument with a name; it does not outlive the call
	err error
	// sent tells that a byte of the request may have left.
	sent, writes bool
	to           string // host or host:port
}

// failed says what a failure means: Denied where we refused the address,
// Unknown where an effect may have been carried out, Unavailable otherwise.
func (l *link) failed(f failure) *connector.Error {
	cause := f.err
	if f.ctx.Err() != nil {
		cause = context.Cause(f.ctx)
	} else if refused, ok := errors.AsType[*connector.Error](f.err); ok && !f.sent {
		return refused
	}
	class := connector.Unavailable
	if f.sent && f.writes {
		class = connector.Unknown
	}
	text := fmt.Sprintf("connection %q, %s: %s", l.conn.Name, f.to, describe(cause))
	if class == connector.Unknown {
		text += "; the request was sent, so it may have been carried out"
	}
	return &connector.Error{Class: class, Text: text, Cause: f.err}
}

// describe says what went wrong and, where it helps, what to do.
func describe(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "the name does not exist: check the base URL"
		}
		return "the name cannot be looked up: " + dns.Err
	}
	if text, ok := describeTLS(err); ok {
		return text
	}
	if ours, ok := errors.AsType[*connector.Error](err); ok { // why the caller ended it
		return ours.Text
	}
	switch {
	case errors.Is(err, errConnectTime), errors.Is(err, errTotalTime), errors.Is(err, errFirstByteTime):
		return rootText(err)
	case errors.Is(err, context.Canceled):
		return "the call was cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return errTotalTime.Error()
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused: nothing listens there"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was reset"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no route to it"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed before the answer was whole"
	}
	return short(err.Error())
}

func describeTLS(err error) (string, bool) {
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		if _, unknown := errors.AsType[x509.UnknownAuthorityError](bad); unknown {
			return "its certificate is signed by nobody that is trusted: if it is yours, add its CA to the connection", true
		}
		return "its certificate is not valid: " + short(bad.Err.Error()), true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "it does not speak TLS: check the scheme and the port", true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" { // how crypto/tls reports an alert
		return "it refused the TLS handshake (1.2 or newer is asked for): " + short(op.Err.Error()), true
	}
	return "", false
}

// rootText is the text of the one of our timeouts that is in err's tree.
func rootText(err error) string {
	for _, known := range []error{errConnectTime, errFirstByteTime, errTotalTime} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return err.Error()
}

// clean removes secrets from all texts of an error.
func (l *link) clean(e *connector.Error) *connector.Error {
	out := *e
	out.Text = l.sinks.text(e.Text)
	if e.Cause != nil {
		out.Cause = cleanCause{l.sinks.text(e.Cause.Error()), e.Cause}
	}
	return &out
}

// cleanCause is a cause whose text holds no secret.
type cleanCause struct {
	text  string
	cause error
}

// Error returns the text without secrets.
func (c cleanCause) Error() string { return c.text }

// Unwrap returns the cause, for errors.Is and errors.As.
func (c cleanCause) Unwrap() error { return c.cause }
