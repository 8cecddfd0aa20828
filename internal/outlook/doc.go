// Package outlook reads the two forms in which Outlook hands over mails: .msg
// files ([ReadMessage]) and TNEF, the winmail.dat of other mail programs
// ([ReadTNEF]). Both hold MAPI properties; both give an [Item].
//
// It is tolerant: what is broken is read as far as it goes, with a [Warning],
// and only bytes that are neither form are an error. It is bounded: time and
// memory depend on the size of the data and on the [Limits], whatever sizes,
// chains and levels the data claims.
//
// Properties without meaning for a mail (calendars, tasks, contacts) are left
// out, and objects of other programs inside of mails are not opened.
package outlook
