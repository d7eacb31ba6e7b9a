package sdk

import (
	"context"
	"fmt"
)

// Connector describes what a connector offers. It is all that a program hands to serve.Connector,
// and all that the host needs to run the same code without a process of its own.
type Connector struct {
	// Name is the lower-case name under which configurations call it.
	Name string
	// Version is the connector's own version; empty: that of its module.
	Version string
	// Doc says in a sentence what it reads or writes.
	Doc string
	// Tables are the tables that are known without opening the source; see Tables.
	Tables []Table
	// Source is made by ReadSource or OpenSource; nil: there is none.
	Source *SourceOpener
	// Sink is made by OpenSink; nil: there is none.
	Sink *SinkOpener
}

// Opener is a connector that can be opened, in this process or in another: nobody can tell which.
type Opener interface {
	// Spec describes the connector.
	Spec() Spec

	// Open opens its source with a configuration in JSON. Mistakes in it come as ConfigErrors. The
	// source is always a Discoverer, too.
	Open(ctx context.Context, config []byte) (Source, error)

	// OpenSink opens its sink.
	OpenSink(ctx context.Context, config []byte) (Sink, error)
}

// Spec describes a connector as plain data.
type Spec struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Doc     string `json:"doc,omitempty"`
	// Source and Sink say what the connector offers.
	Source bool `json:"source"`
	Sink   bool `json:"sink"`
	// Parameters are those of the source's configuration, SinkParameters those of the sink's.
	Parameters     []Parameter `json:"parameters,omitempty"`
	SinkParameters []Parameter `json:"sink_parameters,omitempty"`
	// Tables are those known without opening the source.
	Tables []Table `json:"tables,omitempty"`
}

// Parameter describes a field of a configuration.
type Parameter struct {
	Name string `json:"name"`
	// Type is bool, int, float, string, duration, bytes, any, object or "one of"; lists and maps are
	// written "list of T" and "map of T".
	Type     string `json:"type"`
	Required bool   `json:"required,omitempty"`
	Default  string `json:"default,omitempty"`
	Min      string `json:"min,omitempty"`
	Max      string `json:"max,omitempty"`
	Doc      string `json:"doc,omitempty"`
	// Values are those allowed, if not all are.
	Values []string `json:"values,omitempty"`
	// Fields are the fields of an object, and the choices of "one of".
	Fields []Parameter `json:"fields,omitempty"`
}

// SourceOpener is how a source is opened.
type SourceOpener struct {
	open       func(ctx context.Context, c Connector, config []byte) (Source, error)
	parameters []Parameter
}

// SinkOpener is how a sink is opened.
type SinkOpener struct {
	open       func(ctx context.Context, config []byte) (Sink, error)
	parameters []Parameter
}

// ReadSource makes a source of one function, which is given its configuration, a struct with cfg tags
// (see DecodeConfig), and the position after which to go on. It reads until ctx ends, or returns nil when
// there is no more to come.
//
// Its finite tables (see NewTable) are live when it returns; a bounded request ends then. Its other
// tables are streams: live from the start, and without rows for a bounded request.
func ReadSource[C any](read func(ctx context.Context, config C, from Position, out *Writer) error) *SourceOpener {
	return OpenSource(func(_ context.Context, config C) (*reader[C], error) {
		return &reader[C]{config: config, read: read}, nil
	})
}

// OpenSource makes a source of a function that opens one, given its configuration: a struct with cfg
// tags; see DecodeConfig.
func OpenSource[C any, S Source](open func(ctx context.Context, config C) (S, error)) *SourceOpener {
	return &SourceOpener{
		parameters: Parameters[C](),
		open: func(ctx context.Context, c Connector, config []byte) (Source, error) {
			var decoded C
			if err := DecodeConfig(config, &decoded); err != nil {
				return nil, err
			}
			src, err := open(ctx, decoded)
			if err != nil {
				return nil, err
			}
			return c.adopt(src), nil
		},
	}
}

