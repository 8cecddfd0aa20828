package rest_test

import (
	"fmt"

	"github.com/harrier-soar/harrier/connector/rest"
)

func ExampleLoad() {
	_, problems := rest.Load("connector.yaml", []byte(`harrier: 1
connector: acme
title: Acme
category: firewall
settings:
  base_url: {type: url, required: true}
actions:
  list:
    title: List what is blocked
    effect: reed
    request: {get: /blocked}
`))
	fmt.Println(problems)
	// Output:
	// connector.yaml:10:13: error: actions.list.effect cannot be "reed" [bad-value]
	//       effect: reed
	//               ^^^^
	//   fix: did you mean "read"? write one of read, disclose, notify, record, contain, destroy
}
