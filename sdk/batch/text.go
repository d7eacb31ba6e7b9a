package batch

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AppendText appends the text form of row i; a null appends nothing. Every form but that of NaN's bits
// is exact: Vector.AppendText reads it back to the same value.
//
// The forms: true and false; integers and decimals in full, a decimal with all digits of its scale;
// floats as short as they can be read back, NaN, Infinity, -Infinity; YYYY-MM-DD; RFC 3339 in UTC with a
// fraction of 0, 3 or 6 digits; durations as 1h30m0.5s; text and JSON as they are; bytes as \x and hex
// digits; UUIDs in lower case with dashes; POINT(x, y).
func AppendText(dst []byte, c *Column, i int) []byte { //nolint:gocyclo // a switch over the kinds
	if c.Null(i) {
		return dst
	}
	switch c.Type.Kind {
	case Utf8, JSON:
		return append(dst, c.View(i)...)
	case Binary:
		return hex.AppendEncode(append(dst, `\x`...), c.View(i))
	case Bool:
		return strconv.AppendBool(dst, c.Bool(i))
	case Float32, Float64:
		return appendFloat(dst, float(c, i), c.Type.Width()*8)
	}
	w := c.Type.Width()
	d := c.Data[i*w : i*w+w]
	switch c.Type.Kind {
	case Int8, Int16, Int32, Int64:
		return strconv.AppendInt(dst, integer(d), 10)
	case Uint8, Uint16, Uint32:
		return strconv.AppendUint(dst, uint64(integer(d))&(1<<(8*w)-1), 10)
	case Uint64:
		return strconv.AppendUint(dst, binary.LittleEndian.Uint64(d), 10)
	case Decimal, Int128:
		return appendDec(dst, binary.LittleEndian.Uint64(d), binary.LittleEndian.Uint64(d[8:]), int(c.Type.Scale))
	case Uint128:
		return u128{lo: binary.LittleEndian.Uint64(d), hi: binary.LittleEndian.Uint64(d[8:])}.append(dst)
	case Date:
		return appendDate(dst, integer(d))
	case Timestamp:
		return appendTimestamp(dst, integer(d), 0)
	case Duration:
		return appendDuration(dst, integer(d))
	case UUID:
		return appendUUID(dst, d)
	case Point:
		x, y := point(d)
		dst = appendFloat(append(dst, "POINT("...), x, 64)
		return append(appendFloat(append(dst, ", "...), y, 64), ')')
	}
	panic("batch: text of " + c.Type.String())
}

// integer reads a little-endian signed integer of 1, 2, 4 or 8 bytes.
func integer(d []byte) int64 {
	switch len(d) {
	case 1:
		return int64(int8(d[0]))
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(d)))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(d)))
	}
	return int64(binary.LittleEndian.Uint64(d))
}

func float(c *Column, i int) float64 {
	if c.Type.Kind == Float32 {
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(c.Data[4*i:])))
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(c.Data[8*i:]))
}

func point(d []byte) (x, y float64) {
	return math.Float64frombits(binary.LittleEndian.Uint64(d)), math.Float64frombits(binary.LittleEndian.Uint64(d[8:]))
}

// appendFloat writes small and large numbers with an exponent, as JavaScript and encoding/json do.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, bits)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, bits)
}

func appendUUID(dst, d []byte) []byte {
	for i, end := range [...]int{4, 6, 8, 10, 16} {
		if i > 0 {
			dst = append(dst, '-')
		}
		start := [...]int{0, 4, 6, 8, 10}[i]
		dst = hex.AppendEncode(dst, d[start:end])
	}
	return dst
}

// AppendText appends a value given in the text form of AppendText, or in one that means the same
// without doubt: TRUE, +1, 1e3 for a decimal, an offset other than Z, a UUID without dashes. The
// error names the value and the type; nothing is appended then.
func (v *Vector) AppendText(s string) error {
	if err := v.appendText(s); err != nil {
		return &ValueError{Value: s, Type: v.Type, Reason: err.Error()}
	}
	return nil
}

// ValueError is a value that does not fit its column.
type ValueError struct {
	Value  string
	Type   Type
	Reason string
}

