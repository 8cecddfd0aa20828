package transport

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"

	"github.com/harrier-soar/harrier/connector"
)

// guard decides which addresses may be connected to. It is asked by the dialer
// with the address that the socket is about to connect to, so that no answer of
// a name server can come between the check and the use.
type guard struct {
	name    string // of the connection
	allowed []netip.Prefix
	public  *ssrf.Guardian
}

func newGuard(c Connection) guard {
	return guard{name: c.Name, allowed: c.AllowPrivate, public: ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork())}
}

// control is for net.Dialer.ControlContext.
func (g guard) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	switch network {
	case "tcp4", "tcp6", "udp4", "udp6":
	default:
		return g.refuse(address, errors.New("only TCP and UDP are spoken"))
	}
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return g.refuse(address, errors.New("not an address"))
	}
	if err := g.check(target.Addr()); err != nil {
		return g.refuse(target.Addr().String(), err)
	}
	return nil
}

func (g guard) refuse(what string, why error) *connector.Error {
	return connector.Errorf(connector.Denied, "connection %q may not reach %s: %w", g.name, what, why)
}

// check returns why an address is refused, or nil.
func (g guard) check(addr netip.Addr) error {
	plain := addr.Unmap() // the kernel connects ::ffff:127.0.0.1 to 127.0.0.1
	switch {
	case !plain.IsValid() || plain.Zone() != "":
		return errors.New("not a plain address")
	case plain.IsUnspecified(), zeroNet().Contains(plain), plain.IsMulticast(), plain == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return errors.New("it is not the address of one host")
	case isMetadata(plain):
		if !slices.Contains(g.allowed, netip.PrefixFrom(plain, plain.BitLen())) {
			return fmt.Errorf("it is a metadata service; if it really is meant, allow %s/%d", plain, plain.BitLen())
		}
		return nil
	}
	if inner, ok := embedded(plain); ok {
		if err := g.check(inner); err != nil {
			return fmt.Errorf("it carries %s: %w", inner, err)
		}
	}
	if g.public.SafeAddr(plain) == nil {
		return nil
	}
	for _, p := range g.allowed {
		if p.Contains(plain) {
			return nil
		}
	}
	return fmt.Errorf("it is not on the public internet; if it is meant, allow its prefix (such as %s/%d) for private addresses", plain, plain.BitLen())
}

// literal checks a host that is an address; names are checked when they are connected to.
func (g guard) literal(host string) error {
	if addr, err := netip.ParseAddr(host); err == nil {
		return g.check(addr)
	}
	return nil
}

func zeroNet() netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{}), 8) }

// isMetadata reports addresses by which clouds give out credentials. They must
// be allowed one by one, because prefixes around them are in ordinary use.
func isMetadata(addr netip.Addr) bool {
	switch addr.String() {
	case "169.254.169.254", // AWS, Azure, GCP, OpenStack, DigitalOcean, Oracle
		"169.254.170.2", "169.254.170.23", // AWS tasks and pods
		"169.254.169.253", "169.254.169.123", // AWS name server and clock
		"169.254.0.23",                   // Tencent
		"100.100.100.200",                // Alibaba
		"168.63.129.16",                  // Azure's host
		"192.0.0.192",                    // Oracle, old
		"fd00:ec2::254", "fd00:ec2::253", // AWS
		"fd00:ec2::23", "fd20:ce::254": // AWS pods, GCP
		return true
	}
	return false
}

// embedded returns the IPv4 address that an IPv6 address leads to: translated
// (NAT64), tunnelled (6to4, Teredo, ISATAP) or compatible.
func embedded(addr netip.Addr) (netip.Addr, bool) {
	if !addr.Is6() {
		return netip.Addr{}, false
	}
	b := addr.As16()
	at := func(i int) (netip.Addr, bool) { return netip.AddrFrom4([4]byte(b[i : i+4])), true }
	switch {
	case b[0] == 0x20 && b[1] == 0x02: // 6to4
		return at(2)
	case b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0: // Teredo: client inverted
		return netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}), true
	case b[0] == 0 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b: // NAT64, also 64:ff9b:1::/48
		return at(12)
	case [12]byte(b[:12]) == [12]byte{} && b[12] != 0: // compatible
		return at(12)
	case b[8]&^0x02 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe: // ISATAP
		return at(12)
	}
	return netip.Addr{}, false
}
