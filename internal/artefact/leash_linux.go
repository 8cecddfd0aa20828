package artefact

import "syscall"

// leash has the kernel end a child when the thread that starts it ends, however
// that ends. Whoever starts the child must stay on its thread until the child
// is gone.
func leash() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
