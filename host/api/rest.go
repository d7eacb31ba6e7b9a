package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// rest serves the API over HTTP.
type rest struct{ *service }

const (
	maxBody    = 1 << 20
	wholeBytes = 8 << 20 // an answer up to this size is sent whole, with its length and cursor in the header
)

// request is one HTTP request on its way.
type request struct {
	rest     *rest
	w        http.ResponseWriter
	r        *http.Request
	access   Access
	endpoint *Endpoint
}

// ServeHTTP answers one request.
func (a *rest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	h := w.Header()
	if a.opts.ServerName != "" {
		h.Set(headerServer, a.opts.ServerName)
	}
	if a.opts.CORS {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", strings.Join([]string{headerEpoch, headerNext, headerServer}, ", "))
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
			h.Set("Access-Control-Allow-Headers", "*, Authorization")
			h.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	q := &request{rest: a, w: w, r: r}
	err := q.serve()
	a.observe(q.endpoint, "rest", start, err)
	if err != nil {
		q.fail(err)
	}
}

// errStarted is a mistake after the answer had begun: only cutting it off can tell.
var errStarted = errors.New("the answer was cut off")

func (q *request) fail(err error) {
	if errors.Is(err, errStarted) {
		panic(http.ErrAbortHandler)
	}
	e := asError(err)
	h := q.w.Header()
	switch e.code {
	case codeUnauthenticated:
		h.Set("WWW-Authenticate", "Bearer")
	case codeSnapshotting, codeEpoch:
		h.Set("Retry-After", "1")
	case codeInternal:
		q.rest.opts.Log.Error("request", "method", q.r.Method, "path", q.r.URL.Path, "error", e.Message)
	}
	if e.Epoch > 0 {
		h.Set(headerEpoch, strconv.FormatUint(uint64(e.Epoch), 10))
	}
	q.send(e.code.http, e.body())
}

func (q *request) send(status int, body []byte) {
	h := q.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	q.w.WriteHeader(status)
	if q.r.Method != http.MethodHead {
		_, _ = q.w.Write(body) // the caller is gone, then
	}
}

// sendJSON sends a value with status 200.
func (q *request) sendJSON(v any) error {
	body, err := json.Marshal(v)
	if err == nil {
		q.send(http.StatusOK, body)
	}
	return err
}

// serve finds what a path means.
func (q *request) serve() (err error) {
	if q.access, err = q.rest.authorize(q.r.Header.Get("Authorization")); err != nil {
		return err
	}
	path := q.r.URL.EscapedPath()
	switch path {
	case "/", "":
		return q.want(http.MethodGet, q.list)
	case "/health":
		return q.want(http.MethodGet, func() error { return q.sendJSON(map[string]string{"status": "SERVING"}) })
	case "/auth/token":
		return q.want(http.MethodPost, q.token)
	case "/sql":
		return newError(codeUnimplemented, "/sql is not supported yet: query an endpoint with POST <path>/query")
	}
	e, rest, err := q.find(path)
	if err != nil {
		return err
	}
	q.endpoint = e
	post := q.r.Method == http.MethodPost
	switch {
	case rest == "":
		return q.want(http.MethodGet, q.records)
	case post && rest == "query":
		return q.query()
	case post && rest == "count":
		return q.count()
	case rest == "phase" && post:
		return q.phase()
	case rest == "oapi" && post:
		return q.openAPI()
	case strings.Contains(rest, "/"):
		return newError(codeUnknownPath, "there is nothing at %s: endpoint %q has /query, /count, /phase, /oapi and /{key}", path, e.Name)
	}
	return q.want(http.MethodGet, func() error { return q.byKey(strings.Split(rest, ",")) })
}

// want answers a method, and a HEAD where a GET is answered.
func (q *request) want(method string, answer func() error) error {
	if q.r.Method == method || q.r.Method == http.MethodHead && method == http.MethodGet {
		return answer()
	}
	q.w.Header().Set("Allow", method)
	return newError(codeMethod, "%s %s is not answered: use %s", q.r.Method, q.r.URL.Path, method)
}

// find returns the endpoint with the longest path that path begins with, and what follows.
func (q *request) find(path string) (*Endpoint, string, error) {
	all := q.rest.backend.Endpoints()
	best := -1
	var rest string
	for i := range all {
		after, ok := strings.CutPrefix(path, strings.TrimSuffix(all[i].Path, "/"))
		if ok && (after == "" || after[0] == '/') && (best < 0 || len(all[i].Path) > len(all[best].Path)) {
			best, rest = i, strings.TrimPrefix(after, "/")
		}
	}
	if best < 0 {
		paths := make([]string, len(all))
		for i := range all {
			paths[i] = all[i].Path
		}
		first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		hint := didYouMean("/"+first, paths)
		if hint == "" && len(paths) > 0 {
			hint = ": the endpoints are at " + strings.Join(paths, ", ")
		}
		return nil, "", newError(codeUnknownPath, "no endpoint is at %s%s", path, hint)
	}
	return &all[best], rest, nil
}

func (q *request) body() ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(q.w, q.r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, newError(codeTooLarge, "the body is above %d bytes", maxBody)
	}
	return body, err
}

