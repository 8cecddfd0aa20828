// Package artefact says what is inside a file that a mail carries: its type and
// hashes, what it would run, where it leads, the QR codes that it shows, and the
// files inside of it.
//
// It guarantees that every sequence of bytes gives a [Report], that nothing is
// executed, fetched or written, and that time and memory stay within the
// [Options], whatever the bytes say: what is over a limit is left out with a
// [Warning]. Sizes and counts that a file states about itself are never believed.
//
// The pages of a PDF are drawn by pdftoppm where the machine has it, as a process
// of its own with limits on time, memory and output; without it the images in
// the PDF are searched all the same.
//
// Not read: RAR archives with a password, BCJ2, PPMd and Zstandard in archives, file
// systems other than ISO 9660, images as CCITT or JPEG 2000 outside of drawn pages.
package artefact
