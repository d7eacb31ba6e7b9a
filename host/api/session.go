package api

import (
	"context"

	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk/batch"
)

const (
	headerEpoch    = "x-millrace-epoch"
	headerNext     = "x-millrace-next"
	headerMinEpoch = "x-millrace-min-epoch"
	headerServer   = "x-dozer-server-name"
)

// session is one request of one endpoint: a reader of one epoch and what the caller may see of it.
type session struct {
	service  *service
	endpoint *Endpoint
	reader   *view.Reader
	columns  columns
	guard    *filter // the token's
}

// session opens an endpoint for a caller. The caller closes the session.
func (s *service) session(ctx context.Context, e *Endpoint, a *Access, minEpoch uint64) (*session, error) {
	allowed, err := a.of(e.Name)
	if err != nil {
		return nil, err
	}
	r, err := s.open(ctx, e, minEpoch)
	if err != nil {
		return nil, err
	}
	out := &session{service: s, endpoint: e, reader: r}
	if err := out.narrow(allowed); err != nil {
		r.Close()
		return nil, err
	}
	return out, nil
}

func (s *session) narrow(a EndpointAccess) error {
	schema := s.reader.Schema(s.endpoint.View)
	if schema == nil {
		return snapshotting(s.endpoint.Name, nil)
	}
	var err error
	if s.columns, err = newColumns(schema, a.Fields); err != nil {
		return err
	}
	everything := columns{schema: schema}
	for i := range schema.Fields {
		everything.visible = append(everything.visible, i)
	}
	s.guard, err = parseFilter(a.Filter, everything, 0)
	return err
}

func (s *session) close() { s.reader.Close() }

// epoch returns the epoch that the session sees.
func (s *session) epoch() uint64 { return uint64(s.reader.Epoch()) }

// execution prepares a query; emit may be nil for a count.
func (s *session) execution(q *query, emit func(page) error) *execution {
	f := &filter{
		leaves: append(append([]*leaf{}, s.guard.leaves...), q.filter.leaves...),
		rest:   append(append([]predicate{}, s.guard.rest...), q.filter.rest...),
	}
	narrowed := *q
	narrowed.filter = f
	return &execution{
		reader: s.reader, view: s.endpoint.View, columns: s.columns, query: &narrowed, access: narrowed.plan(s.columns.schema),
		name: s.endpoint.Name, maxScan: s.service.opts.MaxScanRows, emit: emit,
	}
}

// run runs a query, with the default limit if it has none.
func (s *session) run(ctx context.Context, q *query, emit func(page) error) (*cursor, error) {
	if q.limit < 0 {
		q.limit = s.service.opts.DefaultLimit
	}
	return s.execution(q, emit).run(ctx)
}

// get emits the record with a key, given as the filter that its columns equal the values.
func (s *session) get(ctx context.Context, key []*leaf, emit func(page) error) error {
	found := false
	q := &query{filter: &filter{leaves: key}, limit: 1}
	_, err := s.run(ctx, q, func(p page) error { found = true; return emit(p) })
	if err == nil && !found {
		err = newError(codeNotFound, "endpoint %q has no such record", s.endpoint.Name)
	}
	return err
}

// keyColumns returns the columns of the endpoint's key, or says why there is none.
func (s *session) keyColumns() ([]int, error) {
	key := s.columns.schema.Key
	if key == nil {
		return nil, newError(codeNoKey, "endpoint %q has no key: query it with a $filter", s.endpoint.Name)
	}
	return key, nil
}

// textLeaf is the comparison that a column equals a value given as text, as in a URL.
func textLeaf(schema *batch.Schema, col int, text string) (*leaf, error) {
	field := &schema.Fields[col]
	l := &leaf{col: col, op: "$eq", types: field.Type}
	v := batch.NewVector(field.Type)
	if field.Nullable && field.Type.Kind != batch.Utf8 && (text == "" || text == "null") {
		v.AppendNull()
	} else if err := v.AppendText(text); err != nil {
		return nil, newError(codeBadValue, "column %q: %v", field.Name, err)
	}
	column := v.Take()
	l.column, l.fields = &column, [][]byte{nil}
	if !column.Null(0) {
		l.fields[0] = view.Field(&column, 0)
	}
	l.test = l.compile()
	return l, nil
}
