// Package proto holds the messages and the service between the host and a plugin; connector.proto
// documents them.
package proto

//go:generate go run gen.go