// OpenSink makes a sink of a function that opens one, given its configuration: a struct with cfg
// tags; see DecodeConfig.
func OpenSink[C any, S Sink](open func(ctx context.Context, config C) (S, error)) *SinkOpener {
	return &SinkOpener{
		parameters: Parameters[C](),
		open: func(ctx context.Context, config []byte) (Sink, error) {
			var decoded C
			if err := DecodeConfig(config, &decoded); err != nil {
				return nil, err
			}
			return open(ctx, decoded)
		},
	}
}

// Spec describes the connector as plain data.
func (c Connector) Spec() Spec {
	s := Spec{Name: c.Name, Version: c.Version, Doc: c.Doc, Tables: c.Tables}
	if c.Source != nil {
		s.Source, s.Parameters = true, c.Source.parameters
	}
	if c.Sink != nil {
		s.Sink, s.SinkParameters = true, c.Sink.parameters
	}
	return s
}

// Open opens the source in this process.
func (c Connector) Open(ctx context.Context, config []byte) (Source, error) {
	if c.Source == nil {
		return nil, fmt.Errorf("connector %q has no source", c.Name)
	}
	return c.Source.open(ctx, c, config)
}

// OpenSink opens the sink in this process.
func (c Connector) OpenSink(ctx context.Context, config []byte) (Sink, error) {
	if c.Sink == nil {
		return nil, fmt.Errorf("connector %q has no sink", c.Name)
	}
	return c.Sink.open(ctx, config)
}

// Discover returns the tables of a source that an Opener opened.
func Discover(ctx context.Context, src Source) ([]Table, error) {
	d, ok := src.(Discoverer)
	if !ok {
		return nil, nil
	}
	return d.Tables(ctx)
}

// adopted is a source that tells its writer what was asked for, and knows its tables.
type adopted struct {
	Source
	tables []Table
}

// adopt keeps the one ability, Acker, that the host looks for and that not every source has.
func (c Connector) adopt(src Source) Source {
	a := adopted{Source: src, tables: c.Tables}
	if r, ok := src.(interface{ of([]Table) }); ok {
		r.of(c.Tables)
	}
	if acker, ok := src.(Acker); ok {
		return struct {
			adopted
			Acker
		}{a, acker}
	}
	return a
}

// Read tells the writer what was asked for and reads.
func (a adopted) Read(ctx context.Context, req Request, out *Writer) error {
	out.ask(req)
	return a.Source.Read(ctx, req, out)
}

// Tables returns the tables that the source knows, and else those of the connector.
func (a adopted) Tables(ctx context.Context) ([]Table, error) {
	if d, ok := a.Source.(Discoverer); ok {
		return d.Tables(ctx)
	}
	return a.tables, nil
}

// reader is the source of ReadSource.
type reader[C any] struct {
	config C
	read   func(ctx context.Context, config C, from Position, out *Writer) error
	tables []Table
}

func (r *reader[C]) of(tables []Table) { r.tables = tables }

// Read calls the author's function.
func (r *reader[C]) Read(ctx context.Context, req Request, out *Writer) error {
	var finite []string
	for _, asked := range req.Tables {
		if r.finite(asked.Name) {
			finite = append(finite, asked.Name)
		} else if err := out.Live(asked.Name); err != nil {
			return err
		}
	}
	if req.Bounded && len(finite) == 0 {
		return nil
	}
	if err := r.read(ctx, r.config, out.From(), out); err != nil {
		return err
	}
	for _, name := range finite {
		if err := out.Live(name); err != nil {
			return err
		}
	}
	if !req.Bounded {
		<-ctx.Done() // nothing more will come, but the tables stay
	}
	return ctx.Err()
}

func (r *reader[C]) finite(name string) bool {
	for _, t := range r.tables {
		if t.Name == name {
			return t.Rows != 0
		}
	}
	return false
}

// Close has nothing to free.
func (r *reader[C]) Close() error { return nil }
