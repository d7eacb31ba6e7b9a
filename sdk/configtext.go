package sdk

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ConfigText turns a configuration as people write it on a command line or in a test into JSON: it is
// JSON already, or lines of "key: value", where a value is JSON or else text. The host's configuration files are
// YAML and do not come here.
func ConfigText(s string) ([]byte, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return []byte("{}"), nil
	}
	if s[0] == '{' {
		if !json.Valid([]byte(s)) {
			return nil, fmt.Errorf("configuration %.60q: not valid JSON", s)
		}
		return []byte(s), nil
	}
	values := map[string]json.RawMessage{}
	for line := range strings.Lines(s) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if key == "" && !ok {
			continue
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || key == "" {
			return nil, fmt.Errorf("configuration line %q: write key: value, or JSON", strings.TrimSpace(line))
		}
		if !json.Valid([]byte(value)) {
			quoted, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			value = string(quoted)
		}
		values[key] = json.RawMessage(value)
	}
	return json.Marshal(values)
}
