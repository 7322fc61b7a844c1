package fakenebula

import (
	"net"
	"strconv"
	"syscall"
)

// reserve takes a free port of 127.0.0.1 that nobody else is given until it is
// released, whether or not somebody listens on it: a socket is bound to it and
// never listens, so that a dial is refused. Without it, another program can get
// the port of an Endpoint that is stopped for a while.
func reserve() (addr string, release func(), err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	release = func() { _ = syscall.Close(fd) } // nothing was written to it
	defer func() {
		if err != nil {
			release()
		}
	}()
	// As the listener has it: then both may be bound to the port.
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return "", nil, err
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return "", nil, err
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return "", nil, err
	}
	bound, ok := name.(*syscall.SockaddrInet4)
	if !ok {
		return "", nil, syscall.EAFNOSUPPORT
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(bound.Port)), release, nil
}
