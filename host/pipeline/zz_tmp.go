package pipeline

import "github.com/millrace-dev/millrace/operators/circuit"

func checkpointCircuit(c *circuit.Circuit, d *disk) ([]byte, []string, error) { return nil, nil, nil }
func restoreCircuit(c *circuit.Circuit, m []byte, d *disk) error              { return nil }
