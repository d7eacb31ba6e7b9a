package batch

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// AppendJSON appends row i as JSON.
//
// Integers of up to 64 bits and floats are numbers (NaN and the infinities are null); a decimal is a
// number when a double or a 64-bit integer holds it, that is with at most 15 significant digits
// or as such an integer, and else a string; 128-bit integers, text, UUIDs and dates are strings; a timestamp is
// an RFC 3339 string in UTC with 3 fractional digits, or 6 if it needs them; bytes are an array of
// numbers; a point is {"x":1,"y":2}; a duration is {"value":"<nanoseconds>","time_unit":"Nanoseconds"};
// JSON is itself, on one line.
func AppendJSON(dst []byte, c *Column, i int) []byte { //nolint:gocyclo // a switch over the kinds
	if c.Null(i) {
		return append(dst, "null"...)
	}
	switch c.Type.Kind {
	case Utf8:
		return AppendQuoted(dst, c.Text(i))
	case Float32, Float64:
		return appendJSONFloat(dst, float(c, i), 8*c.Type.Width())
	case JSON:
		return appendLine(dst, c.View(i))
	case Binary:
		dst = append(dst, '[')
		for k, b := range c.View(i) {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendUint(dst, uint64(b), 10)
		}
		return append(dst, ']')
	case Decimal:
		return appendJSONDec(dst, c.Data[16*i:16*i+16], int(c.Type.Scale))
	case Timestamp:
		return append(appendTimestamp(append(dst, '"'), integer(c.Data[8*i:8*i+8]), 3), '"')
	case Duration:
		dst = append(dst, `{"value":"`...)
		micros := integer(c.Data[8*i : 8*i+8])
		dst = strconv.AppendInt(dst, micros, 10)
		if micros != 0 {
			dst = append(dst, "000"...)
		}
		return append(dst, `","time_unit":"Nanoseconds"}`...)
	case Point:
		x, y := point(c.Data[16*i : 16*i+16])
		dst = appendJSONFloat(append(dst, `{"x":`...), x, 64)
		return append(appendJSONFloat(append(dst, `,"y":`...), y, 64), '}')
	case Int128, Uint128, UUID, Date:
		return append(AppendText(append(dst, '"'), c, i), '"')
	}
	return AppendText(dst, c, i)
}

func appendJSONFloat(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	return appendFloat(dst, f, bits)
}

func appendJSONDec(dst, d []byte, scale int) []byte {
	lo, hi := binary.LittleEndian.Uint64(d), binary.LittleEndian.Uint64(d[8:])
	if exactNumber(lo, hi, scale) {
		return appendDec(dst, lo, hi, scale)
	}
	return append(appendDec(append(dst, '"'), lo, hi, scale), '"')
}

func exactNumber(lo, hi uint64, scale int) bool {
	neg, size := magnitude(lo, hi)
	for left := scale; ; left-- {
		if size.hi == 0 && size.lo < 1e15 {
			return true
		}
		if left <= 0 {
			break
		}
		q, r := size.divmod(10)
		if r != 0 {
			return false
		}
		size = q
	}
	return size.hi == 0 && (!neg || size.lo <= 1<<63)
}

// appendLine appends JSON text without line breaks, which would end a record of NDJSON.
func appendLine(dst, text []byte) []byte {
	if bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') < 0 {
		return append(dst, text...)
	}
	var line bytes.Buffer
	if json.Compact(&line, text) != nil {
		return AppendQuoted(dst, string(text))
	}
	return append(dst, line.Bytes()...)
}

const hexDigits = "0123456789abcdef"

