package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// code says what kind of mistake an answer tells; clients may act on it.
type code struct {
	name string
	http int
	grpc codes.Code
}

var (
	codeBadQuery        = code{"bad_query", http.StatusBadRequest, codes.InvalidArgument}
	codeUnknownColumn   = code{"unknown_column", http.StatusBadRequest, codes.InvalidArgument}
	codeBadValue        = code{"bad_value", http.StatusBadRequest, codes.InvalidArgument}
	codeUnauthenticated = code{"unauthenticated", http.StatusUnauthorized, codes.Unauthenticated}
	codeForbidden       = code{"forbidden", http.StatusForbidden, codes.PermissionDenied}
	codeUnknownEndpoint = code{"unknown_endpoint", http.StatusNotFound, codes.InvalidArgument}
	codeUnknownPath     = code{"unknown_path", http.StatusNotFound, codes.NotFound}
	codeNotFound        = code{"not_found", http.StatusNotFound, codes.NotFound}
	codeMethod          = code{"method_not_allowed", http.StatusMethodNotAllowed, codes.Unimplemented}
	codeTooLarge        = code{"too_large", http.StatusRequestEntityTooLarge, codes.ResourceExhausted}
	codeNoKey           = code{"no_key", http.StatusUnprocessableEntity, codes.FailedPrecondition}
	codeScanLimit       = code{"scan_limit", http.StatusUnprocessableEntity, codes.ResourceExhausted}
	codeSnapshotting    = code{"snapshotting", http.StatusServiceUnavailable, codes.Unavailable}
	codeEpoch           = code{"epoch_not_visible", http.StatusGatewayTimeout, codes.DeadlineExceeded}
	codeCancelled       = code{"cancelled", 499, codes.Canceled}
	codeInternal        = code{"internal", http.StatusInternalServerError, codes.Internal}
	codeUnimplemented   = code{"not_supported", http.StatusNotImplemented, codes.Unimplemented}
)

// Error is a mistake as callers see it.
type Error struct {
	code     code
	Message  string
	Epoch    sdk.Epoch  // what readers see, of an epoch that is not visible yet
	Progress []Progress // of a view that is Snapshotting
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// GRPCStatus gives the mistake its gRPC code.
func (e *Error) GRPCStatus() *status.Status { return status.New(e.code.grpc, e.Message) }

func newError(c code, format string, args ...any) *Error {
	return &Error{code: c, Message: fmt.Sprintf(format, args...)}
}

// asError returns err as callers see it.
func asError(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.Canceled):
		return newError(codeCancelled, "the caller went away")
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{code: code{"timeout", http.StatusGatewayTimeout, codes.DeadlineExceeded}, Message: "the request took too long"}
	}
	return newError(codeInternal, "%v", err)
}

// body returns the JSON of an error's answer.
func (e *Error) body() []byte {
	type wire struct {
		Status   int        `json:"status"`
		Code     string     `json:"code"`
		Message  string     `json:"message"`
		Epoch    sdk.Epoch  `json:"epoch,omitempty"`
		Progress []Progress `json:"progress,omitempty"`
	}
	out, err := json.Marshal(map[string]wire{"error": {e.code.http, e.code.name, e.Message, e.Epoch, e.Progress}})
	if err != nil {
		panic("api: an error does not encode: " + err.Error())
	}
	return out
}

func snapshotting(endpoint string, progress []Progress) error {
	var parts []string
	for _, p := range progress {
		if p.Total > 0 {
			parts = append(parts, fmt.Sprintf("%s %d of %d rows", p.Table, p.Rows, p.Total))
		} else {
			parts = append(parts, fmt.Sprintf("%s %d rows", p.Table, p.Rows))
		}
	}
	e := newError(codeSnapshotting, "endpoint %q: its sources are still being read for the first time: try again later", endpoint)
	if len(parts) > 0 {
		e.Message = fmt.Sprintf("endpoint %q: its sources are still being read for the first time (%s): try again later", endpoint, strings.Join(parts, ", "))
	}
	e.Progress = progress
	return e
}

// waitEpoch waits until readers of the endpoint see the epoch, no longer than the options allow.
func (s *service) waitEpoch(ctx context.Context, e *Endpoint, epoch uint64) error {
	wait, cancel := context.WithTimeout(ctx, s.opts.MinEpochWait)
	defer cancel()
	p := e.View.Pipeline()
	if err := p.WaitEpoch(wait, sdk.Epoch(epoch)); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		out := newError(codeEpoch, "endpoint %q: epoch %d is not visible after %v, readers see epoch %d: ask again, or for a lower one",
			e.Name, epoch, s.opts.MinEpochWait, p.Published())
		out.Epoch = p.Published()
		return out
	}
	return nil
}

// didYouMean returns `: did you mean "x"?` for the known name that is nearest to what was written.
func didYouMean(name string, known []string) string {
	if word := near.Word(name, known); word != "" {
		return fmt.Sprintf(": did you mean %q?", word)
	}
	return ""
}
