// Package gitrepo keeps the history of what decides about alerts in a bare Git
// repository, so that people review, search and edit it with the tools that
// they have.
//
// It guarantees:
//
//   - It writes signed commits (Ed25519, in OpenSSH's format of signatures) and
//     moves one branch.
//   - It reads objects and runs nothing: no hook, no filter, no helper, no other
//     program, and nothing of a configuration is followed. It opens no connection;
//     what comes from elsewhere is pushed into the repository by its owner's git.
//   - What it reads is bounded in number, size and depth. Links, submodules and
//     names that mean something to a file system are refused.
package gitrepo
