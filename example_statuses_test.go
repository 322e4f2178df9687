package highhelp_test

import (
	"log"
	"os"

	"github.com/go-highhelp/highhelp"
)

// The diagram of an attempt, as the code has it.
func ExampleWriteStatuses() {
	if err := highhelp.WriteStatuses(os.Stdout, "mermaid"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// stateDiagram-v2
	//     [*] --> open: create request
	//     state open {
	//         error
	//         processing
	//         dispute
	//     }
	//     note left of open: any of them may follow any other
	//     open --> decline: decline, OnDeclined
	//     decline --> [*]
	//     open --> success: success, OnPaid
	//     success --> [*]
	//     note right of decline: success afterwards is a conflict, nothing changes, a human must look
	//     note right of success: decline afterwards is a conflict, nothing changes, a human must look
}
