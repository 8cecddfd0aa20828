package email

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// parseQuotedDate reads a date as mail programs show it to people, in many
// languages. Loose dates may be off by up to a day, as their zone is not told.
// Where day and month may be the other way round, other is that reading.
func parseQuotedDate(s string) (t, other time.Time, loose bool) {
	s = strings.Join(strings.Fields(clip(s, 200)), " ")
	if s == "" {
		return time.Time{}, time.Time{}, false
	}
	if t, ok := parseDate(s); ok {
		return t, time.Time{}, !hasZone(s)
	}
	d := shownDate{hour: -1}
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == '(' || r == ')' })
	for _, w := range words {
		d.word(w)
	}
	turned := d
	turned.day, turned.month = d.month, d.day
	t, ok := d.time()
	if !ok {
		return time.Time{}, time.Time{}, false
	}
	if d.swapped {
		other, _ = turned.time()
	}
	return t, other, true
}

// hasZone reports whether a date ends with a zone that says its offset.
func hasZone(s string) bool {
	i := strings.LastIndexAny(s, "+-")
	return i > 10 && len(s)-i >= 5 && isDigit(s[i+1]) || strings.HasSuffix(s, "GMT") || strings.HasSuffix(s, "UTC") || strings.HasSuffix(s, "Z")
}

// shownDate is a date that is being read.
type shownDate struct {
	year, month, day int
	hour, minute     int
	second           int
	afternoon        int  // 1 for AM, 2 for PM
	swapped          bool // day and month may be the other way round
	after            bool // the month stands after the day
}

// word takes a word of the date.
func (d *shownDate) word(w string) {
	w = strings.Trim(w, ".;")
	for i, half := range [...]string{"am|a.m|午前|上午|오전", "pm|p.m|午後|下午|오후"} {
		for mark := range strings.SplitSeq(half, "|") {
			rest, ok := strings.CutPrefix(w, mark)
			if ok && (rest == "" || isDigit(rest[0])) {
				d.afternoon, w = i+1, rest
			}
		}
	}
	switch {
	case w == "":
	case strings.ContainsAny(w, ":") && isDigit(w[0]):
		d.clock(w)
	case strings.ContainsAny(w, "年년"):
		d.eastern(w)
	case d.year > 0 && d.day > 0 && isDigit(firstByte(w)) && strings.Contains(w, "."):
		d.clock(strings.ReplaceAll(w, ".", ":"))
	case isDigit(firstByte(w)) && strings.ContainsAny(w, "/.-"):
		d.numeric(w)
	case isDigit(firstByte(w)):
		d.number(w)
	case d.month == 0 || d.day > 0 && !d.after:
		if month := monthOf(w); month > 0 { // what stands before the day may be one of the week
			d.month, d.after = month, d.day > 0
		}
	}
}

// firstByte returns the first byte of s, or 0.
func firstByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

// clock reads 9:05, 21:05:30 or 9:05pm.
func (d *shownDate) clock(w string) {
	if rest, ok := strings.CutSuffix(w, "pm"); ok {
		w, d.afternoon = rest, 2
	} else if rest, ok := strings.CutSuffix(w, "am"); ok {
		w, d.afternoon = rest, 1
	}
	parts := strings.SplitN(w, ":", 3)
	hour, err1 := strconv.Atoi(parts[0])
	minute, err2 := strconv.Atoi(parts[1])
	if err1 != nil || err2 != nil || d.hour >= 0 {
		return
	}
	d.hour, d.minute = hour, minute
	if len(parts) == 3 {
		d.second, _ = strconv.Atoi(parts[2])
	}
}

// eastern reads 2025年3月4日 and 2025년.
func (d *shownDate) eastern(w string) {
	numbers := strings.FieldsFunc(w, func(r rune) bool { return r < '0' || r > '9' })
	for i, to := range []*int{&d.year, &d.month, &d.day} {
		if i < len(numbers) {
			*to, _ = strconv.Atoi(clip(numbers[i], 4))
		}
	}
}

