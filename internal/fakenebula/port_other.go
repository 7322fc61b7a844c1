//go:build !linux

package fakenebula

// reserve leaves the choice of a port to the listener: other systems let no two
// sockets be bound to one port.
func reserve() (addr string, release func(), err error) {
	return "127.0.0.1:0", func() {}, nil
}
