package push

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// handler answers HTTP requests:
//
//	GET    /               the tables
//	GET    /{table}        its columns and key
//	POST   /{table}        put rows in; in a table with a key, each replaces the one of its key
//	PUT    /{table}        the same
//	DELETE /{table}        take rows out, by their keys; in a table without, by all their columns
//	DELETE /{table}/{key}  take one out; a key of several columns is several segments
//
// A request is a transaction. Its answer, {"epoch": 7, "rows": 2}, comes when the rows are durable, or with
// ?wait=visible when they are visible, too.
type handler struct {
	tables  map[string]*table
	names   []string
	queue   chan *request
	ended   chan struct{}
	maxBody int64
}

// ServeHTTP answers a request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	segments, err := path(r.URL)
	if err != nil {
		fail(w, http.StatusBadRequest, &badRequest{Message: err.Error()})
		return
	}
	if len(segments) == 0 {
		if method(w, r, http.MethodGet) {
			reply(w, http.StatusOK, h.describe())
		}
		return
	}
	t := h.tables[segments[0]]
	if t == nil {
		fix := near.Fix(segments[0], h.names)
		fail(w, http.StatusNotFound, &badRequest{Message: fmt.Sprintf("no table %q; %s", segments[0], fix), Fix: fix})
		return
	}
	if len(segments) > 1 {
		if method(w, r, http.MethodDelete) {
			h.take(w, r, t, -1, segments[1:])
		}
		return
	}
	switch r.Method {
	case http.MethodGet:
		reply(w, http.StatusOK, t.describe())
	case http.MethodPost, http.MethodPut:
		h.take(w, r, t, 1, nil)
	case http.MethodDelete:
		h.take(w, r, t, -1, nil)
	default:
		method(w, r, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete)
	}
}

// path returns the segments of a path.
func path(u *url.URL) ([]string, error) {
	var out []string
	escaped := strings.TrimPrefix(u.EscapedPath(), "/")
	if escaped == "" {
		return nil, nil
	}
	for segment := range strings.SplitSeq(strings.TrimSuffix(escaped, "/"), "/") {
		s, err := url.PathUnescape(segment)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func method(w http.ResponseWriter, r *http.Request, allowed ...string) bool {
	if slices.Contains(allowed, r.Method) {
		return true
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	fail(w, http.StatusMethodNotAllowed, &badRequest{Message: fmt.Sprintf("%s is not for %s; use %s", r.Method, r.URL.Path, strings.Join(allowed, ", "))})
	return false
}

// take reads the rows of a request, or the one of a key in the path, queues them and answers.
func (h *handler) take(w http.ResponseWriter, r *http.Request, t *table, weight batch.Weight, key []string) {
	wait := r.URL.Query().Get("wait")
	if wait != "" && wait != "durable" && wait != "visible" {
		fail(w, http.StatusBadRequest, &badRequest{Message: fmt.Sprintf("wait=%s is unknown; use wait=durable or wait=visible", wait)})
		return
	}
	got, err := h.rows(w, r, t, weight, key)
	if err != nil {
		failRows(w, err, h.maxBody)
		return
	}
	q := &request{table: t.name, mode: t.mode(), batches: got.batches(), rows: got.count, reply: make(chan *commit, 1)}
	done := h.submit(q)
	if done == nil {
		w.Header().Set("Retry-After", "1")
		fail(w, http.StatusServiceUnavailable, &badRequest{Message: "the source is ending; nothing was taken: send it again"})
		return
	}
	epoch, err := done.await(wait == "visible")
	if err != nil {
		w.Header().Set("Retry-After", "1")
		fail(w, http.StatusServiceUnavailable, &badRequest{Message: fmt.Sprintf("it is not certain that the rows were taken: %v; send them again", err)})
		return
	}
	reply(w, http.StatusOK, map[string]uint64{"epoch": uint64(epoch), "rows": uint64(got.count)})
}

func (h *handler) rows(w http.ResponseWriter, r *http.Request, t *table, weight batch.Weight, key []string) (*rows, error) {
	got := newRows(t, weight)
	if key != nil {
		return got, got.addKey(key)
	}
	return got, got.decode(http.MaxBytesReader(w, r.Body, h.maxBody))
}

// submit queues a request and returns its commit, or nil if it was not taken.
func (h *handler) submit(q *request) *commit {
	select {
	case h.queue <- q:
	case <-h.ended:
		return nil
	}
	select {
	case done := <-q.reply:
		return done
	case <-h.ended:
	}
	select { // the answer may have come just before the end
	case done := <-q.reply:
		return done
	default:
		return nil
	}
}

func (c *commit) await(visible bool) (sdk.Epoch, error) {
	if c.err != nil {
		return 0, c.err
	}
	epoch, err := c.durable()
	if err == nil && visible {
		epoch, err = c.visible()
	}
	return epoch, err
}

func failRows(w http.ResponseWriter, err error, maxBody int64) {
	var bad *badRequest
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &bad):
		fail(w, http.StatusBadRequest, bad)
	case errors.As(err, &large):
		fail(w, http.StatusRequestEntityTooLarge, &badRequest{Message: fmt.Sprintf("the body has more than %d bytes; send the rows in several requests, or set max_body", maxBody)})
	default:
		fail(w, http.StatusBadRequest, &badRequest{Message: err.Error()})
	}
}

func fail(w http.ResponseWriter, status int, err *badRequest) { reply(w, status, err) }

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller may be gone
}

// description is a table as GET shows it.
type description struct {
	Name    string              `json:"name"`
	Columns []columnDescription `json:"columns"`
	Key     []string            `json:"primary_key"`
}

type columnDescription struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
}

func (h *handler) describe() []description {
	list := []description{}
	for _, name := range h.names {
		list = append(list, h.tables[name].describe())
	}
	return list
}

func (t *table) describe() description {
	d := description{Name: t.name, Key: []string{}}
	for _, f := range t.schema.Fields {
		d.Columns = append(d.Columns, columnDescription{f.Name, f.Type.String(), f.Nullable})
	}
	for _, i := range t.schema.Key {
		d.Key = append(d.Key, t.schema.Fields[i].Name)
	}
	return d
}
