package text

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash/crc32"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// digests are checksums, and bytes written as text.
func digests() []fn.Function {
	f := func(signature, help string, build func(*fn.Node), fallible func(*fn.Node) bool) fn.Function {
		return fn.Function{Signature: signature, Help: help, Build: build, Fallible: fallible}
	}
	sum := func(name string, of func(dst []byte, s string) []byte) fn.Function {
		return f(name+"(text) text; "+name+"(binary) text", "The "+strings.ToUpper(name)+" checksum in hex digits.", fn.Text1(of), nil)
	}
	return []fn.Function{
		sum("md5", func(dst []byte, s string) []byte { d := md5.Sum([]byte(s)); return hex.AppendEncode(dst, d[:]) }),
		sum("sha1", func(dst []byte, s string) []byte { d := sha1.Sum([]byte(s)); return hex.AppendEncode(dst, d[:]) }),
		sum("sha224", sha224), sum("sha256", sha256Hex), sum("sha384", sha384), sum("sha512", sha512Hex),
		f("sha2(text, int) text; sha2(binary, int) text", "The SHA-2 checksum of 224, 256, 384 or 512 bits in hex digits.", buildSHA2, fn.Always),
		f("crc32(text) int; crc32(binary) int", "The CRC-32 checksum.", fn.TextInt(func(s string) int64 { return int64(crc32.ChecksumIEEE([]byte(s))) }), nil),
		f("hex(text) text; hex(binary) text; hex(int) text", "The bytes, or the number, in capital hex digits.", buildHex, fn.Always),
		f("to_hex(int) text", "The number in hex digits; a negative one as its 64 bits.", fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
			return strconv.AppendUint(dst, uint64(fn.Int(&args[0], i)), 16), true
		}), nil),
		f("unhex(text) binary", "The bytes of hex digits.", decoder("not hex digits in pairs"), fn.Always),
		f("to_base64(text) text; to_base64(binary) text", "The bytes in base64.", fn.Text1(func(dst []byte, s string) []byte { return base64.StdEncoding.AppendEncode(dst, []byte(s)) }), fn.Always),
		f("from_base64(text) binary", "The bytes of a text in base64.", decoder("no base64"), fn.Always),
		f("encode(text, text) text; encode(binary, text) text", "The bytes written as 'hex' or 'base64'.", buildEncode, fn.Always),
		f("decode(text, text) binary", "The bytes of a text in 'hex' or 'base64'. With more arguments the value beside the first that equals the first argument, or the last one.", decoder("the text is not in that format, or the format is not hex or base64"), fn.Always),
	}
}

func sha224(dst []byte, s string) []byte {
	d := sha256.Sum224([]byte(s))
	return hex.AppendEncode(dst, d[:])
}

func sha256Hex(dst []byte, s string) []byte {
	d := sha256.Sum256([]byte(s))
	return hex.AppendEncode(dst, d[:])
}

func sha384(dst []byte, s string) []byte {
	d := sha512.Sum384([]byte(s))
	return hex.AppendEncode(dst, d[:])
}

func sha512Hex(dst []byte, s string) []byte {
	d := sha512.Sum512([]byte(s))
	return hex.AppendEncode(dst, d[:])
}

func buildSHA2(n *fn.Node) {
	fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		s := args[0].Text(i)
		switch fn.Int(&args[1], i) {
		case 224:
			return sha224(dst, s), true
		case 0, 256:
			return sha256Hex(dst, s), true
		case 384:
			return sha384(dst, s), true
		case 512:
			return sha512Hex(dst, s), true
		}
		return dst, false
	})(n)
	n.Why = func(*fn.Node, int) string { return "SHA-2 has 224, 256, 384 or 512 bits" }
}

func buildHex(n *fn.Node) {
	if n.Args[0].Type.Kind == batch.Int64 {
		fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
			return append(dst, strings.ToUpper(strconv.FormatUint(uint64(fn.Int(&args[0], i)), 16))...), true
		})(n)
		return
	}
	fn.Text1(func(dst []byte, s string) []byte {
		start := len(dst)
		dst = hex.AppendEncode(dst, []byte(s))
		for i, c := range dst[start:] {
			if c >= 'a' {
				dst[start+i] = c - 'a' + 'A'
			}
		}
		return dst
	})(n)
}

func buildEncode(n *fn.Node) {
	fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
		switch strings.ToLower(args[1].Text(i)) {
		case "hex":
			return hex.AppendEncode(dst, args[0].View(i)), true
		case "base64":
			return base64.StdEncoding.AppendEncode(dst, args[0].View(i)), true
		}
		return dst, false
	})(n)
	n.Why = func(*fn.Node, int) string {
		return "the format is not hex or base64, or the result is longer than 16 MiB"
	}
}

// decoder builds DECODE and its kin, which know their format.
func decoder(why string) func(*fn.Node) {
	return func(n *fn.Node) {
		format := map[string]string{"unhex": "hex", "from_base64": "base64"}[n.Func]
		fn.TextsWith(func(dst []byte, args []batch.Column, i int) ([]byte, bool) {
			kind := format
			if len(args) > 1 {
				kind = strings.ToLower(args[1].Text(i))
			}
			var err error
			switch kind {
			case "hex":
				dst, err = hex.AppendDecode(dst, args[0].View(i))
			case "base64":
				dst, err = base64.StdEncoding.AppendDecode(dst, args[0].View(i))
			default:
				return dst, false
			}
			return dst, err == nil
		})(n)
		n.Why = func(*fn.Node, int) string { return why }
	}
}
