package transport

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/harrier-soar/harrier/connector"
)

// dialer opens every connection of one connection.
type dialer struct {
	allow    allowList
	guard    guard
	resolver Resolver
	proxy    *proxy // nil where there is none
	timeout  time.Duration
}

// dial connects to an allowed host:port. The name is looked up once, and each
// address is checked as it is connected to. Errors are *connector.Error or
// those of the network before any byte.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, refused := d.allow.dial(address)
	if refused != nil {
		return nil, refused
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, d.timeout, errConnectTime)
	defer cancel()
	if d.proxy != nil {
		if network != "tcp" && network != "tcp4" && network != "tcp6" {
			return nil, connector.Errorf(connector.Denied, "connection %q has a proxy, which carries TCP only", d.allow.name)
		}
		return d.throughProxy(ctx, host, port)
	}
	conn, err := d.direct(ctx, network, host, port)
	if err != nil {
		return nil, err
	}
	return &counted{Conn: conn}, nil
}

var errConnectTime = errors.New("no connection in time")

// direct connects to one of the addresses of host, in their order.
func (d *dialer) direct(ctx context.Context, network, host, port string) (net.Conn, error) {
	addrs, err := d.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	number, err := parsePort(port)
	if err != nil {
		return nil, err
	}
	var failures []error
	for i, addr := range addrs {
		conn, err := d.one(ctx, network, netip.AddrPortFrom(addr.Unmap(), number), len(addrs)-i)
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
	}
	return nil, worst(failures)
}

// one connects to a single address, with its share of the time that is left.
func (d *dialer) one(ctx context.Context, network string, to netip.AddrPort, left int) (net.Conn, error) {
	if deadline, ok := ctx.Deadline(); ok && left > 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, max(time.Until(deadline)/time.Duration(left), time.Second), errConnectTime)
		defer cancel()
	}
	nd := net.Dialer{ControlContext: d.guard.control}
	return nd.DialContext(ctx, network, to.String())
}

// worst chooses the error to report: one of the network tells more than a refusal.
func worst(failures []error) error {
	for _, err := range failures {
		if _, refused := errors.AsType[*connector.Error](err); !refused {
			return err
		}
	}
	return failures[0]
}

// lookup returns the addresses of a host; at least one.
func (d *dialer) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	addrs, err := d.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	}
	return addrs, nil
}

// checked returns an address of host after all of its addresses were checked,
// for a proxy that connects in our place.
func (d *dialer) checked(ctx context.Context, host string) (netip.Addr, error) {
	addrs, err := d.lookup(ctx, host)
	if err != nil {
		return netip.Addr{}, err
	}
	for _, addr := range addrs {
		if err := d.guard.check(addr); err != nil {
			return netip.Addr{}, d.guard.refuse(addr.String(), err)
		}
	}
	return addrs[0].Unmap(), nil
}
