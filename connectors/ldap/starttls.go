package ldap

import (
	"bytes"
	"context"
	"io"
	"net"
	"time"

	"github.com/harrier-soar/harrier/connector"
)

// startTLS is the request for TLS (RFC 4511 §4.14): message 1, an extended
// request named 1.3.6.1.4.1.1466.20037.
func startTLS() []byte {
	const name = "1.3.6.1.4.1.1466.20037"
	inner := append([]byte{0x80, byte(len(name))}, name...)
	request := append([]byte{0x77, byte(len(inner))}, inner...)
	message := append([]byte{0x02, 0x01, 0x01}, request...)
	return append([]byte{0x30, byte(len(message))}, message...)
}

// upgraded asks for TLS, but not for long: a server that speaks TLS at once waits
// for us as we wait for it. Nothing is read beyond the answer, so what somebody
// puts in between breaks the handshake.
func upgraded(ctx context.Context, conn net.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, greetTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	err := askTLS(conn)
	if !stop() {
		return connector.Errorf(connector.Unavailable, "the directory does not answer: if it speaks TLS at once, write ldaps://")
	}
	return err
}

func askTLS(conn net.Conn) error {
	if _, err := conn.Write(startTLS()); err != nil {
		return err
	}
	tag, message, err := element(conn)
	if err != nil {
		return err
	}
	code, ok := resultCode(tag, message)
	switch {
	case !ok:
		return connector.Errorf(connector.Unavailable, "what answers is no directory")
	case code != 0:
		return connector.Errorf(connector.Denied, "the directory has no TLS on this port (code %d): use ldaps://, or tls: none if it is on this host", code)
	}
	return nil
}

// maxElement bounds an answer to the request for TLS, in bytes.
const maxElement = 16 << 10

// element reads one element of BER (X.690): its tag and its content.
func element(r io.Reader) (tag byte, content []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	length := int(head[1])
	if length >= 0x80 { // the long form, which some servers pad with zeroes
		more := make([]byte, length-0x80)
		if length == 0x80 || len(more) > 8 {
			return 0, nil, connector.Errorf(connector.Unavailable, "what answers is no directory")
		}
		if _, err := io.ReadFull(r, more); err != nil {
			return 0, nil, err
		}
		length = 0
		for _, b := range more {
			if length = length<<8 | int(b); length > maxElement {
				return 0, nil, connector.Errorf(connector.Unavailable, "what answers is no directory")
			}
		}
	}
	content = make([]byte, length)
	_, err = io.ReadFull(r, content)
	return head[0], content, err
}

// resultCode finds the code in a message that answers an extended request.
func resultCode(tag byte, message []byte) (code int, ok bool) {
	r := bytes.NewReader(message)
	if tag != 0x30 {
		return 0, false
	}
	if tag, _, err := element(r); err != nil || tag != 0x02 { // the number of the message
		return 0, false
	}
	tag, response, err := element(r)
	if err != nil || tag != 0x78 {
		return 0, false
	}
	tag, result, err := element(bytes.NewReader(response))
	if err != nil || tag != 0x0a || len(result) != 1 {
		return 0, false
	}
	return int(result[0]), true
}
