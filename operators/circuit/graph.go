// Package circuit wires operators into a graph and runs it: every worker runs the whole graph and
// owns one range of the hashes, epoch by epoch.
//
// A worker is one goroutine. It empties its inbox first, then steps the most downstream operator
// that has something to do. Operators never wait and never refuse input; queues between workers are
// unbounded but counted, and only Push waits, so a circuit cannot deadlock.
package circuit

import (
	"fmt"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// NodeID names a node of a graph.
type NodeID int

// Edge says where the rows of a port come from and how they get to their worker. With neither Key
// nor Single they stay on the worker where they are.
type Edge struct {
	From NodeID
	// Key exchanges the rows by the hash of these columns.
	Key []int
	// Single sends all rows to worker 0.
	Single bool
}

func (e Edge) stays() bool { return e.Key == nil && !e.Single }

// Node is an operator of a graph.
type Node struct {
	Name string
	// Types are those of the output's columns.
	Types []batch.Type
	// New returns the operator of one worker.
	New func(worker int) operators.Operator
	// Inputs has an edge for each port.
	Inputs []Edge
}

// Graph describes a circuit. Nodes are added after those whose output they read.
type Graph struct {
	nodes  []graphNode
	inputs int
	sinks  int
}

type graphNode struct {
	Node
	kind   kind
	sink   int
	outs   []outlet
	single bool // everything happens on worker 0
}

// outlet is a port that a node's output goes to.
type outlet struct {
	to   NodeID
	port int
}

type kind uint8

const (
	inputNode kind = iota
	operatorNode
	sinkNode
)

// NewGraph returns an empty graph.
func NewGraph() *Graph { return &Graph{} }

// Input adds a node into which rows of the given types are pushed.
func (g *Graph) Input(name string, types []batch.Type) NodeID {
	g.inputs++
	return g.add(graphNode{Node: Node{Name: name, Types: types}, kind: inputNode})
}

// Add adds an operator.
func (g *Graph) Add(n Node) NodeID {
	return g.add(graphNode{Node: n, kind: operatorNode})
}

// Sink adds a place where rows leave the circuit and returns its number, counted from 0.
func (g *Graph) Sink(name string, e Edge) int {
	g.sinks++
	g.add(graphNode{Node: Node{Name: name, Types: g.Types(e.From), Inputs: []Edge{e}}, kind: sinkNode, sink: g.sinks - 1})
	return g.sinks - 1
}

// Types returns the types of a node's output.
func (g *Graph) Types(n NodeID) []batch.Type { return g.nodes[n].Types }

func (g *Graph) add(n graphNode) NodeID {
	id := NodeID(len(g.nodes))
	n.single = len(n.Inputs) > 0
	for port, e := range n.Inputs {
		if e.From < 0 || e.From >= id {
			panic(fmt.Sprintf("circuit: node %q reads node %d, which was not added before it", n.Name, e.From))
		}
		from := &g.nodes[e.From]
		from.outs = append(from.outs, outlet{to: id, port: port})
		n.single = n.single && (e.Single || e.stays() && from.single)
	}
	g.nodes = append(g.nodes, n)
	return id
}
