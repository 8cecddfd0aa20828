package playbook_test

import (
	"fmt"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

func Example() {
	catalog := playbook.Catalog{Actions: map[string]schema.ActionSpec{
		"edr.wipe": {
			Name: "edr.wipe", Connector: "edr", Effect: harrier.Destroy,
			Input: []schema.Field{{Name: "host", Type: schema.TypeOf(schema.Host), Required: true}},
		},
	}}
	source := `harrier: 1
playbook: wipe-host
trigger:
  - manual: {on: alert}
steps:
  - id: wipe
    uses: edr.wipe
    with:
      hots: ${{ alert.host }}
`
	_, problems := playbook.Compile("wipe-host.playbook.yaml", []byte(source), catalog)
	fmt.Println(problems.Error())
	// Output:
	// wipe-host.playbook.yaml:7:11: error: edr.wipe cannot be undone and no approve step covers it [unguarded-destroy]
	//       uses: edr.wipe
	//             ^^^^^^^^
	//   fix: add an approve step before it, with covers: [wipe]
	// wipe-host.playbook.yaml:9:7: error: edr.wipe has no input hots [unknown-input]
	//         hots: ${{ alert.host }}
	//         ^^^^
	//   fix: did you mean host?
}
