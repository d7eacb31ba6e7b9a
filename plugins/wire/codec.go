// Package wire is how rows travel between a plugin and the host: frames that are protobuf messages
// with an Arrow IPC message as their last field, encoded and decoded without passing the rows through a
// protobuf message.
package wire

import (
	"fmt"

	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	pb "github.com/millrace-dev/millrace/plugins/proto"
)

const (
	padField  = 14 // PluginFrame.pad
	bodyField = 15 // PluginFrame.body
)

// Frame is a PluginFrame whose body stays outside the message.
type Frame struct {
	Msg *pb.PluginFrame
	// Body is an Arrow IPC message, in memory that is 8-byte aligned if the sender padded.
	Body []byte
	free mem.Buffer
}

// Free gives the memory of a received frame back; Body is invalid afterwards.
func (f *Frame) Free() {
	if f.free != nil {
		f.free.Free()
		f.free, f.Body = nil, nil
	}
}

// Codec is the gRPC codec of both sides: ordinary protobuf, except that a *Frame is taken apart and
// put together here.
type Codec struct{}

var _ encoding.CodecV2 = Codec{}

// Name is that of protobuf: the bytes on the wire are the same.
func (Codec) Name() string { return grpcproto.Name }

// Marshal encodes a message or a *Frame, whose Body it takes over: a buffer of the pool.
func (Codec) Marshal(v any) (mem.BufferSlice, error) {
	f, ok := v.(*Frame)
	if !ok {
		return encoding.GetCodecV2(grpcproto.Name).Marshal(v)
	}
	head, err := proto.Marshal(f.Msg)
	if err != nil || f.Body == nil {
		return mem.BufferSlice{mem.SliceBuffer(head)}, err
	}
	// The body has to start at a multiple of 8: tag and length of the pad take two bytes, the tag of the
	// body one.
	before := len(head) + 2 + 1 + protowire.SizeVarint(uint64(len(f.Body)))
	head = protowire.AppendTag(head, padField, protowire.BytesType)
	head = protowire.AppendBytes(head, make([]byte, (8-before%8)%8))
	head = protowire.AppendTag(head, bodyField, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(len(f.Body)))
	body := f.Body
	return mem.BufferSlice{mem.SliceBuffer(head), mem.NewBuffer(&body, mem.DefaultBufferPool())}, nil
}

// Unmarshal decodes into a message or a *Frame, which must be freed.
func (Codec) Unmarshal(data mem.BufferSlice, v any) error {
	f, ok := v.(*Frame)
	if !ok {
		return encoding.GetCodecV2(grpcproto.Name).Unmarshal(data, v)
	}
	f.free = data.MaterializeToBuffer(mem.DefaultBufferPool())
	f.Msg, f.Body = &pb.PluginFrame{}, nil
	merge := proto.UnmarshalOptions{Merge: true}
	rest := f.free.ReadOnlyData()
	for len(rest) > 0 {
		number, kind, n := protowire.ConsumeTag(rest)
		if n < 0 {
			return protowire.ParseError(n)
		}
		size := protowire.ConsumeFieldValue(number, kind, rest[n:])
		if size < 0 {
			return protowire.ParseError(size)
		}
		switch {
		case number == bodyField && kind == protowire.BytesType:
			f.Body, _ = protowire.ConsumeBytes(rest[n:])
		case number == padField:
		default:
			if err := merge.Unmarshal(rest[:n+size], f.Msg); err != nil {
				return fmt.Errorf("frame: %w", err)
			}
		}
		rest = rest[n+size:]
	}
	return nil
}
