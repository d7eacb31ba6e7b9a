// Package config reads the one YAML file, or several, that say what an app does: ours and Dozer's, in all its old
// spellings. Everything it reports has a place in the user's file, and all mistakes are reported together.
package config

import (
	"encoding/json"
	"strconv"
	"time"
)

// Config is a whole configuration, checked as far as it can be without connecting to anything.
type Config struct {
	Version int    `yaml:"version"`
	AppName string `yaml:"app_name"`
	// HomeDir is where the app keeps its data.
	HomeDir string `yaml:"home_dir"`
	// CacheDir is where Dozer kept its caches; it is "" unless the file sets it.
	CacheDir string `yaml:"cache_dir"`

	Connections []Connection `yaml:"connections"`
	Sources     []Source     `yaml:"sources"`
	Endpoints   []Endpoint   `yaml:"endpoints"`
	Sinks       []Sink       `yaml:"sinks"`
	UDFs        []UDF        `yaml:"udfs"`
	Lambdas     []Lambda     `yaml:"lambdas"`

	// SQL is every top-level statement: the key "sql", then the .sql files.
	SQL Text `yaml:"sql"`

	API       API       `yaml:"api"`
	App       App       `yaml:"app"`
	Flags     Flags     `yaml:"flags"`
	Telemetry Telemetry `yaml:"telemetry"`

	_ ignored `yaml:"cache_max_map_size" ignored:"views have no maximum size"`
	_ ignored `yaml:"cloud" ignored:"there is no hosted service"`
	_ ignored `yaml:"id" ignored:"metrics carry no such label"`
	_ ignored `yaml:"company_id" ignored:"metrics carry no such label"`

	// Files are the files that the configuration came from, in the order in which they were merged.
	Files []string `yaml:"-"`
	// Strict says that this is a millrace.yaml: what Dozer alone allowed is then an error.
	Strict bool `yaml:"-"`
	// Warnings are one line each, with the place.
	Warnings []string `yaml:"-"`

	root    *node
	sources []*source // the files as they were read
}

// Connection is a way to an outside system.
type Connection struct {
	Name string
	// Connector is the name of the connector: millrace-connector-<name> is its program.
	Connector string
	// Config is the connector's own configuration. "!Tag value" in it is {"Tag": value}.
	Config json.RawMessage
	// InProcess asks to run a built-in connector inside the host instead of as a plugin.
	InProcess bool
	Pos       Pos

	config *node
}

// Source gives a table of a connection a name in SQL. Several sources of one name, on different
// connections, feed one table.
type Source struct {
	Name       string   `yaml:"name"`
	TableName  string   `yaml:"table_name"`
	Connection string   `yaml:"connection"`
	Columns    []string `yaml:"columns"` // nil: all
	Schema     string   `yaml:"schema"`
	PrimaryKey []string `yaml:"primary_key"`
	Pos        Pos      `yaml:"-"`

	_ silent `yaml:"refresh_config"`
}

// Endpoint serves a table: one of a source, or one that a statement makes with INTO.
type Endpoint struct {
	Name               string             `yaml:"name"`
	Path               string             `yaml:"path"`
	TableName          string             `yaml:"table_name"`
	Index              Index              `yaml:"index"`
	ConflictResolution ConflictResolution `yaml:"conflict_resolution"`
	// SQL is a SELECT without INTO whose result is the table, as in Dozer's oldest configurations.
	SQL Text `yaml:"sql"`
	Pos Pos  `yaml:"-"`

	_ ignored `yaml:"version" ignored:"an endpoint has one version"`
	_ ignored `yaml:"log_reader_options" ignored:"the API reads views, not a log"`
}

// Index is the key of an endpoint and its secondary indexes.
type Index struct {
	PrimaryKey []string  `yaml:"primary_key"`
	Secondary  Secondary `yaml:"secondary"`
}

// Secondary are the secondary indexes of an endpoint. None exists unless it is declared.
type Secondary struct {
	SkipDefault []string         `yaml:"skip_default"`
	Create      []SecondaryIndex `yaml:"create"`
}

// SecondaryIndex is one secondary index.
type SecondaryIndex struct {
	FullText bool // otherwise it is sorted
	Fields   []string
	Pos      Pos
}

// ConflictResolution says what happens with a change that does not fit the keys that are there.
type ConflictResolution struct {
	OnInsert string `yaml:"on_insert" oneof:"Nothing,Update,Panic"`
	OnUpdate string `yaml:"on_update" oneof:"Nothing,Upsert,Panic"`
	OnDelete string `yaml:"on_delete" oneof:"Nothing,Panic"`
}

// Sink takes the changes of a table out of the app.
type Sink struct {
	Name      string
	TableName string
	Connector string
	Config    json.RawMessage
	Pos       Pos

	config *node
}

