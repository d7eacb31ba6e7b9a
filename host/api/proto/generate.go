// Package proto holds the definitions of the gRPC services; what is generated from them is in its folders.
package proto

//go:generate sh generate.sh