// numeric reads 4.3.2025, 2025-03-04 and 3/4/2025, of which nobody knows which
// is the day.
func (d *shownDate) numeric(w string) {
	parts := strings.FieldsFunc(w, func(r rune) bool { return r == '/' || r == '.' || r == '-' })
	if len(parts) != 3 {
		return
	}
	var n [3]int
	for i, part := range parts {
		var err error
		if n[i], err = strconv.Atoi(part); err != nil {
			d.named(parts)
			return
		}
	}
	switch {
	case len(parts[0]) == 4:
		d.year, d.month, d.day = n[0], n[1], n[2]
	case strings.Contains(w, "/") && n[0] <= 12 && n[1] > 12:
		d.month, d.day, d.year = n[0], n[1], n[2]
	default:
		d.day, d.month, d.year = n[0], n[1], n[2]
		d.swapped = strings.Contains(w, "/") && n[1] <= 12 && n[0] <= 12
	}
}

// named reads 4-Mar-2025.
func (d *shownDate) named(parts []string) {
	if month := monthOf(parts[1]); month > 0 {
		d.month = month
		d.number(parts[0])
		d.number(parts[2])
	}
}

// number takes a day or a year.
func (d *shownDate) number(w string) {
	digits := strings.TrimRightFunc(w, func(r rune) bool { return r < '0' || r > '9' })
	n, err := strconv.Atoi(digits)
	switch {
	case err != nil:
	case strings.HasSuffix(w, "월"):
		d.month = n
	case len(digits) == 4 && d.year == 0:
		d.year = n
	case len(digits) <= 2 && d.day == 0:
		d.day = n
	case len(digits) <= 2 && d.month == 0 && n <= 12: // 4. 3. 2025
		d.month = n
	}
}

// time puts the date together; without a zone it is UTC.
func (d *shownDate) time() (time.Time, bool) {
	if d.year > 0 && d.year < 100 {
		d.year += 2000
	}
	if d.hour < 0 {
		d.hour = 0
	}
	if d.afternoon == 2 && d.hour < 12 {
		d.hour += 12
	}
	if d.afternoon == 1 && d.hour == 12 {
		d.hour = 0
	}
	if d.afternoon > 0 && d.swapped { // clocks of twelve hours go with months first
		d.day, d.month = d.month, d.day
	}
	if d.year < 1990 || d.year > 2200 || d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31 || d.hour > 23 || d.minute > 59 || d.second > 59 {
		return time.Time{}, false
	}
	return usable(time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, 0, time.UTC))
}

// monthOf returns the number of a month by how its name starts, or 0.
func monthOf(word string) int {
	if strings.HasPrefix(word, "mard") || strings.HasPrefix(word, "marte") {
		return 0 // a Tuesday
	}
	for _, m := range [...]struct {
		number int
		starts string
	}{
		{7, "červenec července čvc july juli juil jul heinä iul"}, {6, "červen června čvn juin juni june jun giu cze kesä июн iun"},
		{1, "jan ene gen janv sty tammi led янв січ oca ian"}, {2, "feb fev fév lut helmi úno фев лют şub"}, {3, "mar mär maer maart mrt maal bře мар бер"},
		{4, "apr avr abr kwi huhti dub апр кві nis ápr"}, {5, "may mai maj mag mei touko kvě май мая тра mayıs máj"},
		{8, "aug ago août aoû sie elo srp авг сер ağu"}, {9, "sep set wrz syys zář сен вер eyl szept"}, {10, "oct okt ott out paź loka říj окт жов eki"},
		{11, "nov lis marras ноя kas"}, {12, "dec dez des déc dic gru joulu pro дек гру ara"},
	} {
		for start := range strings.SplitSeq(m.starts, " ") {
			if strings.HasPrefix(word, start) {
				return m.number
			}
		}
	}
	return 0
}