func (q *request) list() error {
	paths := []string{}
	for _, e := range q.rest.backend.Endpoints() {
		paths = append(paths, e.Path)
	}
	return q.sendJSON(paths)
}

func (q *request) token() error {
	body, err := q.body()
	if err != nil {
		return err
	}
	token, err := q.rest.newToken(q.access, body)
	if err != nil {
		return err
	}
	return q.sendJSON(map[string]string{"token": token})
}

func (q *request) phase() error {
	if _, err := q.access.of(q.endpoint.Name); err != nil {
		return err
	}
	if q.rest.backend.Phase(q.endpoint.Name).Snapshotting {
		return q.sendJSON("Snapshotting")
	}
	return q.sendJSON("Streaming")
}

// minEpoch reads the epoch to wait for, from the parameter or the header.
func (q *request) minEpoch(params url.Values) (uint64, error) {
	text := params.Get("min_epoch")
	if text == "" {
		text = q.r.Header.Get(headerMinEpoch)
	}
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, newError(codeBadQuery, "min_epoch: %q is not an epoch", text)
	}
	return n, nil
}

// with opens the endpoint and names its epoch in the answer.
func (q *request) with(fn func(ctx context.Context, s *session, params url.Values) error) error {
	params, err := url.ParseQuery(q.r.URL.RawQuery)
	if err != nil {
		return newError(codeBadQuery, "the parameters: %v", err)
	}
	minEpoch, err := q.minEpoch(params)
	if err != nil {
		return err
	}
	params.Del("min_epoch")
	ctx := q.r.Context()
	s, err := q.rest.session(ctx, q.endpoint, &q.access, minEpoch)
	if err != nil {
		return err
	}
	defer s.close()
	q.w.Header().Set(headerEpoch, strconv.FormatUint(s.epoch(), 10))
	return fn(ctx, s, params)
}

func (q *request) query() error {
	body, err := q.body()
	if err != nil {
		return err
	}
	return q.with(func(ctx context.Context, s *session, params url.Values) error {
		query, err := parseQuery(body, s.columns)
		if err == nil {
			err = q.noParams(params)
		}
		if err != nil {
			return err
		}
		return q.answer(ctx, s, query)
	})
}

func (q *request) count() error {
	body, err := q.body()
	if err != nil {
		return err
	}
	return q.with(func(ctx context.Context, s *session, params url.Values) error {
		query, err := parseQuery(body, s.columns)
		if err == nil {
			err = q.noParams(params)
		}
		if err != nil {
			return err
		}
		n, err := s.execution(query, nil).count(ctx)
		if err != nil {
			return err
		}
		return q.sendJSON(n)
	})
}

// noParams says that a request has everything in its body.
func (q *request) noParams(params url.Values) error {
	for name := range params {
		return newError(codeBadQuery, "unknown parameter %q: what is asked for stands in the body", name)
	}
	return nil
}

// records answers GET <path>: a page, or the record whose key columns are parameters.
func (q *request) records() error {
	return q.with(func(ctx context.Context, s *session, params url.Values) error {
		query := &query{filter: &filter{}, limit: -1}
		named := map[int]bool{}
		for name, values := range params {
			if strings.HasPrefix(name, "$") {
				if err := query.setParam(name, values[0], s.columns); err != nil {
					return err
				}
				continue
			}
			col, err := s.columns.find(name)
			if err != nil {
				return err
			}
			named[col] = true
			l, err := textLeaf(s.columns.schema, col, values[0])
			if err != nil {
				return err
			}
			query.filter.leaves = append(query.filter.leaves, l)
		}
		key := s.columns.schema.Key
		whole := len(params) == len(key) && len(key) > 0
		for _, k := range key {
			whole = whole && named[k]
		}
		if whole {
			return q.one(ctx, s, query.filter.leaves)
		}
		return q.answer(ctx, s, query)
	})
}