// Error returns the value, shortened, the type and the reason.
func (e *ValueError) Error() string {
	value := e.Value
	if len(value) > 60 {
		value = strings.ToValidUTF8(value[:60], "") + "..."
	}
	return fmt.Sprintf("%q as %v: %s", value, e.Type, e.Reason)
}

func (v *Vector) appendText(s string) error { //nolint:gocyclo // a switch over the kinds
	switch v.Type.Kind {
	case Utf8:
		if !utf8.ValidString(s) {
			return errors.New("not valid UTF-8")
		}
		v.AppendString(s)
		return nil
	case JSON:
		if !json.Valid([]byte(s)) {
			return errors.New("not valid JSON")
		}
		v.AppendString(s)
		return nil
	case Int8, Int16, Int32, Int64:
		n, err := strconv.ParseInt(s, 10, 8*v.Type.Width())
		return v.keepInt(n, err)
	case Uint8, Uint16, Uint32, Uint64:
		n, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, 8*v.Type.Width())
		if err == nil {
			v.appendUint(n)
		}
		return reason(err)
	case Float32, Float64:
		f, err := parseFloat(s, 8*v.Type.Width())
		if err != nil {
			return err
		}
		return v.AppendValue(f)
	case Decimal, Int128, Uint128:
		n, err := parseDec(s, v.Type)
		if err == nil {
			Append(v, n)
		}
		return err
	case Date:
		day, rest, err := parseDate(s)
		if err == nil && rest != "" {
			err = errDate
		}
		return v.keepInt(day, err)
	case Timestamp:
		micros, err := parseTimestamp(s)
		return v.keepInt(micros, err)
	case Duration:
		micros, err := parseDuration(s)
		return v.keepInt(micros, err)
	}
	return v.appendOddText(s)
}

// keepInt appends n unless it could not be read or does not fit.
func (v *Vector) keepInt(n int64, err error) error {
	if err != nil {
		return reason(err)
	}
	if !v.appendInt(n) {
		return errRange
	}
	return nil
}

// reason says in our words why a number could not be read.
func reason(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strconv.ErrRange):
		return errRange
	case errors.Is(err, strconv.ErrSyntax):
		return errSyntax
	}
	return err
}

// appendOddText appends to the types that are neither numbers nor text.
func (v *Vector) appendOddText(s string) error {
	switch v.Type.Kind {
	case Bool:
		switch strings.ToLower(s) {
		case "true", "t":
			v.AppendBool(true)
		case "false", "f":
			v.AppendBool(false)
		default:
			return errors.New("write true or false")
		}
		return nil
	case Binary:
		digits, ok := strings.CutPrefix(s, `\x`)
		data, err := hex.DecodeString(digits)
		if !ok || err != nil {
			return errors.New(`bytes are written as \x and pairs of hex digits`)
		}
		v.AppendBytes(data)
		return nil
	case UUID:
		id, ok := parseUUID(s)
		if !ok {
			return errors.New("UUIDs are written 01234567-89ab-cdef-0123-456789abcdef")
		}
		Append(v, id)
		return nil
	case Point:
		x, y, ok := parsePoint(s)
		if !ok {
			return errors.New("points are written POINT(x, y)")
		}
		Append(v, [2]float64{x, y})
		return nil
	}
	panic("batch: text of " + v.Type.String())
}

func parseFloat(s string, bits int) (float64, error) {
	if strings.ContainsAny(s, "xX_") {
		return 0, errSyntax
	}
	f, err := strconv.ParseFloat(s, bits)
	return f, reason(err)
}

func parseUUID(s string) (id [16]byte, ok bool) {
	if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		s = s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	}
	if len(s) != 32 {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(s))
	return id, err == nil
}

func parsePoint(s string) (x, y float64, ok bool) {
	if len(s) >= 5 && strings.EqualFold(s[:5], "POINT") {
		s = strings.TrimSpace(s[5:])
	}
	s, open := strings.CutPrefix(s, "(")
	s, closed := strings.CutSuffix(s, ")")
	left, right, comma := strings.Cut(s, ",")
	x, err1 := parseFloat(strings.TrimSpace(left), 64)
	y, err2 := parseFloat(strings.TrimSpace(right), 64)
	return x, y, open && closed && comma && err1 == nil && err2 == nil
}
