// Package airlock runs work on hostile bytes in other processes: helpers, which
// are this very program started again. What a crash, a bomb or an endless loop
// in a parser can reach is one helper and one job.
//
// A [Pool] keeps a few helpers that wait for jobs, one job at a time each. A
// helper that takes too long is killed; one that takes too much memory ends
// itself, and where it cannot, the kernel refuses it more; one that has done
// its share is replaced, so that nothing piles up in it. The job then fails and
// says why; the server and all other jobs go on. A helper has no environment,
// few files and no terminal, and ends when its pool does, however that ends.
//
// It is no sandbox: a helper that an attacker has taken over can do what its
// user can. Limits hold on Linux; elsewhere only time is limited.
package airlock
