// Package suite pins the conformance suite of release 1.7 of the Gateway API and its echo server.
//
// There is no test of ours here: `go test -c` is given the suite's own test package, and `go build`
// its own echo server. The imports only make Go keep what both need among the requirements.
package suite

import (
	_ "sigs.k8s.io/gateway-api-conformance-images/echo-basic/grpc"
	_ "sigs.k8s.io/gateway-api-conformance-images/echo-basic/tcpserver"
	_ "sigs.k8s.io/gateway-api-conformance-images/echo-basic/udpechoserver"
	_ "sigs.k8s.io/gateway-api/conformance"
)
