// Package figures says how the work goes: how long cases take, what comes in,
// and who has how much to do.
//
// Times are those that cases keep of themselves, by the formulas of TheHive: a
// case that is corrected has other times, and so do the figures. What somebody
// may not see is in no figure that they get: figures of the same thing by two
// people differ by what one of them may not see, and tell nothing of it.
//
// Where there is much, figures are reckoned from a part that is chosen by chance,
// and say so.
package figures
