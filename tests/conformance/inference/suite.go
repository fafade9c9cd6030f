// Package inference pins the released conformance suite of the Gateway API Inference Extension, the
// endpoint picker that it deploys and the echo server.
//
// There is no test of ours here: `go test -c` is given the suite's own test package, and `go build`
// the picker's and the echo server's own programs. The imports only make Go keep what they need among
// the requirements.
package inference

import (
	_ "sigs.k8s.io/gateway-api-inference-extension/conformance"
	_ "sigs.k8s.io/gateway-api-inference-extension/pkg/lwepp/server"
	_ "sigs.k8s.io/gateway-api/conformance/echo-basic/grpc"
	_ "sigs.k8s.io/gateway-api/conformance/echo-basic/tcpserver"
	_ "sigs.k8s.io/gateway-api/conformance/echo-basic/udpechoserver"
)
