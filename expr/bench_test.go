package expr

import "testing"

func benchmark(b *testing.B, text string) {
	env, vars := sample(b)
	p, issues := env.CompileText(text)
	if len(issues) > 0 {
		b.Fatal(issues)
	}
	ctx, now := b.Context(), noon()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Eval(ctx, vars, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEval_field(b *testing.B) { benchmark(b, `${{ steps.mail.output.message_id == "x" }}`) }
func BenchmarkEval_untyped(b *testing.B) {
	benchmark(b, `${{ alert.category == "phishing" && alert.severity > 2 }}`)
}
func BenchmarkEval_constant(b *testing.B) { benchmark(b, `${{ 30d }}`) }
func BenchmarkEval_text(b *testing.B) {
	benchmark(b, `From ${{ steps.mail.output.from.address }} at ${{ now() }}`)
}
func BenchmarkEval_loop(b *testing.B) {
	benchmark(b, `${{ steps.mail.output.observables.filter(o, o.score > 1).map(o, o.value) }}`)
}

func BenchmarkNewEnv(b *testing.B) {
	sample(b)
	for b.Loop() {
		sample(b)
	}
}

func BenchmarkCompile(b *testing.B) {
	env, _ := sample(b)
	for b.Loop() {
		if _, issues := env.compile(`steps.mail.output.message_id == "x" && alert.severity > 3`); len(issues) > 0 {
			b.Fatal(issues)
		}
	}
}
