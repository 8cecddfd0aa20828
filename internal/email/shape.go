package email

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/harrier-soar/harrier/internal/hostname"
)

// shownLabel returns a label of a domain as people see it.
func shownLabel(label string) string {
	if shown, ok := hostname.Unicode(label); ok {
		return shown
	}
	return label
}

// shape returns what text looks like: letters that cannot be told apart become
// one, whatever script they are of. Two texts of one shape look alike.
func shape(s string) string {
	const longest = 500
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(clip(s, longest))) {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		default:
			b.WriteRune(plain(r))
		}
	}
	return twins.Replace(b.String())
}

// twins are letters that look like one when they stand together.
var twins = strings.NewReplacer("rn", "m", "nn", "m", "vv", "w", "cl", "d", "cj", "g")

// plain returns the Latin letter that a character looks like in common fonts.
// Letters that pass for one another in capitals count too, as i and l do.
func plain(r rune) rune {
	switch r {
	case 'а', 'ɑ', 'α', 'ａ', '4', '@':
		return 'a'
	case 'в', 'ь', 'ƅ', 'β', '6':
		return 'b'
	case 'с', 'ϲ', 'ᴄ', 'ⅽ', '¢':
		return 'c'
	case 'ԁ', 'ɗ', 'đ', 'ⅾ':
		return 'd'
	case 'е', 'ҽ', 'ε', 'є', 'ё', '3', 'ℯ':
		return 'e'
	case 'ғ', 'ϝ', 'ƒ':
		return 'f'
	case 'ɡ', 'ց', 'ǥ', '9', 'q':
		return 'g'
	case 'һ', 'հ', 'н', 'ħ', 'ʜ':
		return 'h'
	case 'і', 'ι', 'ı', 'ї', 'ӏ', 'ⅰ', '1', '|', 'i', 'l', 'ⅼ', 'ł', '!', 'ɩ', 'ǀ':
		return 'l'
	case 'ј', 'ϳ', 'ʝ':
		return 'j'
	case 'к', 'κ', 'ĸ', 'ҝ':
		return 'k'
	case 'м', 'ⅿ', 'ʍ':
		return 'm'
	case 'п', 'η', 'ո', 'ռ', 'ŋ':
		return 'n'
	case 'о', 'ο', 'օ', 'ø', '0', 'σ', 'ө', '٥', '०', 'ᴏ':
		return 'o'
	case 'р', 'ρ', 'þ', 'ϸ':
		return 'p'
	case 'г', 'ᴦ', 'ʀ':
		return 'r'
	case 'ѕ', 'ʂ', '5', '$', 'ꜱ':
		return 's'
	case 'т', 'τ', 'ŧ', '7', '+':
		return 't'
	case 'υ', 'ս', 'ц', 'ʋ', 'µ', 'μ':
		return 'u'
	case 'ν', 'ѵ', 'ⅴ', 'ᴠ':
		return 'v'
	case 'ш', 'ω', 'ԝ', 'ա', 'ɯ':
		return 'w'
	case 'х', 'χ', 'ⅹ', '×':
		return 'x'
	case 'у', 'γ', 'ү', 'ყ', 'ý':
		return 'y'
	case 'ᴢ', 'ż', 'ʐ', '2':
		return 'z'
	}
	return r
}
