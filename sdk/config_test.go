package sdk

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

type testParquet struct {
	Path      string `cfg:"path,required" doc:"Folder."`
	Extension string `cfg:"extension" default:".parquet"`
}

type testFormat struct {
	OneOf
	Parquet *testParquet `cfg:"Parquet"`
	CSV     *struct {
		Header bool `cfg:"header" default:"true"`
	} `cfg:"CSV,alias=Csv"`
}

type testTable struct {
	Name   string     `cfg:"name,required" min:"1" max:"8"`
	Config testFormat `cfg:"config,required"`
}

type testConfig struct {
	Every   time.Duration     `cfg:"every" default:"1s" min:"1ms" max:"1h" doc:"Time between rows."`
	Size    Bytes             `cfg:"size" default:"16MiB" min:"1KiB"`
	Rows    int32             `cfg:"rows,alias=count" min:"1" max:"10"`
	Ratio   float64           `cfg:"ratio" default:"0.5" max:"1"`
	Workers *uint8            `cfg:"workers"`
	Mode    string            `cfg:"mode" default:"read" oneof:"read|write"`
	Tables  []testTable       `cfg:"tables" min:"1"`
	Labels  map[string]string `cfg:"labels"`
	Extra   any               `cfg:"extra"`
	Raw     json.RawMessage   `cfg:"raw"`
	Nested  struct {
		On bool `cfg:"on" default:"true"`
	} `cfg:"nested"`
	Hidden int `cfg:"-"`
}

func (c *testConfig) Check() error {
	if c.Rows == 7 {
		return &ConfigError{Path: "rows", Msg: "7 is unlucky", Fix: "take 8"}
	}
	return nil
}

func TestConfigDefaults(t *testing.T) {
	var c testConfig
	if err := DecodeConfig(nil, &c); err != nil {
		t.Fatal(err)
	}
	if c.Every != time.Second || c.Size != 16<<20 || c.Ratio != 0.5 || c.Mode != "read" || !c.Nested.On || c.Workers != nil {
		t.Errorf("%+v", c)
	}
}

func TestConfigValues(t *testing.T) {
	var c testConfig
	err := DecodeConfig([]byte(`{"every": "2m", "size": "1.5KB", "count": 3, "ratio": 1, "workers": 4, "mode": "write",
		"tables": [{"name": "a", "config": {"Parquet": {"path": "x"}}}, {"name": "b", "config": "CSV"}, {"name": "c", "config": {"Csv": null}}],
		"labels": {"k": "v"}, "extra": [1], "raw": {"a": 1.50}, "nested": {"on": false}}`), &c)
	if err != nil {
		t.Fatal(err)
	}
	if c.Every != 2*time.Minute || c.Size != 1500 || c.Rows != 3 || c.Ratio != 1 || *c.Workers != 4 || c.Nested.On {
		t.Errorf("%+v", c)
	}
	if p := c.Tables[0].Config.Parquet; p == nil || p.Path != "x" || p.Extension != ".parquet" || c.Tables[0].Config.CSV != nil {
		t.Errorf("%+v", c.Tables[0])
	}
	if v := c.Tables[1].Config.CSV; v == nil || !v.Header || c.Tables[2].Config.CSV == nil {
		t.Errorf("%+v", c.Tables[1:])
	}
	if !reflect.DeepEqual(c.Labels, map[string]string{"k": "v"}) || string(c.Raw) != `{"a":1.50}` {
		t.Errorf("%+v", c)
	}
}

func TestConfigMistakesComeTogether(t *testing.T) {
	var c testConfig
	err := DecodeConfig([]byte(`{"evry": "1s", "every": 5, "size": "16 potatoes", "rows": 11, "ratio": "x", "workers": -1, "mode": "red",
		"tables": [{"config": {"Parqet": {}}}, {"name": "ninetimes", "config": {"Parquet": {"pth": "x"}}}, 3, {"name": 5, "config": {"A": 1, "B": 2}}],
		"labels": {"k": 1}, "nested": {"on": "yes"}}`), &c)
	var errs ConfigErrors
	if !errors.As(err, &errs) {
		t.Fatal(err)
	}
	want := `every: 5 is not a duration; write for example "500ms" or "1h30m"
size: "16 potatoes" is not a size; write for example "16MiB" or "2GB"
rows: 11 is above 10
ratio: "x" is not a number
workers: -1 is below 0
mode: "red" is not one of the values; did you mean "read"?
tables[0].name: missing: it is required
tables[0].config: unknown choice !Parqet; did you mean "Parquet"?
tables[1].name: a length of 9 is above 8
tables[1].config.path: missing: it is required
tables[1].config.pth: unknown key "pth"; did you mean "path"?
tables[2]: 3 is not a map of parameters
tables[3].name: 5 is not text; put it in quotes: "5"
tables[3].config: a map is not one of the choices; write !Parquet or !CSV
labels.k: 1 is not text; put it in quotes: "1"
nested.on: "yes" is not a boolean; write true or false
evry: unknown key "evry"; did you mean "every"?`
	if got := errs.Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestConfigChecksItself(t *testing.T) {
	var c testConfig
	if err := DecodeConfig([]byte(`{"rows": 7}`), &c); err == nil || err.Error() != "rows: 7 is unlucky; take 8" {
		t.Error(err)
	}
	if err := DecodeConfig([]byte(`{"rows": `), &c); err == nil || !strings.Contains(err.Error(), "not valid JSON") {
		t.Error(err)
	}
	if err := DecodeConfig([]byte(`[1]`), &c); err == nil || !strings.Contains(err.Error(), "a list is not a map") {
		t.Error(err)
	}
}

func TestParameters(t *testing.T) {
	got := map[string]Parameter{}
	for _, p := range Parameters[testConfig]() {
		got[p.Name] = p
	}
	if p := got["every"]; p.Type != "duration" || p.Default != "1s" || p.Min != "1ms" || p.Max != "1h" || p.Doc != "Time between rows." {
		t.Errorf("%+v", p)
	}
	if p := got["tables"]; p.Type != "list of object" || len(p.Fields) != 2 || p.Fields[1].Type != "one of" ||
		p.Fields[1].Fields[0].Fields[0].Name != "path" || !p.Fields[1].Fields[0].Fields[0].Required {
		t.Errorf("%+v", p)
	}
	if _, ok := got["Hidden"]; ok || got["labels"].Type != "map of string" || got["raw"].Type != "any" || got["mode"].Values[1] != "write" {
		t.Errorf("%+v", got)
	}
	if _, err := json.Marshal(Parameters[testConfig]()); err != nil {
		t.Error(err)
	}
}

func TestBadTagsPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"no name": func() { Parameters[struct{ A int }]() },
		"bad type": func() {
			Parameters[struct {
				A chan int `cfg:"a"`
			}]()
		},
		"default": func() {
			Parameters[struct {
				A int `cfg:"a" default:"x"`
			}]()
		},
		"option": func() {
			Parameters[struct {
				A int `cfg:"a,requird"`
			}]()
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func FuzzDecodeConfig(f *testing.F) {
	f.Add([]byte(`{"tables": [{"name": "a", "config": {"Parquet": {"path": "x"}}}], "every": "1s"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c testConfig
		err := DecodeConfig(data, &c)
		var errs ConfigErrors
		if err != nil && (!errors.As(err, &errs) || len(errs) == 0) {
			t.Fatalf("%T: %v", err, err)
		}
	})
}
