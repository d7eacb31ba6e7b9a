// Command guest is the module of package lawless.
package main

import _ "github.com/millrace-dev/millrace/sdk/udftest/internal/lawless"

func main() {}
