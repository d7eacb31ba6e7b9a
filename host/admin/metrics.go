// Package admin is what an operator of Millrace looks at: metrics for Prometheus, memory and CPU of every process
// of ours, the progress of a run and its report at the end. It knows no pipeline: others tell it what they do.
package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Kinds of change, for the label operation_type.
const (
	Insert = "insert"
	Delete = "delete"
	Update = "update"
)

// Metrics counts what happens. All methods may be called concurrently.
//
// The names without prefix are Dozer's and mean what they meant there; ours begin with millrace_.
type Metrics struct {
	registry *prometheus.Registry

	sourceOperation, sinkOperation, cacheOperation *prometheus.CounterVec
	buildIndex, apiRequests                        *prometheus.CounterVec
	pipelineLatency, dataLatency, apiLatency       *prometheus.SummaryVec

	mu      sync.Mutex
	readers []func(Gauges)
}

// quantiles are what a summary shows, with the error allowed.
var quantiles = map[float64]float64{0.5: 0.01, 0.9: 0.01, 0.99: 0.001, 0.999: 0.0001}

// NewMetrics returns metrics that stand at zero.
func NewMetrics() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		m.registry.MustRegister(v)
		return v
	}
	summary := func(name, help string, labels ...string) *prometheus.SummaryVec {
		v := prometheus.NewSummaryVec(prometheus.SummaryOpts{Name: name, Help: help, Objectives: quantiles}, labels)
		m.registry.MustRegister(v)
		return v
	}
	m.sourceOperation = counter("source_operation", "Rows from connectors.", "connection", "table", "operation_type")
	m.sinkOperation = counter("sink_operation", "Rows that reached an endpoint.", "table", "operation_type")
	m.cacheOperation = counter("cache_operation", "Rows applied to a view.", "endpoint", "operation_type", "snapshotting")
	m.buildIndex = counter("build_index", "Index entries written.", "endpoint", "secondary_index", "secondary_index_type")
	m.apiRequests = counter("api_requests", "Requests answered.", "endpoint", "api_type")
	m.pipelineLatency = summary("pipeline_latency", "Seconds from the cut of an epoch until its views are published.", "endpoint")
	m.dataLatency = summary("data_latency", "Seconds from a commit at the source until it is visible in a view.", "endpoint")
	m.apiLatency = summary("api_latency", "Seconds a request took.", "endpoint", "api_type")
	m.registry.MustRegister(gauges{m}, collectors.NewGoCollector())
	return m
}

// SourceRows counts rows that a connector delivered.
func (m *Metrics) SourceRows(connection, table, operation string, rows int) {
	m.sourceOperation.WithLabelValues(connection, table, operation).Add(float64(rows))
}

// SinkRows counts rows of a published epoch that went to an endpoint or a sink.
func (m *Metrics) SinkRows(table, operation string, rows int) {
	m.sinkOperation.WithLabelValues(table, operation).Add(float64(rows))
}

// ViewRows counts rows that were written to a view.
func (m *Metrics) ViewRows(endpoint, operation string, snapshotting bool, rows int) {
	m.cacheOperation.WithLabelValues(endpoint, operation, strconv.FormatBool(snapshotting)).Add(float64(rows))
}

// IndexRows counts entries that were written to a secondary index.
func (m *Metrics) IndexRows(endpoint, index, kind string, rows int) {
	m.buildIndex.WithLabelValues(endpoint, index, kind).Add(float64(rows))
}

// EpochLatency says how long an epoch took from its cut until it was published.
func (m *Metrics) EpochLatency(endpoint string, d time.Duration) {
	m.pipelineLatency.WithLabelValues(endpoint).Observe(d.Seconds())
}

// DataLatency says how long a commit at the source took until it was visible.
func (m *Metrics) DataLatency(endpoint string, d time.Duration) {
	m.dataLatency.WithLabelValues(endpoint).Observe(d.Seconds())
}

// Request counts a request of a caller. The kind is "rest" or "grpc".
func (m *Metrics) Request(endpoint, kind string, d time.Duration) {
	m.apiRequests.WithLabelValues(endpoint, kind).Inc()
	m.apiLatency.WithLabelValues(endpoint, kind).Observe(d.Seconds())
}

