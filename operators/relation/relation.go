// Package relation holds the operators of relational algebra over Z-sets, one file each, which opens
// with its equation.
//
// The linear ones answer as rows come. The others gather the rows of an epoch, seal them into a
// sorted and consolidated run when their port is done, and answer in the order of the keys' hashes,
// a bounded piece of work at a time; they keep arrangements and nothing else between epochs.
package relation

import "github.com/millrace-dev/millrace/operators/relation/port"

// Dead takes a row that could not pass, with its weight and the reason: the dead letters of an
// operator are a Z-set, and the retraction of a row takes its dead letter back. The batch is
// borrowed.
type Dead = port.Dead

// keyBlock is how many keys are looked at a time.
const keyBlock = 1 << 10
