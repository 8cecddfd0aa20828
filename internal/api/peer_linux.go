package api

import (
	"net"
	"os"
	"syscall"
)

// trustedPeer reports whether the process at the other end of a Unix socket
// belongs to the user of this one, or to root. The mode of the socket says the
// same; this holds where somebody changed the mode.
func trustedPeer(c net.Conn) bool {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return false
	}
	rawConn, err := u.SyscallConn()
	if err != nil {
		return false
	}
	trusted := false
	err = rawConn.Control(func(fd uintptr) {
		cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
		trusted = err == nil && (cred.Uid == 0 || int(cred.Uid) == os.Geteuid())
	})
	return err == nil && trusted
}
