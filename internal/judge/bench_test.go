package judge_test

import (
	"testing"

	"github.com/harrier-soar/harrier/internal/judge"
)

func benchmark(b *testing.B, s judge.Subject) {
	rules := shipped(b)
	b.ReportAllocs()
	before := cpu()
	for b.Loop() {
		if _, err := rules.Judge(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "judgements/s")
	if spent := cpu() - before; spent > 0 {
		b.ReportMetric(float64(b.N)/spent.Seconds(), "judgements/cpu-s")
	}
}

func BenchmarkJudge_vipContact(b *testing.B) { benchmark(b, vipContact()) }
func BenchmarkJudge_testLow(b *testing.B)    { benchmark(b, testLow()) }

// BenchmarkJudge_ordinaryDay is a day's mix: of twenty alerts one is grave.
func BenchmarkJudge_ordinaryDay(b *testing.B) {
	rules := shipped(b)
	ordinary, grave := testLow(), vipContact()
	ordinary.Picture.Entities[0].Environment = "production"
	before, n := cpu(), 0
	for b.Loop() {
		s := ordinary
		if n++; n%20 == 0 {
			s = grave
		}
		if _, err := rules.Judge(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
	if spent := cpu() - before; spent > 0 {
		b.ReportMetric(float64(b.N)/spent.Seconds(), "judgements/cpu-s")
	}
}
