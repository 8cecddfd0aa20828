// Package watch notices when a source falls silent, sends what nobody
// understands, answers with nothing, or is about to lose its credential, and
// raises one alert for it.
//
// It learns how much a source sends in each hour of the week, or takes what the
// source declares. An episode begins when something has been wrong twice in a
// row and ends when it has been right for a while, so that nothing flaps: each
// episode is one alert, which is closed when the episode ends. The episode and
// its alert are one change, so that a crash neither loses nor doubles one. Time
// in which Harrier itself did not run counts for nothing.
package watch
