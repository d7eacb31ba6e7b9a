// Package dozer is generated from the .proto files beside it: the gRPC services that clients of Dozer know.
package dozer
