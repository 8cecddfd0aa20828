//go:build !linux

package api

import "net"

// trustedPeer reports whether the connection came by a Unix socket, whose mode
// keeps other users away.
func trustedPeer(c net.Conn) bool {
	_, ok := c.(*net.UnixConn)
	return ok
}
