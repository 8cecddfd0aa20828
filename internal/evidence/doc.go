// Package evidence stores artefacts (mails, files, large outputs) in a
// directory: encrypted per tenant, and addressed by tenant and the SHA-256 of
// the plaintext, so that the same bytes are kept once.
//
// It guarantees that a blob that Put returned survives a crash and a loss of
// power, so that a row may refer to it ("blob before row"); that Open gives the
// bytes that were put, or an error before the end; and that a tenant's blobs
// open with that tenant's key only. It keeps no list: which blobs matter, and
// who may see them, is in the database. Blobs of any size stream.
package evidence
