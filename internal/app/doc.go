// Package app wires Harrier: it is the only package that knows the store, the
// transport, the engine, the services and the API together. Each file joins
// two or three of them; none holds logic of its own that a service could hold.
package app