// UDF is a module of functions for SQL.
type UDF struct {
	Name string
	Kind string // "wasm", or what else the tag says, in lower case
	// Path is the module's file, also when the tag calls it "module".
	Path   string
	Config json.RawMessage
	Pos    Pos

	config *node
}

// Lambda is a function that Dozer called for each change of an endpoint.
type Lambda struct {
	Kind     string
	Endpoint string
	Module   string
	Pos      Pos
}

// API says where results are served.
type API struct {
	Security Security `yaml:"api_security"`
	REST     Server   `yaml:"rest"`
	GRPC     Server   `yaml:"grpc"`
	AppGRPC  Server   `yaml:"app_grpc"`
	PGWire   Server   `yaml:"pgwire"`
	// DefaultMaxNumRecords is the limit of a query that gives none.
	DefaultMaxNumRecords int `yaml:"default_max_num_records" min:"0"`
	// MaxScanRows bounds how many rows a query without a fitting index may look at; 0 is no bound.
	MaxScanRows int `yaml:"max_scan_rows" min:"0"`
}

// Server is one port of the app.
type Server struct {
	Host      string `yaml:"host"`
	Port      int    `yaml:"port" min:"0" max:"65535"`
	Enabled   bool   `yaml:"enabled"`
	CORS      bool   `yaml:"cors"`
	Web       bool   `yaml:"web"`
	EnableSQL bool   `yaml:"enable_sql"`
}

// Address returns host:port.
func (s Server) Address() string {
	host := s.Host
	if len(host) > 0 && host[0] != '[' {
		for _, c := range host {
			if c == ':' {
				host = "[" + host + "]"
				break
			}
		}
	}
	return host + ":" + strconv.Itoa(s.Port)
}

// Security says what a caller has to show. JWT is the secret of tokens; "" lets everybody in.
type Security struct {
	JWT string
}

// App tunes the running of pipelines.
type App struct {
	// Memory is the budget of the whole process; 0 is decided by the machine's memory.
	Memory Bytes `yaml:"memory" min:"0"`
	// AllowLargeState runs plans that are predicted to keep more than Memory.
	AllowLargeState bool `yaml:"allow_large_state"`
	// Workers is how many partitions run in parallel; 0 is one a core.
	Workers int `yaml:"workers" min:"0" max:"1024"`
	// AppBufferSize is how many rows may wait between a source and the circuit.
	AppBufferSize int `yaml:"app_buffer_size" min:"1"`
	// CommitSize and CommitTimeout bound an epoch, in rows and in time.
	CommitSize    int      `yaml:"commit_size" min:"1"`
	CommitTimeout Duration `yaml:"commit_timeout" min:"0"`

	_ ignored `yaml:"error_threshold" ignored:"a bad row becomes a dead letter and stops nothing"`
	_ ignored `yaml:"persist_queue_capacity" ignored:"there is no such queue"`
	_ ignored `yaml:"data_storage" ignored:"data is kept in home_dir"`
	_ ignored `yaml:"max_num_records_before_persist" ignored:"checkpoints follow the memory budget"`
	_ ignored `yaml:"max_interval_before_persist_in_seconds" ignored:"checkpoints follow the memory budget"`
	_ ignored `yaml:"record_store" ignored:"state is kept in arrangements"`
	_ ignored `yaml:"event_hub_capacity" ignored:"there is no event hub"`
	_ ignored `yaml:"app_max_map_size" ignored:"state has no maximum size of its own; see app.memory"`
	_ ignored `yaml:"file_buffer_capacity" ignored:"there is no such buffer"`
	_ ignored `yaml:"log_entry_max_size" ignored:"there is no operation log"`
	_ ignored `yaml:"log_max_num_immutable_entries" ignored:"there is no operation log"`
	_ ignored `yaml:"log_storage" ignored:"there is no operation log"`
	_ ignored `yaml:"err_threshold" ignored:"a bad row becomes a dead letter and stops nothing"`
}

// Flags switch parts of the API.
type Flags struct {
	Dynamic                      bool `yaml:"dynamic"`
	GRPCWeb                      bool `yaml:"grpc_web"`
	PushEvents                   bool `yaml:"push_events"`
	AuthenticateServerReflection bool `yaml:"authenticate_server_reflection"`

	_ ignored `yaml:"enable_probabilistic_optimizations" ignored:"results are always exact"`
	_ ignored `yaml:"enable_app_checkpoints" ignored:"checkpoints are always on"`
}

// Telemetry says where measurements go.
type Telemetry struct {
	// Prometheus is the address on which metrics are served; "" is nowhere.
	Prometheus string
}

// Bytes is a number of bytes, written as a number or as "512MiB".
type Bytes int64

// Duration is a time, written as "50ms" or as a number of milliseconds.
type Duration = time.Duration

// ignored takes a key that is known and has no meaning for us: the user is told so.
type ignored struct{}

// silent takes a key that is known, and whose only value is what happens anyway.
type silent struct{}
