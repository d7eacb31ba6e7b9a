package main

import (
	"testing"

	"github.com/millrace-dev/millrace/sdk/udftest"
)

func TestLaws(t *testing.T) { udftest.Module(t, ".") }

func TestCountChar(t *testing.T) {
	if n, err := countChar("abcacc", "c"); n != 3 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if _, err := countChar("abc", ""); err == nil {
		t.Error("no character is taken")
	}
}