// AppendQuoted appends s as a JSON string; invalid UTF-8 becomes U+FFFD.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= 0x20 && b != '"' && b != '\\' && b < utf8.RuneSelf {
			i++
			continue
		}
		if b >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		}
		dst = append(dst, s[start:i]...)
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// AppendJSON appends a value as encoding/json decodes it, best with UseNumber (a float64 has lost the
// digits of large integers). Besides what AppendJSON writes it takes: integers of any width as number
// or string, as long as they have no fraction; decimals as number or string; the text form for dates, timestamps,
// durations, UUIDs, bytes and for NaN and the infinities. The error names the value and the type;
// nothing is appended then.
func (v *Vector) AppendJSON(value any) error {
	var err error
	switch x := value.(type) {
	case nil:
		v.AppendNull()
		return nil
	case json.RawMessage:
		return v.appendRaw(x)
	case float64:
		return v.AppendJSON(json.Number(strconv.FormatFloat(x, 'g', -1, 64)))
	case json.Number:
		err = v.appendNumber(string(x))
	case string:
		err = v.appendJSONString(x)
	case bool:
		switch v.Type.Kind {
		case Bool:
			v.AppendBool(x)
		case JSON:
			v.AppendString(strconv.FormatBool(x))
		default:
			err = errors.New("a boolean does not fit")
		}
	case []any:
		err = v.appendArray(x)
	case map[string]any:
		err = v.appendObject(x)
	default:
		return v.AppendValue(value)
	}
	if err != nil {
		text, _ := json.Marshal(value)
		return &ValueError{Value: strings.Trim(string(text), `"`), Type: v.Type, Reason: err.Error()}
	}
	return nil
}

// AppendJSONText appends a JSON number or, quoted, the text between the quotes of a string without escapes, as AppendJSON does
// with their values. It reports whether the value fits; nothing is appended otherwise.
func (v *Vector) AppendJSONText(text []byte, quoted bool) bool {
	s := unsafe.String(unsafe.SliceData(text), len(text))
	if quoted {
		return v.appendJSONString(s) == nil
	}
	return v.appendNumber(s) == nil
}

func (v *Vector) appendRaw(raw []byte) error {
	if v.Type.Kind == JSON && json.Valid(raw) && string(bytes.TrimSpace(raw)) != "null" {
		v.AppendBytes(raw)
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return &ValueError{Value: string(raw), Type: v.Type, Reason: err.Error()}
	}
	return v.AppendJSON(value)
}

func (v *Vector) appendNumber(s string) error {
	switch {
	case v.Type.Signed(), v.Type.Unsigned():
		if err := v.appendText(s); err == nil || !strings.ContainsAny(s, ".eE") {
			return err
		}
		neg, size, err := parseDigits(s, 0, u128{hi: 1})
		if err != nil {
			return err
		}
		text := string(size.append(nil))
		if neg && size != (u128{}) {
			text = "-" + text
		}
		return v.appendText(text)
	case v.Type.Numeric():
		return v.appendText(s)
	case v.Type.Kind == JSON:
		v.AppendString(s)
		return nil
	}
	return errors.New("a number does not fit")
}

func (v *Vector) appendJSONString(s string) error {
	switch v.Type.Kind {
	case Bool:
		return errors.New("write true or false, without quotes")
	case JSON:
		v.AppendBytes(AppendQuoted(nil, s))
		return nil
	}
	return v.appendText(s)
}

func (v *Vector) appendArray(values []any) error {
	switch v.Type.Kind {
	case JSON:
		return v.appendMarshalled(values)
	case Binary:
		data := make([]byte, len(values))
		for i, value := range values {
			n, err := strconv.ParseUint(fmt.Sprint(value), 10, 8)
			if err != nil {
				return fmt.Errorf("element %d is not in 0..255", i)
			}
			data[i] = byte(n)
		}
		v.AppendBytes(data)
		return nil
	}
	return errors.New("an array does not fit")
}

func (v *Vector) appendObject(object map[string]any) error {
	switch v.Type.Kind {
	case JSON:
		return v.appendMarshalled(object)
	case Point:
		x, err1 := parseFloat(fmt.Sprint(object["x"]), 64)
		y, err2 := parseFloat(fmt.Sprint(object["y"]), 64)
		if err1 != nil || err2 != nil || len(object) != 2 {
			return errors.New(`points are written {"x": 1.5, "y": 2}`)
		}
		Append(v, [2]float64{x, y})
		return nil
	case Duration:
		unit := map[any]string{"Seconds": "s", "Milliseconds": "ms", "Microseconds": "us", "Nanoseconds": "ns"}[object["time_unit"]]
		if unit == "" || len(object) != 2 {
			return errors.New(`durations are written {"value": "1000", "time_unit": "Nanoseconds"}`)
		}
		return v.appendText(fmt.Sprint(object["value"]) + unit)
	}
	return errors.New("an object does not fit")
}

// appendMarshalled appends a decoded value as JSON text with sorted keys.
func (v *Vector) appendMarshalled(value any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	v.AppendBytes(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
	return nil
}
