package expr

var examples = map[string][]string{}