// OnScrape registers a function that is called at each scrape and tells how things stand.
func (m *Metrics) OnScrape(read func(Gauges)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.readers = append(m.readers, read)
}

// Gauges takes values that are read rather than counted, with the values of the gauge's labels.
type Gauges func(g *Gauge, value float64, labels ...string)

// Gauge is a value that is read at each scrape.
type Gauge struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func gauge(name, help string, labels ...string) *Gauge {
	return &Gauge{prometheus.NewDesc(name, help, labels, nil), prometheus.GaugeValue}
}

func total(name, help string, labels ...string) *Gauge {
	return &Gauge{prometheus.NewDesc(name, help, labels, nil), prometheus.CounterValue}
}

// The gauges that there are.
var (
	Epoch           = gauge("millrace_epoch", "Last published epoch.", "pipeline")
	CheckpointEpoch = gauge("millrace_checkpoint_epoch", "Epoch of the last checkpoint.", "pipeline")
	QueuedBytes     = gauge("millrace_queued_bytes", "Bytes that wait between sources and the circuit.", "pipeline")
	SpoolBytes      = gauge("millrace_spool_bytes", "Bytes of rows that are kept because their source cannot be read again.", "pipeline")
	StateBytes      = gauge("millrace_state_bytes", "Bytes of state of an operator.", "pipeline", "operator")
	StateRows       = gauge("millrace_state_rows", "Rows of state of an operator.", "pipeline", "operator")
	ViewRowsStored  = gauge("millrace_view_rows", "Rows of a view.", "endpoint")
	ViewBytes       = gauge("millrace_view_bytes", "Bytes of a view on disk.", "endpoint")
	SourceLag       = gauge("millrace_source_lag_seconds", "Age of the oldest commit of a source that is not yet visible.", "connection", "table")
	DeadLetters     = total("millrace_dead_letters_total", "Rows that could not pass.", "pipeline", "operator")
	LateRows        = total("millrace_late_rows_total", "Rows that a TTL dropped as they came: their time was over.", "pipeline", "tables")
	Checkpoints     = total("millrace_checkpoints_total", "Checkpoints taken.", "pipeline")
	PluginRestarts  = total("millrace_plugin_restarts_total", "Restarts of a plugin.", "connection")
	MemoryBudget    = gauge("millrace_memory_budget_bytes", "Memory that the app may use.")
	processMemory   = gauge("millrace_process_resident_bytes", "Memory of a process of ours.", "process")
	processPeak     = gauge("millrace_process_peak_bytes", "Most memory that a process of ours had.", "process")
	processCPU      = total("millrace_process_cpu_seconds_total", "CPU time of a process of ours.", "process")
)

// gauges asks the readers at each scrape.
type gauges struct{ m *Metrics }

// Describe sends nothing: which labels there are is known only at a scrape.
func (g gauges) Describe(chan<- *prometheus.Desc) {}

// Collect sends what the readers say.
func (g gauges) Collect(out chan<- prometheus.Metric) {
	g.m.mu.Lock()
	readers := slices.Clip(g.m.readers)
	g.m.mu.Unlock()
	for _, read := range readers {
		read(func(g *Gauge, value float64, labels ...string) {
			metric, err := prometheus.NewConstMetric(g.desc, g.kind, value, labels...)
			if err != nil {
				metric = prometheus.NewInvalidMetric(g.desc, err)
			}
			out <- metric
		})
	}
}

// Server serves metrics, and profiles if wanted.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// Listen opens the address. Metrics are served at every path, profiles at /debug/pprof/.
func Listen(address string, m *Metrics, profiles bool) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("telemetry.metrics: another program listens at %s: stop it, or set another address", address)
	}
	if err != nil {
		return nil, fmt.Errorf("metrics: %w: choose another address with telemetry.metrics", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	if profiles {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return &Server{listener, &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}}, nil
}

// Address returns where the server listens.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Run serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = s.http.Close() })
	defer stop()
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}
