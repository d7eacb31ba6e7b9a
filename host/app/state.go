package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/millrace-dev/millrace/host/config"
	"github.com/millrace-dev/millrace/host/pipeline"
)

// stateSocket is where a running app tells other processes of the same data how its pipelines stand.
func stateSocket(cfg *config.Config) string { return filepath.Join(cfg.HomeDir, "state.sock") }

// serveState answers every request with the state of the pipelines, as JSON, until ctx ends.
func (r *running) serveState(ctx context.Context) error {
	path := stateSocket(r.app.cfg)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var all []pipeline.State
		for _, p := range r.pipelines {
			all = append(all, p.State())
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(all) // the caller has gone
	})}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// runningState asks the process that runs the app, if there is one, for the state of its pipelines.
func (a *App) runningState(ctx context.Context) []pipeline.State {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", stateSocket(a.cfg))
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://app/", nil)
	if err != nil {
		return nil
	}
	answer, err := client.Do(req)
	if err != nil {
		return nil // nothing runs
	}
	defer answer.Body.Close()
	var all []pipeline.State
	if json.NewDecoder(answer.Body).Decode(&all) != nil {
		return nil
	}
	return all
}

// showState writes what the operators of running pipelines keep.
func showState(out io.Writer, all []pipeline.State) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight)
	for _, p := range all {
		fmt.Fprintf(out, "pipeline %s: %s, epoch %d, checkpoint %d\n", p.Name, p.Phase, p.Epoch, p.Checkpoint)
		if len(p.Operators) == 0 {
			continue
		}
		fmt.Fprintln(w, "operator\trows in\trows out\tstate rows\tstate bytes\truns\t")
		for _, o := range p.Operators {
			fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t\n", o.Name, o.RowsIn, o.RowsOut, o.StateRows, o.StateBytes, o.Runs)
		}
	}
	return w.Flush()
}
