// Package connectortest holds the conformance suite that every connector
// passes: what is declared is whole, hostile text stays data, secrets appear
// nowhere, cancellation is honoured, failures of the vendor are classified, and,
// where a simulated vendor runs, effects, probes and undos agree with the world.
//
// The suite knows connectors only by their interface, so it serves those that
// are YAML and those that are Go, and there is no list of them to keep.
// Connectors that do not speak HTTP are checked as far as that goes.
package connectortest

import (
	"testing"

	"github.com/harrier-soar/harrier/connector"
)

// Options says what the suite may use beside the connectors.
type Options struct {
	// Lab returns a simulated vendor for the connector of that name, fresh for
	// this test; ok is false where there is none. It may be nil.
	Lab func(t *testing.T, name string) (lab Lab, ok bool)
}

// Lab is a simulated vendor that runs, and remembers what happened in it.
type Lab struct {
	// Env reaches the vendor with working credentials.
	Env *connector.Env
	// Reset brings the vendor's world back to where it began.
	Reset func()
	// Effects lists what has changed in the world since Reset, once for each
	// time, in a stable order. A request that changed nothing is not among them.
	Effects func() []Effect
	// Inputs returns arguments for an action, without the connector's name, that
	// make sense in this world; nil where it has none.
	Inputs func(action string) map[string]any
}

// Effect is one change of a vendor's world.
type Effect struct{ Action, Target string }

// Run checks every connector, each as a parallel subtest of its name.
func Run(t *testing.T, conns []connector.Connector, opt Options) {
	t.Helper()
	if len(conns) == 0 {
		t.Fatal("there are no connectors to check")
	}
	for _, c := range conns {
		t.Run(c.Manifest().Name, func(t *testing.T) {
			t.Parallel()
			s := suite{conn: c, manifest: c.Manifest(), opt: opt}
			t.Run("manifest is whole", s.manifestIsWhole)
			t.Run("examples fit", s.examplesFit)
			for _, spec := range s.manifest.Actions {
				a := s.action(spec)
				t.Run(a.name, func(t *testing.T) {
					t.Run("hostile text stays data", a.hostileTextStaysData)
					t.Run("secrets appear nowhere", a.secretsAppearNowhere)
					t.Run("cancellation is honoured", a.cancellationIsHonoured)
					t.Run("failures are classified", a.failuresAreClassified)
					t.Run("agrees with the lab", a.agreesWithLab)
				})
			}
		})
	}
}

// suite checks one connector.
type suite struct {
	conn     connector.Connector
	manifest *connector.Manifest
	opt      Options
}