// setParam sets a part of a query from a URL, where text needs no quotes.
func (q *query) setParam(name, text string, cols columns) error {
	value := json.RawMessage(text)
	if !json.Valid(value) || name == "$after" {
		quoted, err := json.Marshal(text)
		if err != nil {
			return err
		}
		value = quoted
	}
	return q.set(member{name, value}, cols)
}

// byKey answers GET <path>/{key}; the columns of a key are divided by commas.
func (q *request) byKey(parts []string) error {
	return q.with(func(ctx context.Context, s *session, params url.Values) error {
		key, err := s.keyColumns()
		if err == nil {
			err = q.noParams(params)
		}
		if err != nil {
			return err
		}
		if len(parts) != len(key) {
			var names []string
			for _, k := range key {
				names = append(names, s.columns.schema.Fields[k].Name)
			}
			return newError(codeNoKey, "the key of endpoint %q has %d columns: ask for %s/{%s}", s.endpoint.Name, len(key), s.endpoint.Path, strings.Join(names, "},{"))
		}
		var leaves []*leaf
		for i, k := range key {
			text, err := url.PathUnescape(parts[i])
			if err != nil {
				return newError(codeBadValue, "the key: %v", err)
			}
			l, err := textLeaf(s.columns.schema, k, text)
			if err != nil {
				return err
			}
			leaves = append(leaves, l)
		}
		return q.one(ctx, s, leaves)
	})
}

// one sends the record with a key.
func (q *request) one(ctx context.Context, s *session, key []*leaf) error {
	names := recordNames(s.columns)
	var body []byte
	err := s.get(ctx, key, func(p page) error {
		body = appendRecord(body, p, 0, names)
		return nil
	})
	if err != nil {
		return err
	}
	q.send(http.StatusOK, body)
	return nil
}

// answer sends the records of a query as a list.
func (q *request) answer(ctx context.Context, s *session, query *query) error {
	names := recordNames(s.columns)
	body := append(make([]byte, 0, 4096), '[')
	first, started := true, false
	next, err := s.run(ctx, query, func(p page) error {
		for i := range p.ids {
			if !first {
				body = append(body, ',')
			}
			first = false
			body = appendRecord(body, p, i, names)
			if len(body) < wholeBytes {
				continue
			}
			if !started {
				started = true
				q.w.Header().Set("Content-Type", "application/json")
				q.w.Header().Set("Trailer", headerNext)
			}
			if _, err := q.w.Write(body); err != nil {
				return errStarted
			}
			body = body[:0]
		}
		return nil
	})
	if err != nil {
		if started {
			return errStarted
		}
		return err
	}
	body = append(body, ']')
	if next != nil {
		q.w.Header().Set(headerNext, next.String())
	}
	if started {
		if _, err := q.w.Write(body); err != nil {
			return errStarted
		}
		return nil
	}
	q.send(http.StatusOK, body)
	return nil
}

// recordNames returns the quoted names of a record's members, each with what stands around it.
func recordNames(c columns) [][]byte {
	var out [][]byte
	for _, v := range c.visible {
		name, err := json.Marshal(c.schema.Fields[v].Name)
		if err != nil {
			panic("api: a column's name does not encode: " + err.Error())
		}
		out = append(out, slices.Concat([]byte(","), name, []byte(":")))
	}
	out[0] = append([]byte("{"), out[0][1:]...)
	return out
}

// appendRecord appends record i of a page as JSON.
func appendRecord(dst []byte, p page, i int, names [][]byte) []byte {
	for c := range p.rows.Cols {
		dst = append(dst, names[c]...)
		dst = batch.AppendJSON(dst, &p.rows.Cols[c], i)
	}
	dst = append(dst, `,"__dozer_record_id":`...)
	dst = strconv.AppendUint(dst, p.ids[i], 10)
	dst = append(dst, `,"__dozer_record_version":`...)
	dst = strconv.AppendUint(dst, uint64(p.versions[i]), 10)
	return append(dst, '}')
}
