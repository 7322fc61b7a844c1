package nebula

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// Terraform runs ten operations at a time and people raise that to a hundred.
// Go keeps two idle connections per host unless told otherwise, and every
// further worker would dial again for every call.
const maxIdleConnections = 128

// newTransport is HTTP/1.1 on purpose: a connection carries one call at a
// time, so that what happened to the connection is what happened to the call,
// and none of HTTP/2's own resending applies.
func newTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConnsPerHost:   maxIdleConnections,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
		Protocols:             protocols,
	}
}

// withoutReuse is the same transport with a new connection for each request.
// Asking for the connection to be closed (http.Request.Close) is not enough: it
// would still begin on one that was used before.
func withoutReuse(transport http.RoundTripper) http.RoundTripper {
	shared, ok := transport.(*http.Transport)
	if !ok {
		return transport
	}
	unshared := shared.Clone()
	unshared.DisableKeepAlives = true
	return unshared
}
